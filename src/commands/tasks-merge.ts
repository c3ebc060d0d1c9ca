/** `ccdispatch tasks merge`: brings a task's work into the branch that it started from. */

import type { App } from '../app.ts';
import { landParts } from '../app-worktrees.ts';
import { mergeTask, worktreeOf } from '../lib/runs/landing/land-work.ts';
import { findTask } from './find-task.ts';
import { printLanding } from './land-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<number> {
  const { task } = await findTask(app, id);
  const parts = await landParts(app);
  const { branch } = worktreeOf(parts, task);
  return printLanding(app, task, branch, await mergeTask(parts, task), flags);
}
