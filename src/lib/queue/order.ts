/**
 * Who goes next: priority, fair share and age, as pure functions over what waits and what runs.
 *
 * **Nobody starves.** Let A begin to wait at `a` with priority `p`, and B at `b` with priority `q`; S is one step of ageing.
 * At any moment from then on A counts `p + ⌊(now − a)/S⌋` and B `q + ⌊(now − b)/S⌋`. If B came later by at least
 * `(q − p + 1)·S`, then `(now − a)/S ≥ (now − b)/S + (q − p + 1)`, so A counts at least one more than B, for ever: B never
 * goes before A, however little B's user has running, for fair share decides only between equals. `q − p` is 9 at most. So
 * **ten steps ({@link starvationBoundMs}, a hundred minutes) after a task began to wait, all who come later stay behind it**;
 * who may go before it is a set that was fixed then and only gets smaller, by one with every task of it that starts. What
 * holds a task back beside the order ({@link blockerOf}) is lifted by ends of its own user's runs alone, or by any free slot.
 */

import type { Marker } from './markers.ts';

export interface QueueLimits {
  /** Runs at once in all. */
  maxSessions: number;
  /** Runs at once of one user. */
  perUser: number;
}

/** What runs now, as far as the order cares. */
export interface RunningView {
  /** Running tasks by user; those that wait for a person do not count. */
  byUser: ReadonlyMap<string, number>;
  /** The same by chat (`local` for none). */
  byChat?: ReadonlyMap<string, number>;
  limits: QueueLimits;
  /** Milliseconds since 1970. */
  now: number;
}

/** What keeps a waiting task from being next. */
export type Blocker = 'slots' | 'user_slots' | 'fair_share' | null;

/** A waiting task gains one step of priority each time so much time has passed: from 0 to 9 it takes an hour and a half at most. */
export const ageingStepMs = 10 * 60_000;

/** Who comes so long after a task never goes before it; the proof stands above. */
export const starvationBoundMs = 10 * ageingStepMs;

/** The marker's priority with what its age has added. */
export function effectivePriority(marker: Marker, now: number): number {
  return marker.priority + Math.floor(Math.max(0, now - marker.queuedAt) / ageingStepMs);
}

/** What has to come about before a task stands in the line at all. */
export type Prerequisite = 'at' | 'after' | null;

/**
 * The time that the task waits for, in milliseconds since 1970; null for one whose time has come, or that was never planned
 * for one: tasks that are made together have times one millisecond apart, which may lie ahead, and are those of their ids.
 */
export function plannedFor({ queuedAt, taskId }: Marker, now: number): number | null {
  return queuedAt > now && queuedAt > Number(taskId.slice(taskId.lastIndexOf('-') + 1)) ? queuedAt : null;
}

/** `unfinished` holds the ids of tasks that have not ended. */
export function prerequisiteOf(marker: Marker, now: number, unfinished: ReadonlySet<string>): Prerequisite {
  if (plannedFor(marker, now) !== null) return 'at';
  return marker.after !== undefined && unfinished.has(marker.after) ? 'after' : null;
}

/** When the next task's time comes; null where none waits for a time. */
export function nextTime(waiting: readonly Marker[], now: number): number | null {
  let next: number | null = null;
  for (const marker of waiting) {
    const at = plannedFor(marker, now);
    if (at !== null && (next === null || at < next)) next = at;
  }
  return next;
}

/** The chat that a task id names. */
export function chatOf(taskId: string): string {
  return taskId.slice('task-'.length, taskId.lastIndexOf('-'));
}

const runningOf = (view: RunningView, user: string) => view.byUser.get(user) ?? 0;

/** How many run at once now. */
export function totalRunning(view: Pick<RunningView, 'byUser'>): number {
  let sum = 0;
  for (const count of view.byUser.values()) sum += count;
  return sum;
}

/**
 * Why this task cannot start now, whoever else waits. The last free slot is kept for a user with nothing running as
 * long as several users have something waiting or running, so that nobody finds all slots taken by another's long runs.
 */
export function blockerOf(marker: Pick<Marker, 'user'>, view: RunningView, users: number): Blocker {
  const free = view.limits.maxSessions - totalRunning(view);
  if (free <= 0) return 'slots';
  const own = runningOf(view, marker.user);
  if (own >= view.limits.perUser) return 'user_slots';
  if (free === 1 && own > 0 && users > 1) return 'fair_share';
  return null;
}

/** How many users have something waiting or running. */
export function countUsers(waiting: readonly Marker[], view: RunningView): number {
  const users = new Set<string>();
  for (const { user } of waiting) users.add(user);
  for (const [user, count] of view.byUser) if (count > 0) users.add(user);
  return users.size;
}

/** A marker with what decides about its place. */
interface Keyed {
  marker: Marker;
  priority: number;
  ofUser: number;
  ofChat: number;
}

function keyOf(marker: Marker, view: RunningView): Keyed {
  const ofChat = view.byChat ? (view.byChat.get(chatOf(marker.taskId)) ?? 0) : 0;
  return { marker, priority: effectivePriority(marker, view.now), ofUser: runningOf(view, marker.user), ofChat };
}

/** Below zero where `a` goes first: priority with age, fewer running of that user, then of that chat, then first come. */
function compare(a: Keyed, b: Keyed): number {
  return (
    b.priority - a.priority ||
    a.ofUser - b.ofUser ||
    a.ofChat - b.ofChat ||
    a.marker.queuedAt - b.marker.queuedAt ||
    (a.marker.taskId < b.marker.taskId ? -1 : a.marker.taskId > b.marker.taskId ? 1 : 0)
  );
}

/** The waiting tasks in the order in which they would go. */
export function orderWaiting(waiting: readonly Marker[], view: RunningView): Marker[] {
  return waiting
    .map((marker) => keyOf(marker, view))
    .sort(compare)
    .map(({ marker }) => marker);
}

/**
 * The tasks that may start now, best first; the caller takes the first that nothing else holds back. Whoever takes the first
 * pays for one pass, not for sorting all.
 */
export function* inTurn(waiting: readonly Marker[], view: RunningView): Generator<Marker> {
  const users = countUsers(waiting, view);
  const blockers = new Map<string, Blocker>();
  const isBlocked = ({ user }: Marker) => {
    let blocker = blockers.get(user);
    if (blocker === undefined) {
      blocker = blockerOf({ user }, view, users);
      blockers.set(user, blocker);
    }
    return blocker !== null;
  };
  let best: Keyed | undefined;
  for (const marker of waiting) {
    // Most are told apart by this alone.
    if (best && effectivePriority(marker, view.now) < best.priority) continue;
    if (isBlocked(marker)) continue;
    const keyed = keyOf(marker, view);
    if (!best || compare(keyed, best) < 0) best = keyed;
  }
  if (!best) return;
  yield best.marker;
  const rest = waiting.filter((marker) => marker !== best.marker && !isBlocked(marker));
  yield* orderWaiting(rest, view);
}

/** All that {@link inTurn} gives. */
export function startable(waiting: readonly Marker[], view: RunningView): Marker[] {
  return [...inTurn(waiting, view)];
}
