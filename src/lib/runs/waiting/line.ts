/** The line of waiting tasks as it stands now: each one's place, and what it waits for, by the rules that the worker goes by. */

import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Locks } from '../../adapters/locks.ts';
import type { Paths } from '../../config/paths.ts';
import type { Marker } from '../../queue/markers.ts';
import {
  blockerOf,
  chatOf,
  countUsers,
  orderWaiting,
  plannedFor,
  prerequisiteOf,
  type QueueLimits,
  type RunningView,
} from '../../queue/order.ts';
import type { Queue } from '../../queue/queue.ts';
import { isAttached } from '../../sessions/attach.ts';
import { type Approval, createApprovals } from '../../tasks/approvals.ts';
import type { History } from '../../tasks/history.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { findPredecessor } from './after.ts';
import { createPausedMessages, goesBefore } from './session-line.ts';
import type { HeldBack } from './source.ts';
import { createFactsKept, type FactsKept, repositoryFolderOf } from './waiting-facts.ts';

export interface LineParts {
  tasks: Pick<TaskStore, 'load'>;
  queue: Pick<Queue, 'active' | 'waiting' | 'aside' | 'isActive'>;
  history: Pick<History, 'latest'>;
  files: Files;
  paths: Paths;
  clock: Pick<Clock, 'now'>;
  settings: { limits: QueueLimits };
  /** Tells of sessions that somebody works in at a terminal; absent where nobody can. */
  locks?: Pick<Locks, 'isHeld'>;
  /** What is known of waiting tasks from earlier looks, for who looks often. */
  facts?: FactsKept;
}

/** What a waiting task waits for. */
export type WaitCode =
  | 'no_marker'
  | 'starting'
  | 'ending'
  | 'at'
  | 'after'
  | 'conversation'
  | 'session'
  | 'session_paused'
  | 'attached'
  | 'folder'
  | 'slots'
  | 'user_slots'
  | 'fair_share'
  | HeldBack
  | 'files'
  | 'order'
  | 'next';

export interface Standing {
  code: WaitCode;
  /** Place among those whose time has come, 1 is next; null for one that does not stand in the line. */
  position: number | null;
  /** The task that it comes after, or that uses its conversation or folder. */
  other: { task_id: string; task_name: string | null } | null;
  /** ISO instant of the time that it waits for. */
  until: string | null;
}

/** The questions of a task's run that wait for a person. */
export function openQuestions({ task_id, status, runs }: Task, parts: Pick<LineParts, 'files' | 'paths'>): Approval[] {
  if (status !== 'running') return [];
  return createApprovals(parts)
    .open(task_id)
    .filter(({ run }) => run === runs.at(-1)?.n);
}

/** Whose share a task counts against. */
export function shareOf(task: Pick<Task, 'user_id'>): string {
  return task.user_id ?? 'local';
}

const runningTasks = (parts: LineParts): Task[] =>
  parts.queue.active().flatMap((taskId) => loadOrNull(parts, taskId) ?? []);

function countBy(tasks: readonly Task[], key: (task: Task) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasks) counts.set(key(task), (counts.get(key(task)) ?? 0) + 1);
  return counts;
}

/** Ids of tasks that have not ended, as far as the queue's folders tell. */
export function unfinishedOf(waiting: readonly Marker[], queue: Pick<Queue, 'active' | 'aside'>): Set<string> {
  const unfinished = new Set<string>();
  // Nobody asks where no task comes after another.
  if (!waiting.some(({ after }) => after !== undefined)) return unfinished;
  for (const { taskId } of waiting) unfinished.add(taskId);
  for (const taskId of queue.active()) unfinished.add(taskId);
  for (const taskId of queue.aside()) unfinished.add(taskId);
  return unfinished;
}

export interface Line {
  /** Those that stand in the line, in order. */
  order: readonly Marker[];
  /** All that wait. */
  waiting: readonly Marker[];
  /** How many run, those that wait for a person not counted. */
  running: number;
  /** What a pending task waits for. `heldBack` is what keeps the worker from starting anything. */
  standingOf(task: Task, heldBack: HeldBack | null): Standing;
}

