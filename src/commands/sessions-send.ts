/** `ccdispatch sessions send`: makes a task of a message to a session. */

import type { App } from '../app.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { type DispatchFlags, run as dispatch } from './dispatch.ts';
import { findSession } from './find-session.ts';

export async function run(app: App, flags: DispatchFlags, given: string, ...words: string[]): Promise<number> {
  const { session_id: session } = findSession(createSessionStore(app), given);
  return await dispatch(app, { ...flags, session }, ...words);
}
