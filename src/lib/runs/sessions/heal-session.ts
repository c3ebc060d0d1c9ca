/** Repairs a session before its next turn, as its health wants it: on its conversation, in a new one, or not yet again. */

import { randomUUID } from 'node:crypto';
import { isoNow } from '../../format/instant.ts';
import type { SessionCode } from '../../notifications/notification.ts';
import { keyOf } from '../../outbox/entry.ts';
import type { Outbox } from '../../outbox/store.ts';
import { judgeSession, type SessionCure, type SessionEvidence } from '../../sessions/health.ts';
import { endSessionProcess, livingGeneration, type SessionParts } from '../../sessions/process.ts';
import type { Session, SessionRepair } from '../../sessions/record.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import { sessionEntry } from './told-sessions.ts';

export interface HealParts {
  sessionParts: SessionParts;
  outbox: Outbox;
  graceMs: number;
}

/** The session as its next turn finds it; or why it cannot be used now. */
export type Healed = { session: Session } | { fault: string };

const keptRepairs = 10;

/** What is known before a turn. A run of the task that was lost is a turn that its agent did not live through. */
function evidenceOf({ sessionParts }: HealParts, task: Task, session: Session): SessionEvidence {
  const now = sessionParts.clock.now();
  const lost = latestRun(task)?.outcome === 'lost';
  const isAlive = livingGeneration(sessionParts, session) !== null;
  const turn = {
    startedAt: now,
    lastEventAt: now,
    isTaken: true,
    tools: 0,
    isAsking: false,
    children: 0,
    workedAt: null,
    isRetrying: false,
  };
  return {
    isAlive,
    isAwake: session.generation > 0,
    turn: lost && !isAlive ? turn : null,
    isUnread: false,
    messages: 0,
    isResumeRefused: false,
    emptyAnswers: session.empty_answers,
    repairs: session.repairs.map(({ at, kind }) => ({ at: Date.parse(at), kind })),
    now,
    // A turn that begins has not been silent yet.
    limits: { silenceMs: 1, idleToolMs: 1, idleChildrenMs: 1, takingMs: 1, longMs: 1 },
  };
}

const isFresh = (cure: SessionCure) => cure.do === 'fresh';

/** The record with the repair noted; a new conversation where the old one is past help. */
function repaired(
  session: Session,
  cure: Extract<SessionCure, { cause: string }>,
  at: string,
  of: string | null,
): Session {
  const kind = isFresh(cure) ? 'fresh' : 'resume';
  const repair: SessionRepair = { at, kind, cause: session.trouble ?? cure.cause, of };
  return {
    ...session,
    trouble: null,
    empty_answers: 0,
    repair_count: session.repair_count + 1,
    repairs: [...session.repairs, repair].slice(-keptRepairs),
    agent_session_id: isFresh(cure) ? randomUUID() : session.agent_session_id,
  };
}

/** Looks how the session is, and repairs it where it has to be; each repair is told in one line. */
export async function healSession(parts: HealParts, task: Task, session: Session): Promise<Healed> {
  const { sessionParts, outbox, graceMs } = parts;
  const run = latestRun(task);
  const lost = run?.outcome === 'lost' ? `${task.task_id}.${run.n}` : null;
  // Whoever noted the repair was killed before it began another run: it is one repair.
  if (lost !== null && session.repairs.at(-1)?.of === lost) return { session };
  const { cure } = judgeSession(evidenceOf(parts, task, session));
  if (cure.do === 'nothing') return { session };
  if (cure.do === 'wait') {
    const at = new Date(cure.until).toISOString().slice(11, 16);
    const what = `The session "${session.name}" was started again too often and still does not work.`;
    return { fault: `${what} Retry the task after ${at} UTC, or begin a new session.` };
  }
  if (isFresh(cure)) await endSessionProcess(sessionParts, session.session_id, graceMs);
  const at = isoNow(sessionParts.clock);
  const { sessions } = sessionParts;
  const healed = await sessions.change(session.session_id, 'heal', (now) => repaired(now, cure, at, lost));
  const code: SessionCode = isFresh(cure) ? 'fresh' : healed.repairs.at(-1)?.cause === 'stuck' ? 'stuck' : 'dead';
  const entry = sessionEntry(task, healed, code, healed.repair_count);
  if (entry) await outbox.announce(entry, keyOf(entry.notification));
  return { session: healed };
}
