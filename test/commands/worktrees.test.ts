// What a person sees of worktrees, and what pruning says of each.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { repositoryLock } from '../../src/lib/worktrees/record.ts';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';
import { addTask } from '../support/tasks.ts';
import { until } from '../support/until.ts';
import { commitAll } from '../support/work-repository.ts';
import { idOf, initRepository, worktreesOf } from '../support/worktree-home.ts';

describe('ccdispatch worktrees', () => {
  it('says what to type where there are none', async () => {
    const home = makeHome();
    for (const args of [['worktrees'], ['worktrees', 'list']]) {
      expect(await runCommand(args, { env: home.env })).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: 'No worktrees. A task gets one with: ccdispatch dispatch --repo <path> "what to do"\n',
      });
    }
    expect((await runCommand(['worktrees', 'prune'], { env: home.env })).stdout).toBe('No worktree may go.\n');
  });

  it('lists them, and removes what may go', async () => {
    const home = makeHome();
    const here = worktreesOf(home);
    const repo = initRepository(path.join(home.outside, 'shop'));
    const [open, empty, busy] = [await here.prepare(repo, 1), await here.prepare(repo, 2), await here.prepare(repo, 3)];
    commitAll(here.folder(open), 'o', { 'o.txt': 'o' });
    fs.writeFileSync(path.join(here.folder(busy), 'new.txt'), '');
    const work = { repo, workdir: here.folder(open) };
    await addTask(home, { ...work, task_id: idOf(1), worktree: idOf(1), status: 'completed' });
    await addTask(home, { ...work, task_id: idOf(3), worktree: idOf(3), status: 'pending' });
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: idOf(3) });

    const { stdout } = await runCommand(['worktrees'], { env: home.env });
    expect(
      stdout
        .replace(/[\d.]+ (?:ms|s|min|h)$/gm, '#')
        .replace(/ +$/gm, '')
        .replace(/ {3,}/g, '  '),
    ).toMatchInlineSnapshot(`
      "WORKTREE  REPOSITORY  BRANCH  STATE  AHEAD  DIRTY  LAST TASK  AGE
      task-local-1700000000003  shop  ccdispatch/task-local-1700000000003  in use  0  yes  task-local-1700000000003  #
      task-local-1700000000002  shop  ccdispatch/task-local-1700000000002  empty  0  no  -  #
      task-local-1700000000001  shop  ccdispatch/task-local-1700000000001  open  1  no  task-local-1700000000001  #
      "
    `);
    const listed = JSON.parse((await runCommand(['worktrees', 'list', '--size', '--json'], { env: home.env })).stdout);
    expect(
      listed.map((each: Record<string, unknown>) => [
        each.worktree_id,
        each.state,
        each.ahead,
        each.is_dirty,
        each.last_task,
        each.used_by,
      ]),
    ).toEqual([
      [idOf(3), 'in_use', 0, true, idOf(3), idOf(3)],
      [idOf(2), 'empty', 0, false, null, null],
      [idOf(1), 'open', 1, false, idOf(1), null],
    ]);
    expect(listed[0].bytes).toBeGreaterThan(0);

    const planned = await runCommand(['worktrees', 'prune', '--dry-run'], { env: home.env });
    expect(planned.stdout).toMatchInlineSnapshot(`
      "keep task-local-1700000000003 of shop: task-local-1700000000003 works there
      remove task-local-1700000000002 of shop: nothing was committed in it
      keep task-local-1700000000001 of shop: 1 commit of ccdispatch/task-local-1700000000001 is nowhere else
      Would remove 1 worktree.
      "
    `);
    expect(fs.existsSync(here.folder(empty))).toBe(true);
    const done = await runCommand(['worktrees', 'prune', '--json'], { env: home.env });
    expect(done.exitCode).toBe(0);
    expect(JSON.parse(done.stdout).worktrees.map(({ step }: { step: string }) => step)).toEqual([
      'keep',
      'remove',
      'keep',
    ]);
    expect([open, empty, busy].map((each) => fs.existsSync(here.folder(each)))).toEqual([true, false, true]);
  });

  it('removes one only when the disk has room for it, beside what a worker makes', async () => {
    const home = makeHome();
    fs.writeFileSync(path.join(home.home, 'config.json'), JSON.stringify({ limits: { maxFileOperations: 1 } }));
    const here = worktreesOf(home);
    const repo = initRepository(path.join(home.outside, 'shop'));
    const empty = await here.prepare(repo, 1);
    const task = await addTask(home, { task_id: 'task--1005-1700000000000', status: 'completed' });
    const place = home.locks.tryTake(path.join(home.paths.fileOperations, '1.lock'), 'a worker');
    expect(place).not.toBe(null);
    const pruning = runCommand(['worktrees', 'prune'], { env: home.env });
    const lock = repositoryLock(home.paths.worktrees, empty);
    await until('it to hold the repository', () => home.locks.isHeld(lock));
    const cleaning = runCommand(['cleanup'], { env: home.env });
    await until('the clean-up to begin', () => !fs.existsSync(home.paths.task(task.task_id)));
    for (let look = 0; look < 10; look++) {
      expect(home.locks.isHeld(lock) && fs.existsSync(here.folder(empty)) && fs.existsSync(task.workdir)).toBe(true);
      await systemClock.sleep(50);
    }
    place?.release();
    expect((await pruning).stdout).toContain('Removed 1 worktree.');
    // Both were after the worktree; one of them has removed it.
    const cleaned = await cleaning;
    expect(cleaned, cleaned.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Removed 1 task(,| and) 1 workspace/),
    });
    expect([here.folder(empty), task.workdir].map((folder) => fs.existsSync(folder))).toEqual([false, false]);
  });
});
