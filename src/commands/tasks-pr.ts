/** `ccdispatch tasks pr`: pushes a task's branch, and opens a pull request. */

import type { App } from '../app.ts';
import { landParts } from '../app-worktrees.ts';
import { publishTask, worktreeOf } from '../lib/runs/landing/land-work.ts';
import { findTask } from './find-task.ts';
import { printLanding } from './land-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<number> {
  const { task } = await findTask(app, id);
  const parts = await landParts(app);
  const { branch } = worktreeOf(parts, task);
  return printLanding(app, task, branch, await publishTask(parts, task), flags);
}
