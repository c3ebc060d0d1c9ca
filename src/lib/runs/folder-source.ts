/** The folder queue as a source of tasks. */

import type { Clock } from '../adapters/clock.ts';
import type { Log } from '../adapters/log.ts';
import type { Marker } from '../queue/markers.ts';
import { startable, totalRunning } from '../queue/order.ts';
import type { Queue } from '../queue/queue.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import type { Claim, Occupancy, TaskSource } from './source.ts';

/** A marker whose task does not wait is left alone for so long. */
const staleMarkerMs = 60_000;
/** A marker without a folder is taken for one in the making so long; then it is looked whether its maker lives. */
const makingMs = 1000;
/** Behind so many that are being made the rest is, as a rule, of the same batch, whose end rings: it is not looked at. */
const maxInTheMaking = 32;

export interface FolderSourceParts {
  queue: Queue;
  tasks: TaskStore;
  clock: Clock;
  log: Log;
  /** Whether a task that waits may not be started any more; it is then brought to its end beside us. */
  turnsAway?(task: Task): boolean;
}

/** Whose share a task counts against. */
export function shareOf(task: Pick<Task, 'user_id'>): string {
  return task.user_id ?? 'local';
}

function claimOf(task: Task): Claim {
  return { taskId: task.task_id, user: shareOf(task), conversation: task.agent_session_id };
}

export function createFolderSource(parts: FolderSourceParts): TaskSource {
  const { queue, tasks, clock, log, turnsAway = () => false } = parts;
  /** A marker whose maker was killed goes, with what there is of its folder; false where the maker is still at it. */
  const sweep = (marker: Marker) => queue.sweep(marker, () => tasks.sweepUnfinished(marker.taskId));

  /** Asked before all else, which costs much more: while a batch is made, its markers are looked at again and again. */
  const isYoung = (marker: Marker) => clock.now() - marker.queuedAt < makingMs;

  /** Reads the task of a marker; a marker without one is swept, a broken record leaves the queue and stays for `doctor`. */
  function loadOf(marker: Marker): Task | null {
    if (!tasks.exists(marker.taskId)) {
      if (!isYoung(marker)) sweep(marker);
      return null;
    }
    try {
      return tasks.load(marker.taskId);
    } catch (error) {
      log.error({ task_id: marker.taskId, error: String(error) }, 'a task that cannot be read leaves the queue');
      queue.remove(marker.taskId);
      return null;
    }
  }

  function claim(occupancy: Occupancy): Claim | null {
    // With all slots taken the queue need not even be listed.
    if (totalRunning(occupancy) >= occupancy.limits.maxSessions) return null;
    let inTheMaking = 0;
    for (const marker of startable(queue.waiting(), { ...occupancy, now: clock.now() })) {
      if (queue.isBeingMade(marker)) {
        if (++inTheMaking >= maxInTheMaking) return null;
        continue;
      }
      const task = loadOf(marker);
      if (!task) continue;
      if (task.status !== 'pending') {
        // Put down a moment ago by a retry, which changes the record next; or left behind by a cancellation that was cut
        // off, perhaps before it told anybody: then it is claimed, and brought to its end.
        if (clock.now() - marker.queuedAt <= staleMarkerMs) continue;
        if (queue.isActive(task.task_id)) queue.remove(task.task_id);
        else if (queue.claim(marker)) return claimOf(task);
        continue;
      }
      if (queue.isActive(task.task_id)) continue; // its last run is still being ended
      if (task.agent_session_id !== null && occupancy.conversations.has(task.agent_session_id)) continue;
      if (turnsAway(task)) continue;
      if (queue.claim(marker)) return claimOf(task);
    }
    return null;
  }

  return {
    claim,
    claimed: () =>
      queue.active().flatMap((taskId) => {
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
      }),
    finish: (taskId) => queue.finish(taskId),
    hasWaiting: () =>
      queue.waiting().some((marker) => tasks.exists(marker.taskId) || isYoung(marker) || !sweep(marker)),
    watch: (onChange) => queue.watch(onChange),
  };
}
