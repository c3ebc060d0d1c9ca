/** Which session is meant: by its id, or by the name of an open one. */

import { fail } from '../lib/errors/errors.ts';
import { nearestWord } from '../lib/format/nearest.ts';
import { parseSessionId } from '../lib/format/session-id.ts';
import type { Session } from '../lib/sessions/record.ts';
import type { SessionStore } from '../lib/sessions/store.ts';

/** The session of that id or name; `latest` is the open one last used. Throws `not-found`, or `usage` for a name that several have. */
export function findSession(sessions: SessionStore, given: string): Session {
  if (parseSessionId(given)) return sessions.load(given);
  const open = sessions.list().filter(({ ended_at }) => ended_at === null);
  if (given === 'latest' && open[0]) return open[0];
  const named = open.filter(({ name }) => name === given);
  if (named.length > 1) {
    const ids = named.map(({ session_id }) => session_id).join(', ');
    fail('usage', `${named.length} open sessions are called "${given}": ${ids}.`, 'Name the one you mean by its id.');
  }
  if (named[0]) return named[0];
  const near = nearestWord(
    given,
    open.map(({ name }) => name),
    2,
  );
  const hint = near ? `Do you mean "${near}"? ` : '';
  return fail('not-found', `There is no open session "${given}".`, `${hint}See them with: ccdispatch sessions list`);
}
