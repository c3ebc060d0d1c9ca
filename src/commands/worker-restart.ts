/** `ccdispatch worker restart`: a new worker with this shell's variables takes over. Agents go on. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { stopWorker } from '../lib/runs/worker/stop-worker.ts';
import { ensureWorker, livingWorker } from '../lib/runs/worker/wake.ts';

/** A service manager that keeps the worker gets so long to start its own: our units wait five seconds. */
const serviceManagerMs = 12_000;
const pollMs = 100;

/** A worker that somebody keeps is started again by him; true once it lives. */
async function waitForKeeper(app: App): Promise<boolean> {
  for (let waited = 0; waited < serviceManagerMs; waited += pollMs) {
    if (livingWorker(app)) return true;
    await app.clock.sleep(pollMs);
  }
  return false;
}

export async function run(app: App): Promise<number> {
  const stopped = await stopWorker(app);
  const isKept = stopped?.stays === true && (await waitForKeeper(app));
  if (!isKept) ensureWorker(wakeParts(app));
  const how = isKept ? 'was started by its service manager' : 'was started';
  app.terminal.say(`ccdispatch: a new worker ${how}; running agents go on.\n`);
  return 0;
}
