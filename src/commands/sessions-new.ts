/** `ccdispatch sessions new`: begins a conversation that outlives its messages. */

import type { App } from '../app.ts';
import { shellOrigin } from '../app-program.ts';
import { submitParts } from '../app-runs.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { openSession } from '../lib/submit/open-session.ts';
import { parseRequest } from '../lib/submit/request.ts';
import { printJson, printText } from './output.ts';

export interface SessionsNewFlags {
  json?: boolean;
  config?: string;
  verbose?: boolean;
  [option: string]: unknown;
}

export async function run(app: App, flags: SessionsNewFlags, name?: string): Promise<number> {
  const settings = await app.settings();
  const { json, config: _, verbose: __, ...options } = flags;
  const { prompt: ___, ...request } = parseRequest({ ...options, prompt: '-' }, app.clock.now());
  const parts = await submitParts(app, settings);
  const session = await openSession(
    { ...request, ...(name === undefined ? {} : { name }) },
    shellOrigin(app, settings),
    { ...parts, sessions: createSessionStore(app), maxPerUser: settings.limits.sessionsPerUser },
  );
  if (json) printJson(app, session);
  else printText(app, `${session.session_id}\n`);
  app.terminal.say(`Speak to it with: ccdispatch sessions send ${session.session_id} "…"\n`);
  return 0;
}
