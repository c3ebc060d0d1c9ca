/** `ccdispatch tasks why`: what a task waits for. */

import type { App } from '../app.ts';
import { whyTask } from '../lib/runs/why.ts';
import { findTask } from './find-task.ts';
import { printJson, printText } from './output.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const { tasks, task } = await findTask(app, id);
  const why = whyTask(task, { ...app, tasks, queue: app.queue, settings: await app.settings() });
  if (flags.json) return printJson(app, why);
  printText(app, `${task.task_id}: ${task.status}. ${why.text}\n`);
}
