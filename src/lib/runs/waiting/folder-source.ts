/** The folder queue as a source of tasks. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import { parseTaskId } from '../../format/task-id.ts';
import type { Marker } from '../../queue/markers.ts';
import { inTurn, nextTime, plannedFor, prerequisiteOf, totalRunning } from '../../queue/order.ts';
import type { Queue } from '../../queue/queue.ts';
import { isEnded, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { createFollowers, type Followers, type FollowersParts } from './followers.ts';
import { shareOf, unfinishedOf } from './line.ts';
import type { ResumeTimes } from './resume-times.ts';
import { createPausedMessages, goesBefore } from './session-line.ts';
import type { Claim, Occupancy, TaskSource } from './source.ts';
import { createFactsKept, factsOf, type WaitingFacts } from './waiting-facts.ts';

/** A marker without a folder is taken for one in the making so long; then it is looked whether its maker lives. */
const makingMs = 1000;
/** Behind so many that are being made the rest is, as a rule, of the same batch, whose end rings: it is not looked at. */
const maxInTheMaking = 32;

export interface FolderSourceParts extends FollowersParts {
  queue: Queue;
  tasks: TaskStore;
  clock: Clock;
  log: Log;
  /** Paused tasks that go on by themselves. */
  resumeTimes?: ResumeTimes;
  /** Whether somebody works in the session at a terminal: its messages wait. */
  isAttached?(sessionId: string): boolean;
  /** Whether a task that waits may not be started any more; it is then brought to its end beside us. */
  turnsAway?(task: Task): boolean;
}

function claimOf(task: Task): Claim {
  const { conversation, folder } = factsOf(task);
  return { taskId: task.task_id, user: shareOf(task), conversation, folder };
}

/** Whether something else that runs has what the task needs to itself. */
function isBusy({ conversation, folder }: WaitingFacts, { conversations, folders }: Occupancy): boolean {
  return (
    (conversation !== null && conversations.has(conversation)) || (folder !== null && folders?.has(folder) === true)
  );
}

interface Reader {
  /** Whether it may still be in the making. */
  isYoung(marker: Marker): boolean;
  /** A marker whose maker was killed goes, with what there is of its folder; false where the maker is still at it. */
  sweep(marker: Marker): boolean;
  /** Reads the task of a marker; a marker without one is swept, a broken record leaves the queue and stays for `doctor`. */
  load(marker: Marker): Task | null;
}

function createReader({ queue, tasks, clock, log }: FolderSourceParts): Reader {
  const reader: Reader = {
    // Asked before all else, which costs much more: while a batch is made, its markers are looked at again and again.
    isYoung(marker) {
      const isPlanned = plannedFor(marker, clock.now()) !== null;
      // One that is planned for later was made when its id says.
      const since = isPlanned ? (parseTaskId(marker.taskId)?.ts ?? 0) : marker.queuedAt;
      return clock.now() - since < makingMs;
    },
    sweep: (marker) => queue.sweep(marker, () => tasks.sweepUnfinished(marker.taskId)),
    load(marker) {
      if (!tasks.exists(marker.taskId)) {
        if (!reader.isYoung(marker)) reader.sweep(marker);
        return null;
      }
      try {
        return tasks.load(marker.taskId);
      } catch (error) {
        log.error({ task_id: marker.taskId, error: String(error) }, 'a task that cannot be read leaves the queue');
        queue.remove(marker.taskId);
        return null;
      }
    },
  };
  return reader;
}

