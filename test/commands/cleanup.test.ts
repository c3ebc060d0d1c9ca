// What a person sees of a clean-up.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';
import { addTask } from '../support/tasks.ts';

/** Sizes differ between file systems. */
const withoutSizes = (text: string) => text.replace(/[\d.]+ k?B/g, '# kB');

describe('ccdispatch cleanup', () => {
  it('shows the plan, then carries it out, then has nothing to do', async () => {
    const home = makeHome();
    const task = await addTask(home, { task_id: 'task--1005-1700000000000', status: 'completed' });
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: 'task-5-99' });
    const { stdout, exitCode } = await runCommand(['cleanup', '--dry-run'], { env: home.env });
    expect(exitCode).toBe(0);
    expect(withoutSizes(stdout).replaceAll(home.home, '~')).toMatchInlineSnapshot(`
      "task task--1005-1700000000000 (old enough), # kB
      workspace ~/workspaces/-1005/task--1005-1700000000000, # kB
      stray marker of task-5-99
      Would remove 1 task, 1 workspace and 1 stray marker: # kB.
      "
    `);
    expect(home.tasks.load(task.task_id)).toEqual(task);
    const done = await runCommand(['cleanup'], { env: home.env });
    expect({ ...done, stdout: withoutSizes(done.stdout) }).toMatchObject({
      stdout: 'Removed 1 task, 1 workspace and 1 stray marker: # kB.\n',
      stderr: '',
      exitCode: 0,
    });
    expect(await runCommand(['cleanup'], { env: home.env })).toMatchObject({
      stdout: 'Nothing to clean up.\n',
      stderr: '',
    });
  });

  it('says what it keeps and why', async () => {
    const home = makeHome();
    const task = await addTask(home, { task_id: 'task-5-1700000000000', status: 'completed' });
    mkdirSync(join(task.workdir, '.git'));
    writeFileSync(join(task.workdir, '.git', 'HEAD'), 'nonsense');
    const { stdout, stderr } = await runCommand(['cleanup', '--max-size', '1'], { env: home.env });
    expect(stdout).toMatch(/^Removed 1 task: /);
    expect(withoutSizes(stderr).replaceAll(home.home, '~')).toMatchInlineSnapshot(`
      "Kept ~/workspaces/5/task-5-1700000000000: git cannot tell whether it holds work of its own (--force-workspaces removes it too).
      Still # kB too large; nothing else may be removed.
      "
    `);
  });

  it('prints its report as JSON', async () => {
    const home = makeHome();
    const task = await addTask(home, { status: 'failed' });
    const keep = await runCommand(['cleanup', '--json', '--older-than', '0s', '--keep-failed'], { env: home.env });
    expect(JSON.parse(keep.stdout)).toMatchObject({ is_dry_run: false, tasks: [], failures: [], bytes: 0 });
    const { stdout } = await runCommand(['cleanup', '--json', '--older-than', '0s'], { env: home.env });
    expect(JSON.parse(stdout)).toMatchObject({ tasks: [{ task_id: task.task_id, why: 'age' }] });
  });

  it('steps back from another one, with exit code 0', async () => {
    const home = makeHome();
    const lock = home.locks.tryTake(join(home.home, 'cleanup.lock'), 'cleanup');
    const { stdout, stderr, exitCode } = await runCommand(['cleanup'], { env: home.env });
    lock?.release();
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    expect(stderr).toMatch(/^Another clean-up is at work \(process \d+, since 2.*Z\): nothing done\.\n$/);
  });

  it('can be started many times at once', async () => {
    const home = makeHome();
    const tasks = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => addTask(home, { task_id: `task-5-${n}`, status: 'failed' })),
    );
    const runs = await Promise.all([1, 2, 3].map(() => runCommand(['cleanup'], { env: home.env })));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(runs.filter(({ stdout }) => stdout.startsWith('Removed 5 tasks'))).toHaveLength(1);
    expect(tasks.map(({ task_id }) => home.tasks.exists(task_id))).toEqual(tasks.map(() => false));
  });

  it('does not make a home where there is none', async () => {
    const home = makeHome();
    home.files.remove(home.home);
    const { stderr, exitCode } = await runCommand(['cleanup'], { env: home.env });
    expect({ stderr, exitCode }).toEqual({
      stderr: `There is no home at ${home.home} yet: nothing to clean up.\n`,
      exitCode: 0,
    });
    expect(home.files.stat(home.home)).toBe(null);
  });

  it.each([
    [['--older-than', 'long'], '--older-than takes a duration'],
    [['--max-size', '5 apples'], '--max-size takes a size'],
  ])('refuses %j', async (flags, message) => {
    const { stderr, exitCode } = await runCommand(['cleanup', ...flags], { env: makeHome().env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
