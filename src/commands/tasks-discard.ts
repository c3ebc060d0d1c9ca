/** `ccdispatch tasks discard`: gives a task's work up; clean-up removes it later. */

import type { App } from '../app.ts';
import { landParts } from '../app-worktrees.ts';
import { discardTask, worktreeOf } from '../lib/runs/landing/land-work.ts';
import { findTask } from './find-task.ts';
import { printJson, printText } from './output.ts';

export interface DiscardFlags {
  yes?: boolean;
  json?: boolean;
}

export async function run(app: App, flags: DiscardFlags, id: string): Promise<number> {
  const { task } = await findTask(app, id);
  const parts = await landParts(app);
  const { branch, repo } = worktreeOf(parts, task);
  const question = `Discard what task ${task.task_id} has done on ${branch} in ${repo}?`;
  if (!flags.yes && (await app.terminal.confirm(question)) === false) {
    app.terminal.say('Nothing was discarded.\n');
    return 1;
  }
  const discarded = await discardTask(parts, task);
  if (flags.json) printJson(app, { task_id: task.task_id, ...discarded });
  else printText(app, `${branch} is discarded; clean-up removes it. To get it back: ${discarded.back}\n`);
  return 0;
}
