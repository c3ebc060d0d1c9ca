// A clean-up takes worktrees along whose work is safe elsewhere, says which ones it keeps, and never leaves one without a word.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';
import { addTask } from '../support/tasks.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { idOf, initRepository, worktreesOf } from '../support/worktree-home.ts';

it('cleanup removes and keeps worktrees with the tasks they belonged to', async () => {
  const home = makeHome();
  const here = worktreesOf(home);
  const repo = initRepository(path.join(home.outside, 'repo'));
  const [merged, open] = [await here.prepare(repo, 1), await here.prepare(repo, 2)];
  for (const worktree of [merged, open]) {
    const workdir = here.folder(worktree);
    commitAll(workdir, 'work', { [`${worktree.worktree_id}.txt`]: 'w' });
    const old = '2023-11-14T22:00:00.000Z';
    const task = { task_id: worktree.worktree_id, worktree: worktree.worktree_id, repo, workdir };
    await addTask(home, { ...task, status: 'completed', started_at: old, completed_at: old });
  }
  gitIn(repo, 'merge', '-q', merged.branch);

  const planned = await runCommand(['cleanup', '--dry-run'], { env: home.env });
  expect(planned.stdout).toContain(`worktree ${here.folder(merged)} (merged)\n`);
  expect(planned.stderr).toBe(`Kept the worktree ${here.folder(open)}: 1 commit of ${open.branch} is nowhere else.\n`);
  expect(fs.existsSync(here.folder(merged))).toBe(true);

  const done = await runCommand(['cleanup'], { env: home.env });
  expect(done.stdout).toMatch(/^Removed 2 tasks.* 1 worktree/);
  expect(done.stderr).toBe(planned.stderr);
  expect([merged, open].map((worktree) => fs.existsSync(here.folder(worktree)))).toEqual([false, true]);
  expect(home.tasks.exists(idOf(2))).toBe(false);
  // Its task is gone, it is not.
  const { stdout } = await runCommand(['worktrees', '--json'], { env: home.env });
  expect(JSON.parse(stdout)).toMatchObject([{ worktree_id: idOf(2), state: 'open', ahead: 1, last_task: null }]);
});
