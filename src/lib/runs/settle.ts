/** The steps that make a run's end known: record, message, history line. Each may be done again without harm. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import type { Paths } from '../config/paths.ts';
import { isDiskFull } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { keyOf } from '../outbox/entry.ts';
import type { Outbox } from '../outbox/store.ts';
import type { Queue } from '../queue/queue.ts';
import type { History } from '../tasks/history.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import type { Concluded } from './conclude.ts';
import { closeQuestions } from './questions/questions.ts';
import { endedEntry } from './told.ts';

export interface SettleParts {
  tasks: TaskStore;
  history: History;
  outbox: Outbox;
  queue: Pick<Queue, 'setAside' | 'takeUp' | 'putBack'>;
  files: Files;
  paths: Paths;
  clock: Clock;
  log: Log;
  /**
   * Hears of each end, and of each run that another one goes on with, as often as it is told: what it spent is counted, what
   * never started is given back.
   */
  usage?: { settle(task: Task): Promise<void> };
}

/** Counts what the task's runs spent. A counter that cannot be kept is no reason to hold up a task. */
export async function settleUsage({ usage, log }: Pick<SettleParts, 'usage' | 'log'>, task: Task): Promise<void> {
  try {
    await usage?.settle(task);
  } catch (error) {
    if (isDiskFull(error)) throw error;
    log.error({ task_id: task.task_id, error: String(error) }, 'what the run used was not counted');
  }
}

/**
 * Tells, and puts into the history, what the record says about the task's latest run; what its agents asked is closed. For
 * a task that does not run.
 */
export async function tellEnd(parts: SettleParts, task: Task): Promise<void> {
  await closeQuestions(parts, task);
  if (task.telegram_group !== null) {
    const outputPath = parts.paths.output(task.task_id);
    const entry = endedEntry(task, parts.tasks.output(task.task_id), outputPath);
    if (entry) await parts.outbox.announce(entry, keyOf(entry.notification));
  }
  await parts.history.add(task);
  await settleUsage(parts, task);
}

/**
 * Writes down how a run came out and tells it. `isGone`: its processes are gone as well. `stillHolds` is asked under the
 * task's lock: where something was asked of the run since the conclusion was drawn, nothing is written, and null given.
 */
export async function settleRun(
  parts: SettleParts,
  taskId: string,
  run: number,
  { conclusion, text }: Concluded,
  isGone: boolean,
  stillHolds = () => true,
): Promise<Task | null> {
  const { tasks, queue, clock } = parts;
  await tasks.saveOutput(taskId, text);
  const at = isoNow(clock);
  const task = await tasks.hold(taskId, 'ended', async (held) => {
    if (!stillHolds()) return null;
    // Noted before it is true: a paused task that no list finds would be lost to people.
    if (conclusion.outcome === 'paused') await queue.setAside(taskId);
    const change = await held.apply({ type: 'ended', run, at, isGone, conclusion });
    if (change.task.status !== 'paused') queue.takeUp(taskId);
    return change.task;
  });
  if (task) await tellEnd(parts, task);
  return task;
}
