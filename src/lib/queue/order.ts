/** Who goes next: priority, fair share and age, as pure functions over what waits and what runs. */

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
  limits: QueueLimits;
  /** Milliseconds since 1970. */
  now: number;
}

/** What keeps a waiting task from being next. */
export type Blocker = 'slots' | 'user_slots' | 'fair_share' | null;

/** A waiting task gains one step of priority each time so much time has passed: from 0 to 9 it takes an hour and a half at most. */
export const ageingStepMs = 10 * 60_000;

/** The marker's priority with what its age has added. */
export function effectivePriority(marker: Marker, now: number): number {
  return marker.priority + Math.floor(Math.max(0, now - marker.queuedAt) / ageingStepMs);
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
export function blockerOf(marker: Marker, view: RunningView, users: number): Blocker {
  const free = view.limits.maxSessions - totalRunning(view);
  if (free <= 0) return 'slots';
  const own = runningOf(view, marker.user);
  if (own >= view.limits.perUser) return 'user_slots';
  if (free === 1 && own > 0 && users > 1) return 'fair_share';
  return null;
}

/** How many users have something waiting or running. */
export function countUsers(waiting: readonly Marker[], view: RunningView): number {
  const users = new Set(waiting.map(({ user }) => user));
  for (const [user, count] of view.byUser) if (count > 0) users.add(user);
  return users.size;
}

/** The waiting tasks in the order in which they would go: priority with age, then fewer running of that user, then first come. */
export function orderWaiting(waiting: readonly Marker[], view: RunningView): Marker[] {
  const keyed = waiting.map((marker) => ({
    marker,
    priority: effectivePriority(marker, view.now),
    own: runningOf(view, marker.user),
  }));
  keyed.sort(
    (a, b) =>
      b.priority - a.priority ||
      a.own - b.own ||
      a.marker.queuedAt - b.marker.queuedAt ||
      (a.marker.taskId < b.marker.taskId ? -1 : 1),
  );
  return keyed.map(({ marker }) => marker);
}

/** The tasks that may start now, best first; the caller takes the first that nothing else holds back. */
export function startable(waiting: readonly Marker[], view: RunningView): Marker[] {
  const users = countUsers(waiting, view);
  return orderWaiting(waiting, view).filter((marker) => blockerOf(marker, view, users) === null);
}
