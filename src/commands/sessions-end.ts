/** `ccdispatch sessions end`: ends sessions, with what runs and waits in them. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { endSession } from '../lib/runs/sessions/end-session.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { findSession } from './find-session.ts';

export async function run(app: App, _flags: object, ...ids: string[]): Promise<number> {
  const sessions = createSessionStore(app);
  const parts = { ...(await controlParts(app, await app.settings())), sessions };
  // All are found before any is ended: a wrong name ends none.
  for (const { session_id: id, name } of ids.map((given) => findSession(sessions, given))) {
    const how = await endSession(parts, id, 'user');
    app.terminal.say(how === 'ended' ? `The session "${name}" has ended.\n` : `The session "${name}" had ended.\n`);
  }
  ensureWorker(wakeParts(app));
  return 0;
}
