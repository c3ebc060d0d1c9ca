/** `ccdispatch tasks retry`: runs an ended task once more. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { retryTask } from '../lib/runs/control.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { resolveTaskId } from './find-task.ts';
import { printJson, printText } from './output.ts';
import { waitAndReport } from './wait.ts';

export interface RetryFlags {
  fresh?: boolean;
  wait?: boolean;
  json?: boolean;
}

export async function run(app: App, flags: RetryFlags, id: string): Promise<number> {
  const settings = await app.settings();
  const task = await retryTask(await controlParts(app, settings), resolveTaskId(app, id), flags.fresh === true);
  ensureWorker(wakeParts(app));
  if (flags.wait) return await waitAndReport(app, settings, [task], flags);
  if (flags.json) printJson(app, task);
  else printText(app, `${task.task_id}\n`);
  return 0;
}
