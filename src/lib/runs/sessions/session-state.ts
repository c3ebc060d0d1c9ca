/** How each session is, as lists show it: by its process, the task whose turn it is, and what that one asks. */

import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Locks } from '../../adapters/locks.ts';
import type { Paths } from '../../config/paths.ts';
import type { Queue } from '../../queue/queue.ts';
import { isAttached } from '../../sessions/attach.ts';
import { judgeSession, type SessionState, type TurnEvidence } from '../../sessions/health.ts';
import { eventsOf, hasRemains } from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { createApprovals } from '../../tasks/approvals.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { healthLimits } from './turn-vitality.ts';

export interface SessionViewParts {
  files: Files;
  locks: Locks;
  paths: Paths;
  queue: Queue;
  tasks: TaskStore;
  clock: Pick<Clock, 'now'>;
}

export interface SessionView {
  session: Session;
  state: SessionState | 'ended' | 'attached';
  /** The task whose turn it is; null between turns. */
  task: Task | null;
  /** Messages that wait for their turn. */
  waiting: number;
}

function tasksOf({ tasks }: SessionViewParts, ids: readonly string[]): Task[] {
  return ids.flatMap((taskId) => {
    const task = loadOrNull({ tasks }, taskId);
    return task === null || task.session_id === null ? [] : [task];
  });
}

/** Whether the agent of the task's run waits for a person. */
function isAsking(parts: SessionViewParts, { task_id, runs }: Task): boolean {
  const run = runs.at(-1)?.n;
  return createApprovals(parts)
    .open(task_id)
    .some((approval) => approval.run === run);
}

/** What a list knows of a turn. It does not look for silence: whoever follows the turn does. */
function turnOf({ started_at }: Task, isAsking: boolean, now: number): TurnEvidence {
  return {
    startedAt: Date.parse(started_at ?? '') || now,
    lastEventAt: now,
    isTaken: true,
    tools: 0,
    isAsking,
    children: 0,
    workedAt: null,
    isRetrying: false,
  };
}

function stateOf(parts: SessionViewParts, session: Session, task: Task | null): SessionView['state'] {
  const { session_id: id, generation, ended_at } = session;
  if (ended_at !== null) return 'ended';
  if (isAttached(parts, id)) return 'attached';
  // Found by who follows its turn, and not repaired yet.
  if (session.trouble === 'stuck') return 'stuck';
  const events = eventsOf(parts.paths.generation(id, generation));
  const now = parts.clock.now();
  return judgeSession({
    isAlive: generation > 0 && parts.locks.isHeld(events),
    isAwake: hasRemains(parts, session),
    turn: task && turnOf(task, isAsking(parts, task), now),
    isUnread: false,
    messages: 0,
    isResumeRefused: false,
    emptyAnswers: session.empty_answers,
    repairs: [],
    now,
    limits: healthLimits(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  }).state;
}

/** The sessions with what is known of each; the queue is looked at once. */
export function viewSessions(parts: SessionViewParts, sessions: readonly Session[]): SessionView[] {
  const running = tasksOf(parts, parts.queue.active()).filter(({ status }) => status === 'running');
  const waiting = tasksOf(
    parts,
    parts.queue.waiting().map(({ taskId }) => taskId),
  );
  return sessions.map((session) => {
    const own = ({ session_id: id }: Task) => id === session.session_id;
    const task = running.find(own) ?? null;
    return { session, state: stateOf(parts, session, task), task, waiting: waiting.filter(own).length };
  });
}