function createClaiming(parts: FolderSourceParts, reader: Reader, followers: Followers) {
  const { queue, tasks, clock, turnsAway = () => false } = parts;
  const facts = createFactsKept();

  const factsBehind = (marker: Marker): WaitingFacts | null => {
    const task = facts.of(marker) ? null : reader.load(marker);
    return task ? facts.note(marker, task) : facts.of(marker);
  };

  const paused = createPausedMessages(parts);

  /**
   * Messages of a session are done in the order in which they came, unless one is more urgent; one that is to start later, or
   * after another task, holds none.
   */
  function isOvertaking({ session }: WaitingFacts, marker: Marker, inLine: readonly Marker[]): boolean {
    if (session === null) return false;
    if (parts.isAttached?.(session)) return true;
    const isBefore = (other: Marker) => goesBefore(other, marker) && factsBehind(other)?.session === session;
    return inLine.some(isBefore) || paused.before(session, marker) !== null;
  }

  /**
   * Takes a marker whose task does not wait: it was left behind by a cancellation that was cut off, perhaps before it told
   * anybody, and the task is brought to its end. Whoever queues it once more puts the marker down before the record changes,
   * and holds the task's lock meanwhile.
   */
  function takeStale(marker: Marker): Claim | null {
    const { taskId } = marker;
    // Not while it is claimed: somebody may be queueing it once more.
    if (queue.isActive(taskId)) return null;
    try {
      return tasks.tryHold(taskId, 'left behind', (task) =>
        task.status !== 'pending' && queue.claim(marker) ? claimOf(task) : null,
      );
    } catch {
      // Removed at this very moment: the next look finds a marker without a task.
      return null;
    }
  }

  function take(marker: Marker, task: Task, occupancy: Occupancy, inLine: readonly Marker[]): Claim | null {
    if (queue.isActive(task.task_id)) return null; // its last run is still being ended
    const found = facts.note(marker, task);
    if (isBusy(found, occupancy) || isOvertaking(found, marker, inLine)) return null;
    if (!followers.mayRun(marker, task) || turnsAway(task)) return null;
    return queue.claim(marker) ? claimOf(task) : null;
  }

  return (occupancy: Occupancy): Claim | null => {
    // With all slots taken the queue need not even be listed.
    if (totalRunning(occupancy) >= occupancy.limits.maxSessions) return null;
    let inTheMaking = 0;
    const now = clock.now();
    const waiting = queue.waiting();
    facts.keep(waiting);
    const unfinished = unfinishedOf(waiting, queue);
    const inLine = waiting.filter((marker) => prerequisiteOf(marker, now, unfinished) === null);
    for (const marker of inTurn(inLine, { ...occupancy, now })) {
      const known = facts.of(marker);
      if (known && isBusy(known, occupancy)) continue;
      if (queue.isBeingMade(marker)) {
        if (++inTheMaking >= maxInTheMaking) return null;
        continue;
      }
      const task = reader.load(marker);
      if (!task) continue;
      const isWaiting = task.status === 'pending';
      const claim = isWaiting ? take(marker, task, occupancy, inLine) : takeStale(marker);
      if (claim) return claim;
    }
    return null;
  };
}

/**
 * Claims planned tasks that were cancelled by somebody who was killed before he could tell it: a worker in the midst of a
 * chain, or a person's command long before the time. Nobody else would look at them soon.
 */
function claimCancelled({ queue, tasks, clock }: FolderSourceParts): void {
  const waiting = queue.waiting();
  const unfinished = unfinishedOf(waiting, queue);
  for (const marker of waiting) {
    const isReleased = marker.after !== undefined && !unfinished.has(marker.after);
    if (!isReleased && plannedFor(marker, clock.now()) === null) continue;
    try {
      if (isEnded(tasks.load(marker.taskId)) && !queue.isActive(marker.taskId)) queue.claim(marker);
    } catch {
      // It is looked at when its time has come.
    }
  }
}

export function createFolderSource(parts: FolderSourceParts): TaskSource {
  const { queue, tasks, clock, log, resumeTimes } = parts;
  const followers = createFollowers(parts);
  const reader = createReader(parts);
  return {
    claim: createClaiming(parts, reader, followers),
    claimed() {
      claimCancelled(parts);
      return queue.active().flatMap((taskId) => {
        if (!tasks.exists(taskId)) {
          queue.finish(taskId);
          return [];
        }
        try {
          return [claimOf(tasks.load(taskId))];
        } catch (error) {
          log.error({ task_id: taskId, error: String(error) }, 'a task that cannot be read leaves the queue');
          queue.finish(taskId);
          return [];
        }
      });
    },
    finish: (taskId) => queue.finish(taskId),
    hasWaiting: () =>
      queue
        .waiting()
        .some((marker) => tasks.exists(marker.taskId) || reader.isYoung(marker) || !reader.sweep(marker)) ||
      resumeTimes?.has() === true,
    tend() {
      const now = clock.now();
      const waiting = queue.waiting();
      followers.tend(waiting, unfinishedOf(waiting, queue));
      resumeTimes?.tend();
      const times = [nextTime(waiting, now), resumeTimes?.next() ?? null].filter((time) => time !== null);
      return times.length > 0 ? Math.min(...times) : null;
    },
    watch: (onChange) => queue.watch(onChange),
  };
}
