/** `ccdispatch tasks start`: starts a held task, or goes on with a paused one. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { resumeTask } from '../lib/runs/control.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { resolveTaskId } from './find-task.ts';
import { printJson, printText } from './output.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const task = await resumeTask(await controlParts(app, await app.settings()), resolveTaskId(app, id));
  ensureWorker(wakeParts(app));
  if (flags.json) return printJson(app, task);
  printText(app, `${task.task_id}\n`);
}
