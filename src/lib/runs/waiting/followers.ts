/** Waiting tasks that come after others: which of them may run, and which come to their end because the other one did not succeed. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import type { Marker } from '../../queue/markers.ts';
import type { Queue } from '../../queue/queue.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { type AfterParts, findPredecessor, type Predecessor, verdictAfter } from './after.ts';

export interface FollowersParts extends Pick<AfterParts, 'history'> {
  tasks: TaskStore;
  queue: Queue;
  clock: Clock;
  log: Log;
  /** Ends a waiting task that is not to run after this one, and tells it. */
  endFollower?(taskId: string, predecessor: Predecessor): Promise<void>;
}

export interface Followers {
  /** Whether the task may run as far as the one before it is concerned. */
  mayRun(marker: Marker, task: Task): boolean;
  /** Brings those to their end that are not to run. `unfinished` holds ids of tasks that have not ended. */
  tend(waiting: readonly Marker[], unfinished: ReadonlySet<string>): void;
}

/** What was read of a task that others come after counts for so long: they ask one after the other. */
const knownMs = 1000;
/** So many are looked at, and brought to their end, in one pass: the worker has other things to do between. */
const atOnce = 50;
/** What went wrong is tried again after so long. */
const retryMs = 30_000;

export function createFollowers(parts: FollowersParts): Followers {
  const { queue, clock, log, endFollower } = parts;
  let known = new Map<string, Predecessor>();
  let knownAt = Number.NEGATIVE_INFINITY;
  /** Followers whose predecessor was found to have ended as it should: nothing of theirs need be read again. */
  const cleared = new Set<string>();
  const ending = new Set<string>();
  let turn = 0;

  function find(taskId: string): Predecessor {
    if (Math.abs(clock.now() - knownAt) >= knownMs) [known, knownAt] = [new Map(), clock.now()];
    const found = known.get(taskId) ?? findPredecessor(taskId, parts);
    known.set(taskId, found);
    return found;
  }

  const load = (taskId: string) => loadOrNull(parts, taskId);

  function end(taskId: string, predecessor: Predecessor): void {
    if (!endFollower) return;
    ending.add(taskId);
    log.info({ task_id: taskId, after: predecessor.task_id, outcome: predecessor.outcome }, 'a task is not to run');
    void endFollower(taskId, predecessor)
      .catch(async (error) => {
        log.error({ task_id: taskId, error: String(error) }, 'a task could not be cancelled');
        await clock.sleep(retryMs);
      })
      .finally(() => ending.delete(taskId));
  }

  function decide({ taskId, after = '' }: Marker): void {
    const predecessor = find(after);
    if (predecessor.outcome === 'completed') cleared.add(taskId);
    if (predecessor.outcome === 'completed' || predecessor.outcome === 'unfinished') return;
    const task = load(taskId);
    // One that is still being made, or ends by another's hand, is left to that.
    if (task?.status !== 'pending' || queue.isActive(taskId)) return;
    if (verdictAfter(predecessor, task.if_failed) === 'cancel') end(taskId, predecessor);
    else cleared.add(taskId);
  }

  return {
    mayRun({ after }, task) {
      // The marker says what it waits for: whoever is run once more waits for nobody.
      return after === undefined || verdictAfter(find(after), task.if_failed) === 'runs';
    },
    tend(waiting, unfinished) {
      const present = new Set<string>();
      const open: Marker[] = [];
      for (const marker of waiting) {
        if (marker.after === undefined) continue;
        present.add(marker.taskId);
        // Run once more it has to end once more.
        if (unfinished.has(marker.after)) cleared.delete(marker.taskId);
        else if (!cleared.has(marker.taskId) && !ending.has(marker.taskId)) open.push(marker);
      }
      for (const taskId of cleared) if (!present.has(taskId)) cleared.delete(taskId);
      if (open.length === 0 || ending.size >= atOnce) return;
      // Those of whom nothing can be said yet must not keep the others from their turn.
      const from = turn % open.length;
      turn = from + atOnce;
      for (const marker of [...open.slice(from), ...open.slice(0, from)].slice(0, atOnce)) decide(marker);
    },
  };
}
