/** `ccdispatch tasks diff`: what a task has changed on its branch, uncommitted work included. */

import type { App } from '../app.ts';
import { landParts } from '../app-worktrees.ts';
import { fail } from '../lib/errors/errors.ts';
import { diffTask } from '../lib/runs/landing/land-work.ts';
import { findTask } from './find-task.ts';
import { printText } from './output.ts';

export interface DiffFlags {
  stat?: boolean;
  nameOnly?: boolean;
}

export async function run(app: App, flags: DiffFlags, id: string): Promise<void> {
  if (flags.stat && flags.nameOnly) {
    fail('usage', '--stat and --name-only exclude each other.', 'Leave one of them out.');
  }
  const { task } = await findTask(app, id);
  const { isInteractive } = app.terminal;
  const text = await diffTask(await landParts(app), task, {
    show: flags.stat ? 'stat' : flags.nameOnly ? 'names' : 'patch',
    hasColours: isInteractive && !app.env.NO_COLOR && app.env.TERM !== 'dumb',
  });
  if (text === '') app.terminal.say(`Task ${task.task_id} has changed nothing.\n`);
  else printText(app, `${text}\n`);
}
