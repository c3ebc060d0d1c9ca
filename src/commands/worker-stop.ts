/** `ccdispatch worker stop`: lets the worker leave. Agents go on. */

import type { App } from '../app.ts';
import { stopWorker } from '../lib/runs/worker/stop-worker.ts';

export async function run(app: App): Promise<number> {
  const stopped = await stopWorker(app);
  app.terminal.say(
    stopped ? 'ccdispatch: the worker has left; running agents go on.\n' : 'ccdispatch: no worker lives.\n',
  );
  return 0;
}
