/** Sessions as a chat means them: the current one, or one by its name or id that the person may use here. */

import { parseSessionId } from '../format/session-id.ts';
import { type SessionView, viewSessions } from '../runs/sessions/session-state.ts';
import type { Session } from '../sessions/record.ts';
import type { SessionPlace } from '../sessions/store.ts';
import { controls, isShown } from './find-tasks.ts';
import type { Turn } from './turn.ts';

/** The place whose plain messages go to one session: in a group where nobody speaks to another's, each person's own. */
export function placeOfTurn({ asked: { chat, threadId }, person, parts }: Turn): SessionPlace {
  const place = { telegram_group: chat.id, thread_id: threadId };
  const isShared = chat.kind !== 'group' || parts.settings.groups[chat.id]?.shared === true;
  return person === null || isShared ? place : { ...place, person: person.id };
}

/** The current session of the chat, and in some groups of the person there, where he may speak to it. */
export function currentSession(turn: Turn): Session | null {
  const { parts, asked } = turn;
  const { person, ...common } = placeOfTurn(turn);
  const places = person === undefined ? [common] : [{ ...common, person }, common];
  const chatIds = [asked.chat.id, ...parts.chats.formerIds(asked.chat.id)];
  for (const place of chatIds.flatMap((id) => places.map((one) => ({ ...one, telegram_group: id })))) {
    const session = parts.sessions.current(place);
    if (session && controls(turn, session)) return session;
  }
  return null;
}

/** The open sessions that the person may see here, the one last used first. */
export function openSessions(turn: Turn): Session[] {
  return turn.parts.sessions.list().filter((session) => session.ended_at === null && isShown(turn, session));
}

/** What a name or an id means: one session, several, or none. */
export function sessionsCalled(turn: Turn, given: string): Session[] {
  const open = openSessions(turn);
  if (parseSessionId(given)) return open.filter(({ session_id }) => session_id === given);
  const exact = open.filter(({ name }) => name === given);
  return exact.length > 0 ? exact : open.filter(({ name }) => name.toLowerCase() === given.toLowerCase());
}

export function viewsOf({ parts }: Turn, sessions: readonly Session[]): SessionView[] {
  return viewSessions({ ...parts, locks: parts.why.locks }, sessions);
}
