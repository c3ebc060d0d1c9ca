/** `ccdispatch worker restart`: a new worker with this shell's variables takes over. Agents go on. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-runs.ts';
import { stopWorker } from '../lib/runs/stop-worker.ts';
import { ensureWorker, livingWorker } from '../lib/runs/wake.ts';

/** A service manager that keeps the worker gets so long to start its own. */
const serviceManagerMs = 1500;

export async function run(app: App): Promise<number> {
  const stopped = await stopWorker(app);
  if (stopped) await app.clock.sleep(serviceManagerMs);
  const byOther = livingWorker(app);
  if (!byOther) ensureWorker(wakeParts(app));
  app.terminal.say(
    `ccdispatch: a new worker ${byOther ? 'was started by its service manager' : 'was started'}; running agents go on.\n`,
  );
  return 0;
}