/** Tells which session a waiting task belongs to; each record is read once. */
function sessionsOf(parts: LineParts, waiting: readonly Marker[]): (marker: Marker) => string | null {
  const facts = parts.facts ?? createFactsKept();
  facts.keep(waiting);
  return (marker) => {
    const known = facts.of(marker);
    const task = known ? null : loadOrNull(parts, marker.taskId);
    return (task ? facts.note(marker, task) : known)?.session ?? null;
  };
}

/** Looks at queue and running tasks once; the look tells of each task. */
export function lookAtLine(parts: LineParts): Line {
  const { queue, clock, settings } = parts;
  const waiting = queue.waiting();
  const now = clock.now();
  const running = runningTasks(parts);
  // Who waits for a person takes no place.
  const atWork = running.filter((task) => openQuestions(task, parts).length === 0);
  const byUser = countBy(atWork, shareOf);
  const byChat = countBy(atWork, ({ task_id }) => chatOf(task_id));
  const view: RunningView = { byUser, byChat, limits: settings.limits, now };
  const unfinished = unfinishedOf(waiting, queue);
  const order = orderWaiting(
    waiting.filter((marker) => prerequisiteOf(marker, now, unfinished) === null),
    view,
  );
  const users = countUsers(order, view);
  const places = new Map(order.map(({ taskId }, index): [string, number] => [taskId, index + 1]));
  const byTask = new Map(waiting.map((marker): [string, Marker] => [marker.taskId, marker]));

  const standing = (code: WaitCode, position: number | null, rest: Partial<Standing> = {}): Standing => ({
    code,
    position,
    other: null,
    until: null,
    ...rest,
  });
  const paused = createPausedMessages(parts);
  const sessionOf = sessionsOf(parts, waiting);
  /** What goes before a message in its session. */
  function standingInSession({ session_id: session }: Task, marker: Marker) {
    if (session === null) return null;
    const { locks, paths } = parts;
    if (locks && isAttached({ locks, paths }, session)) return { code: 'attached', other: null } as const;
    const atWork = running.find((one) => one.session_id === session);
    if (atWork) return { code: 'session', other: atWork } as const;
    const held = paused.before(session, marker);
    if (held) return { code: 'session_paused', other: held } as const;
    for (const other of order) {
      if (!goesBefore(other, marker) || sessionOf(other) !== session) continue;
      const task = loadOrNull(parts, other.taskId);
      if (task) return { code: 'session', other: task } as const;
    }
    return null;
  }
  const standingOf = (task: Task, heldBack: HeldBack | null): Standing => {
    const marker = byTask.get(task.task_id);
    if (!marker) return standing(queue.isActive(task.task_id) ? 'starting' : 'no_marker', null);
    const { after } = marker;
    const at = plannedFor(marker, now);
    if (at !== null) return standing('at', null, { until: new Date(at).toISOString() });
    if (after !== undefined) {
      const { task_name, outcome } = findPredecessor(after, parts);
      const other = { task_id: after, task_name };
      if (unfinished.has(after) || outcome === 'unfinished') return standing('after', null, { other });
    }
    const position = places.get(task.task_id) ?? null;
    if (queue.isActive(task.task_id)) return standing('ending', position);
    const inSession = standingInSession(task, marker);
    if (inSession) return standing(inSession.code, position, { other: inSession.other });
    const other = running.find(
      (one) => one.agent_session_id !== null && one.agent_session_id === task.agent_session_id,
    );
    if (other) return standing('conversation', position, { other });
    const folder = repositoryFolderOf(task);
    const inFolder = folder === null ? undefined : running.find((one) => repositoryFolderOf(one) === folder);
    if (inFolder) return standing('folder', position, { other: inFolder });
    const blocker = blockerOf(marker, view, users) ?? (running.length > 0 || heldBack === 'disk' ? heldBack : null);
    return standing(blocker ?? ((position ?? 1) > 1 ? 'order' : 'next'), position);
  };
  return { order, waiting, running: atWork.length, standingOf };
}

const quiet: readonly WaitCode[] = ['no_marker', 'starting', 'ending', 'order', 'next'];

/** The same as messages carry it; null where there is no more to say than the place. */
export function waitingFor({ code, other, until }: Standing): string | null {
  if (quiet.includes(code)) return null;
  if (code === 'at') return `at:${until}`;
  return code === 'after' && other ? `after:${other.task_id}:${other.task_name ?? other.task_id}` : code;
}
