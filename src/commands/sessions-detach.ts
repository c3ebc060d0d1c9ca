/** `ccdispatch sessions detach`: takes a session back from the terminal that somebody works in it at. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { isoNow } from '../lib/format/instant.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { askBack, isAttached, warnedMs } from '../lib/sessions/attach.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { findSession } from './find-session.ts';

export async function run(app: App, _flags: object, given: string): Promise<number> {
  const { session_id: id, name } = findSession(createSessionStore(app), given);
  if (!isAttached(app, id)) {
    app.terminal.say(`Nobody works in "${name}" at a terminal.\n`);
    return 0;
  }
  await askBack(app, id, { by: 'somebody at a shell', at: isoNow(app.clock) });
  ensureWorker(wakeParts(app));
  app.terminal.say(`The program at the terminal is warned, and ends in ${warnedMs / 1000} s.\n`);
  return 0;
}
