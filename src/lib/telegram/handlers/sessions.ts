/** `/new`, `/sessions`, `/use`, `/end`, `/stop`, `/now`: conversations with agents that stay. */

import { renderSessionId } from '../../format/session-id.ts';
import { endSession, stopTurn } from '../../runs/sessions/end-session.ts';
import { isSessionName, type Session } from '../../sessions/record.ts';
import { TooManySessions } from '../../submit/open-session.ts';
import type { TaskSummary } from '../../tasks/summary.ts';
import type { BotCommand } from '../command.ts';
import { currentSession, openSessions, placeOfTurn, sessionsCalled, viewsOf } from '../find-sessions.ts';
import { controls, isShown, liveTasks } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { takeOptions } from '../parse-command.ts';
import { noteRefused, refusalOfOptions } from '../refusals.ts';
import { say } from '../say.ts';
import { shown } from '../shown.ts';
import { sessionTextsOf } from '../texts-sessions.ts';
import type { Turn } from '../turn.ts';
import { beginSession, sayTooMany, sessionButtons, sessionLine } from './begin-session.ts';
import { missingForSession, sayToSession } from './say-to-session.ts';

const texts = (turn: Turn) => sessionTextsOf(turn.language);
const listed = 15;

async function list(turn: Turn): Promise<void> {
  const sessions = openSessions(turn);
  if (sessions.length === 0) return await say(turn, texts(turn).none);
  const current = currentSession(turn);
  const lines = viewsOf(turn, sessions.slice(0, listed)).map((view) => sessionLine(turn, view, current));
  const more = sessions.length > listed ? [turn.texts.andMore(sessions.length - listed)] : [];
  const others = sessions.filter((one) => one.session_id !== current?.session_id && controls(turn, one));
  const buttons = sessionButtons(others, 'useSession');
  await say(turn, [texts(turn).head(sessions.length), ...lines, ...more].join('\n\n'), { buttons });
}

/** The id that an earlier attempt at this message had fixed, or a new one, fixed now. */
async function plannedTs(turn: Turn<IncomingMessage>): Promise<number> {
  const planned = turn.plan?.kind === 'control' ? turn.plan.targets[0]?.spell : undefined;
  if (planned !== undefined) return planned;
  const ts = turn.parts.nextTs();
  const id = renderSessionId({ chatId: turn.asked.chat.id, ts });
  await turn.fix({ kind: 'control', targets: [{ id, spell: ts }] });
  return ts;
}

/** What is wrong with the name of a new session; null where nothing is, or it was begun by an earlier attempt. */
function refusalOfName(turn: Turn, name: string): string | null {
  if (name === '' || turn.plan !== null) return null;
  if (!isSessionName(name)) return texts(turn).badName;
  const isTaken = openSessions(turn).some((one) => one.name === name && one.telegram_group === turn.asked.chat.id);
  return isTaken ? texts(turn).nameTaken(shown(name)) : null;
}

async function begin(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { person } = turn;
  if (!person) return;
  const { options, prompt: name } = takeOptions(rest);
  const missing = missingForSession(person, options);
  if (missing.length > 0) {
    await noteRefused(turn, { why: 'features', missing });
    return await say(turn, turn.texts.notAllowed(missing));
  }
  const refusal = refusalOfName(turn, name) ?? refusalOfOptions(turn, options, null);
  if (refusal !== null) return await say(turn, refusal);
  try {
    const session = await beginSession(turn, person, { options, name, ts: await plannedTs(turn) });
    await say(turn, texts(turn).begun(shown(session.name)));
  } catch (error) {
    if (!(error instanceof TooManySessions)) throw error;
    await sayTooMany(turn, error);
  }
}

/** The session that is named, or the chat's current one; null after having said what is wrong. */
async function meant(turn: Turn<IncomingMessage>, given: string): Promise<Session | null> {
  if (given === '') {
    const current = currentSession(turn);
    if (!current) await say(turn, texts(turn).noCurrent);
    return current;
  }
  const found = sessionsCalled(turn, given);
  const [only] = found;
  if (only && found.length === 1 && controls(turn, only)) return only;
  if (only && found.length === 1) {
    await noteRefused(turn, { why: 'not theirs', session_id: only.session_id });
    await say(turn, turn.texts.notYours);
  } else await say(turn, found.length > 1 ? texts(turn).several(shown(given)) : texts(turn).noSuch(shown(given)));
  return null;
}

