/** `ccdispatch sessions stop`: ends the turn at work; the session stays. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { stopTurn } from '../lib/runs/sessions/end-session.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { findSession } from './find-session.ts';

export async function run(app: App, _flags: object, given: string): Promise<number> {
  const sessions = createSessionStore(app);
  const { session_id: id, name } = findSession(sessions, given);
  const stopped = await stopTurn({ ...(await controlParts(app, await app.settings())), sessions }, id);
  if (stopped) ensureWorker(wakeParts(app));
  app.terminal.say(stopped ? `The turn of "${name}" is being ended.\n` : `"${name}" is not at work.\n`);
  return 0;
}
