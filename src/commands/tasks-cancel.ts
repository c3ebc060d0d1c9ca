/** `ccdispatch tasks cancel`: ends tasks, whatever they are doing, without waiting behind anything. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { CcdispatchError } from '../lib/errors/errors.ts';
import { type Cancelled, cancelTask } from '../lib/runs/control.ts';
import { ensureWorker } from '../lib/runs/wake.ts';
import { resolveTaskId } from './find-task.ts';
import { printJson } from './output.ts';

const told: Record<Cancelled, string> = {
  cancelled: 'cancelled',
  ending: 'is being ended',
  'ended-before': 'had ended already',
};

export async function run(app: App, flags: { json?: boolean }, ...ids: string[]): Promise<number> {
  const parts = await controlParts(app, await app.settings());
  const results: Record<string, Cancelled> = {};
  let failed: CcdispatchError | null = null;
  for (const given of ids) {
    try {
      const taskId = resolveTaskId(app, given);
      results[taskId] = await cancelTask(parts, taskId, null);
      if (!flags.json) app.terminal.say(`${taskId} ${told[results[taskId]]}.\n`);
    } catch (error) {
      // The others are cancelled all the same.
      if (!(error instanceof CcdispatchError)) throw error;
      failed = error;
      app.terminal.say(`ccdispatch: ${error.message}\n  ${error.hint}\n`);
    }
  }
  // Whoever runs one of them sees its intent; where no worker lives, one must come and end it; messages are due, too.
  if (Object.values(results).some((result) => result !== 'ended-before')) ensureWorker(wakeParts(app));
  if (flags.json) printJson(app, results);
  return failed ? failed.exitCode : 0;
}