/** Has the chat speak to the session from now on. */
export async function useAndSay(turn: Turn, session: Session): Promise<void> {
  await turn.parts.sessions.setCurrent(placeOfTurn(turn), session.session_id);
  await say(turn, texts(turn).speaksTo(shown(session.name)));
}

/** Ends the session, with all that runs and waits in it. */
export async function endAndSay(turn: Turn, session: Session): Promise<void> {
  const { parts } = turn;
  const how = await endSession({ ...parts.control, sessions: parts.sessions }, session.session_id, 'user');
  parts.wake();
  const told = texts(turn);
  await say(turn, (how === 'ended' ? told.ended : told.hadEnded)(shown(session.name)));
}

/** What was fixed before, or is meant now; fixed before anything is done to it. */
async function fixed(turn: Turn<IncomingMessage>, rest: string): Promise<Session | null> {
  const planned = turn.plan?.kind === 'control' ? turn.plan.targets[0]?.id : undefined;
  if (planned !== undefined) return turn.parts.sessions.exists(planned) ? turn.parts.sessions.load(planned) : null;
  const session = await meant(turn, rest);
  if (session) await turn.fix({ kind: 'control', targets: [{ id: session.session_id, spell: 1 }] });
  return session;
}

async function stop(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const isTask = (task: TaskSummary) => isShown(turn, task) && controls(turn, task);
  if (rest === '' && turn.plan === null && !currentSession(turn) && liveTasks(turn.parts).some(isTask)) {
    return await say(turn, texts(turn).cancelInstead);
  }
  const session = await fixed(turn, rest);
  if (!session) return;
  const { parts } = turn;
  const stopped = await stopTurn({ ...parts.control, sessions: parts.sessions }, session.session_id);
  if (stopped) parts.wake();
  const told = texts(turn);
  await say(turn, (stopped ? told.stopping : told.notAtWork)(shown(session.name)));
}

/** Ends the turn at work and says this first, before what waits. */
async function now(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const session = currentSession(turn);
  if (!session) return await say(turn, texts(turn).noCurrent);
  if (rest === '') return await say(turn, texts(turn).nowWhat);
  const { parts } = turn;
  // Only once: a replay may find the turn of this very message at work.
  if (turn.plan === null) await stopTurn({ ...parts.control, sessions: parts.sessions }, session.session_id);
  await sayToSession(turn, session, rest, { isUrgent: true });
}

const aboutSession = { who: 'user', isControl: true, changes: true } as const;
/** Says where the messages behind it go. */
const keepsOrder = { ...aboutSession, keepsOrder: true } as const;

export const sessionCommands: readonly BotCommand[] = [
  {
    ...keepsOrder,
    name: 'new',
    words: ['新会话'],
    argument: { en: '[name]', zh: '[名字]' },
    help: {
      en: 'begin a session: an agent that stays (--agent --model --ali --yolo)',
      zh: '开始一个会话：一直在线的智能体（--agent --model --ali --yolo）',
    },
    run: begin,
  },
  {
    name: 'sessions',
    words: ['会话', 'sessions'],
    who: 'user',
    isControl: true,
    argument: null,
    help: { en: 'the open sessions, and how each one is', zh: '打开的会话以及各自的状态' },
    run: list,
  },
  {
    ...keepsOrder,
    name: 'use',
    words: [],
    argument: { en: '<session>', zh: '<会话>' },
    help: { en: 'speak to this session from now on', zh: '从现在起和这个会话说话' },
    async run(turn, rest) {
      if (rest === '') return await list(turn);
      const session = await fixed(turn, rest);
      if (session) await useAndSay(turn, session);
    },
  },
  {
    ...aboutSession,
    name: 'stop',
    words: ['停', 'stop'],
    argument: { en: '[session]', zh: '[会话]' },
    help: { en: 'end the turn at work; the session stays', zh: '结束正在进行的一轮；会话保留' },
    run: stop,
  },
  {
    ...aboutSession,
    name: 'now',
    words: [],
    argument: { en: '<message>', zh: '<要说的话>' },
    help: { en: 'end the turn at work and say this first', zh: '结束正在进行的一轮，先说这句' },
    run: now,
  },
  {
    ...keepsOrder,
    name: 'end',
    words: ['结束会话'],
    argument: { en: '[session]', zh: '[会话]' },
    help: { en: 'end a session', zh: '结束一个会话' },
    async run(turn, rest) {
      const session = await fixed(turn, rest);
      if (session) await endAndSay(turn, session);
    },
  },
];
