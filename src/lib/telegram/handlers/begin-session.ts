/** A session of the chat is begun, or it is said which ones are to end first; and how sessions stand in a list. */

import { renderSessionId } from '../../format/session-id.ts';
import { type Button, encodePress } from '../../notifications/buttons.ts';
import { textsOf } from '../../notifications/languages.ts';
import type { SessionView } from '../../runs/sessions/session-state.ts';
import type { Session } from '../../sessions/record.ts';
import { openSession, type TooManySessions } from '../../submit/open-session.ts';
import { parseRequest } from '../../submit/request.ts';
import type { Person } from '../../users/record.ts';
import { placeOfTurn, viewsOf } from '../find-sessions.ts';
import type { IncomingMessage } from '../incoming.ts';
import type { MessageOptions } from '../parse-command.ts';
import { announce, say } from '../say.ts';
import { plainName, shown } from '../shown.ts';
import { sessionTextsOf } from '../texts-sessions.ts';
import type { Turn } from '../turn.ts';

const mostButtons = 8;

/** `🗣 **website** · ready · current · unused for 2 min`, and the id below it. */
export function sessionLine(turn: Turn, { session, state, waiting }: SessionView, current: Session | null): string {
  const { states, current: isCurrent, waiting: waits, unusedFor } = sessionTextsOf(turn.language);
  const unused = Math.max(0, turn.parts.clock.now() - Date.parse(session.last_used_at));
  const facts = [
    states[state],
    ...(session.session_id === current?.session_id ? [isCurrent] : []),
    ...(waiting > 0 ? [waits(waiting)] : []),
    unusedFor(textsOf(turn.language).duration(unused)),
  ];
  const yolo = session.options.yolo ? ' (⚠️ YOLO)' : '';
  return `🗣 **${shown(session.name)}**${yolo} · ${facts.join(' · ')}\n\`${session.session_id}\``;
}

/** The id without what all sessions' ids begin with: enough to find it, and short enough for a button. */
const numbersOf = ({ session_id }: Session) => session_id.replace(/^session-/, '');

/** A button about a session for each of these. */
export function sessionButtons(sessions: readonly Session[], action: 'useSession' | 'endSession'): Button[][] {
  const sign = action === 'useSession' ? '🗣' : '⏹';
  return sessions.slice(0, mostButtons).map((one) => {
    const callback_data = encodePress({ action, taskId: null, run: 0, detail: numbersOf(one) });
    return [{ text: `${sign} ${plainName(one.name)}`, callback_data }];
  });
}

export interface Beginning {
  /** Options that a session keeps for all of its messages. */
  options: MessageOptions;
  /** Empty for one that is found. */
  name: string;
  /** The time in its id, fixed before. */
  ts: number;
}

/** Begins a session that the chat speaks to from then on; throws as `openSession` does. */
export async function beginSession(
  turn: Turn<IncomingMessage>,
  person: Person,
  { options, name, ts }: Beginning,
): Promise<Session> {
  const { parts, asked, language } = turn;
  const thread = asked.threadId === null ? {} : { thread: asked.threadId };
  const { prompt: _, ...request } = parseRequest(
    { ...options, group: asked.chat.id, ...thread, prompt: '-' },
    parts.clock.now(),
  );
  const origin = { kind: 'telegram', updateId: asked.updateId, userId: person.id, messageId: asked.messageId } as const;
  const id = renderSessionId({ chatId: asked.chat.id, ts });
  // What an earlier attempt began may have been ended meanwhile.
  const hasEnded = parts.sessions.exists(id) && parts.sessions.load(id).ended_at !== null;
  return await openSession(
    { ...request, ...(name === '' ? {} : { name }) },
    { ...origin, language },
    {
      ...parts.submit,
      sessions: parts.sessions,
      maxPerUser: parts.settings.limits.sessionsPerUser,
      place: placeOfTurn(turn),
    },
    hasEnded ? parts.nextTs() : ts,
  );
}

/** Which sessions are open, where no more may be: the person's own, each with how it is. */
function linesOf(turn: Turn, { open }: TooManySessions): string[] {
  return viewsOf(turn, open.slice(0, mostButtons)).map((view) => sessionLine(turn, view, null));
}

/** Says no to a session more, and offers to end another one. */
export async function sayTooMany(turn: Turn, error: TooManySessions): Promise<void> {
  const text = sessionTextsOf(turn.language).tooMany(error.limit);
  await say(turn, [text, ...linesOf(turn, error)].join('\n\n'), { buttons: sessionButtons(error.open, 'endSession') });
}

/** The same for a message that would begin one. It waits in the inbox, and the button brings it back. */
export async function askWhatToEnd(turn: Turn<IncomingMessage>, { limit, open }: TooManySessions): Promise<void> {
  const now = turn.parts.clock.now();
  const shownOf = ({ session_id, name, last_used_at }: Session) => ({
    session_id,
    name,
    unused_ms: Math.max(0, now - Date.parse(last_used_at)),
  });
  const told = open.slice(0, mostButtons).map(shownOf);
  await announce(turn, { kind: 'session-limit', update_id: turn.asked.updateId, limit, open: told });
}
