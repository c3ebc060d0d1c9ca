/** `ccdispatch tasks why`: what a task waits for. */

import type { App } from '../app.ts';
import { fixedSettings, openPool } from '../app-runs.ts';
import { whyTask } from '../lib/runs/waiting/why.ts';
import { findTask } from './find-task.ts';
import { printJson, printText } from './output.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const { tasks, task } = await findTask(app, id);
  const settings = await app.settings();
  const pool = await openPool(app, app.silentLog, fixedSettings(settings));
  const why = whyTask(task, { ...app, tasks, queue: app.queue, settings, pool });
  if (flags.json) return printJson(app, why);
  printText(app, `${task.task_id}: ${task.status}. ${why.text}\n`);
}
