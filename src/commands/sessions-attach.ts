/** `ccdispatch sessions attach`: the agent's own terminal program on a session's conversation. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { fixedSettings, superviseParts } from '../app-runs.ts';
import { fail } from '../lib/errors/errors.ts';
import { attachSession } from '../lib/runs/sessions/attach-session.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { findSession } from './find-session.ts';

/** What a program at a terminal goes by. */
const terminalNames = ['TERM', 'COLORTERM', 'TERM_PROGRAM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];

export async function run(app: App, _flags: object, given: string): Promise<number> {
  const settings = await app.settings();
  const { sessionParts, tasks, graceMs } = await superviseParts(app, settings, app.silentLog, fixedSettings(settings));
  if (!sessionParts) throw new Error('sessions cannot be driven here');
  const session = findSession(sessionParts.sessions, given);
  if (!app.terminal.isInteractive) {
    fail('usage', 'This is no terminal.', `Say something instead: ccdispatch sessions send ${session.session_id} "…"`);
  }
  const terminalEnv = Object.fromEntries(
    terminalNames.flatMap((name) => (app.env[name] ? [[name, app.env[name]]] : [])),
  );
  try {
    const parts = { ...sessionParts, tasks, queue: app.queue, graceMs, programs: app.programs, terminalEnv };
    return (await attachSession({ ...parts, say: app.terminal.say }, session)) ?? 0;
  } finally {
    // Messages may have come meanwhile.
    ensureWorker(wakeParts(app));
  }
}
