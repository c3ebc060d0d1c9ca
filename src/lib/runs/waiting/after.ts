/** A task that comes after another one: whether its time has come, or will not come at all. */

import type { HistoryLine } from '../../tasks/history.ts';
import { isEnded, type Task } from '../../tasks/record.ts';

/** The task that another one comes after. */
export interface Predecessor {
  task_id: string;
  /** Null where nothing but its id is known any more. */
  task_name: string | null;
  /** How it ended the last time; `gone` where its record went, and the history does not know it. */
  outcome: 'unfinished' | 'completed' | 'failed' | 'cancelled' | 'gone';
}

export interface AfterParts {
  tasks: { load(taskId: string): Task };
  history: { latest(limit: number, filter: (line: HistoryLine) => boolean): HistoryLine[] };
}

const isEnding = (outcome: string | undefined): outcome is 'completed' | 'failed' | 'cancelled' =>
  outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled';

/**
 * Looks up how a task stands. It is unfinished as long as it waits, runs or is paused, and where its record cannot be read
 * now. One that was removed counts as it ended the last time.
 */
export function findPredecessor(taskId: string, { tasks, history }: AfterParts): Predecessor {
  try {
    const task = tasks.load(taskId);
    const outcome = isEnded(task) && isEnding(task.status) ? task.status : 'unfinished';
    return { task_id: taskId, task_name: task.task_name, outcome };
  } catch (error) {
    // A broken record may be mended.
    if ((error as { code?: unknown }).code !== 'not-found') {
      return { task_id: taskId, task_name: null, outcome: 'unfinished' };
    }
  }
  const [line] = history.latest(1, ({ task_id }) => task_id === taskId);
  const outcome = isEnding(line?.outcome) ? line.outcome : 'gone';
  return { task_id: taskId, task_name: line?.task_name ?? null, outcome };
}

/**
 * What becomes of a task that comes after this one. Where nobody knows how that one ended it counts as one that did not
 * succeed: what was to follow a success must not run on a guess.
 */
export function verdictAfter(
  { outcome }: Pick<Predecessor, 'outcome'>,
  ifFailed: Task['if_failed'],
): 'waits' | 'runs' | 'cancel' {
  if (outcome === 'unfinished') return 'waits';
  return outcome === 'completed' || ifFailed === 'run' ? 'runs' : 'cancel';
}
