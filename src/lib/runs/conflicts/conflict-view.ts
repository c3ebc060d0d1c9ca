/** How a task looks to the decision about conflicts: made of its record, and of what was written down about whom it met. */

import type { Queue } from '../../queue/queue.ts';
import { isPassedOn } from '../../tasks/passed-on.ts';
import { isEnded, latestRun, type Task } from '../../tasks/record.ts';
import type { WorkPlace } from './conflict-ground.ts';
import { type ConflictRecord, type MetTask, waitedFor } from './conflict-record.ts';
import { isHeld } from './conflict-release.ts';
import type { ConflictPair, Contender } from './conflicts.ts';

/** A task that has started, and where it works. */
export interface Known {
  place: WorkPlace;
  record: ConflictRecord;
  /** Its question, where there is one, was asked by us. */
  hasAsked: boolean;
  /** What became of its work, once it has ended: by the number of its runs. */
  outcome: { runs: number; state: 'merged' | 'ended' } | null;
}

/** The first start since the task was asked for, or asked for once more. */
export function startOf(task: Task): number {
  const before = isEnded(task) ? task.runs.slice(0, -1) : task.runs;
  const over = before.findLastIndex(
    ({ outcome }) => outcome !== null && !isPassedOn({ outcome }) && outcome !== 'paused',
  );
  const first = task.runs[over + 1];
  return Date.parse(first?.started_at ?? task.started_at ?? task.created_at);
}

/** The pair as the decision knows it. */
export const pairOf = (later: string, { earlier, file, run, over }: MetTask): ConflictPair => ({
  earlier,
  later,
  file,
  run,
  over,
});

export interface StateParts {
  queue: Pick<Queue, 'isActive'>;
  /** Whether the work of an ended task is in the branch that others go onto. */
  isMerged(task: Task): Promise<boolean>;
}

/** The task's state; null for one that has not started. `isAwaited`: somebody waits for it. */
export async function stateOf(
  { queue, isMerged }: StateParts,
  task: Task,
  known: Known,
  isAwaited: boolean,
): Promise<Contender['state'] | null> {
  const run = latestRun(task)?.n;
  switch (task.status) {
    case 'pending':
      return task.runs.length > 0 ? 'working' : null;
    case 'running':
      return waitedFor(known.record).some((met) => met.run === run) ? 'held' : 'working';
    case 'paused':
      if (!isHeld(task)) return 'aside';
      return known.record.question?.run === run ? 'asking' : 'held';
    default: {
      // Its claim goes when its work is where it belongs.
      if (queue.isActive(task.task_id)) return 'ending';
      if (!isAwaited) return 'ended';
      const runs = task.runs.length;
      if (known.outcome?.runs !== runs) known.outcome = { runs, state: (await isMerged(task)) ? 'merged' : 'ended' };
      return known.outcome.state;
    }
  }
}
