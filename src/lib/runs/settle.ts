/** The steps that make a run's end known: record, message, history line. Each may be done again without harm. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import type { Paths } from '../config/paths.ts';
import { isDiskFull } from '../errors/errors.ts';
import { keyOf } from '../outbox/entry.ts';
import type { Outbox } from '../outbox/store.ts';
import type { History } from '../tasks/history.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import type { Concluded } from './conclude.ts';
import { closeQuestions } from './questions.ts';
import { endedEntry } from './told.ts';

export interface SettleParts {
  tasks: TaskStore;
  history: History;
  outbox: Outbox;
  files: Files;
  paths: Paths;
  clock: Clock;
  log: Log;
  /** Hears of each end, as often as it is told: what the run spent is counted, what never started is given back. */
  usage?: { settle(task: Task): Promise<void> };
}

/** A counter that cannot be kept is no reason to hold up a task. */
async function settleUsage({ usage, log }: SettleParts, task: Task): Promise<void> {
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
    const outputPath = join(parts.paths.task(task.task_id), 'task-output.txt');
    const entry = endedEntry(task, parts.tasks.output(task.task_id), outputPath);
    if (entry) await parts.outbox.announce(entry, keyOf(entry.notification));
  }
  await parts.history.add(task);
  await settleUsage(parts, task);
}

/** Writes down how a run came out and tells it. `isGone`: its processes are gone as well. */
export async function settleRun(
  parts: SettleParts,
  taskId: string,
  run: number,
  { conclusion, text }: Concluded,
  isGone: boolean,
): Promise<Task> {
  await parts.tasks.saveOutput(taskId, text);
  const at = new Date(parts.clock.now()).toISOString();
  const { task } = await parts.tasks.apply(taskId, { type: 'ended', run, at, isGone, conclusion });
  await tellEnd(parts, task);
  return task;
}

const fullDiskRetryMs = 2000;

export interface PersistParts extends Pick<SettleParts, 'clock' | 'log'> {
  /** Hears that the disk is full, or has room again: nothing new is begun meanwhile. */
  onDiskFull(isFull: boolean): void;
}

/**
 * Does a step again until the disk has room for it: meanwhile the state stays in memory and the agents go on. When the
 * signal aborts, the error comes through: whoever adopts the run draws the same state from its files.
 */
export async function persist<T>(parts: PersistParts, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const { clock, log, onDiskFull } = parts;
  for (let wasFull = false; ; wasFull = true) {
    try {
      const value = await step();
      if (wasFull) onDiskFull(false);
      return value;
    } catch (error) {
      if (!isDiskFull(error) || signal.aborted) throw error;
      if (!wasFull) log.error({}, 'The disk is full: the state is kept in memory until there is room.');
      onDiskFull(true);
      await clock.sleep(fullDiskRetryMs, signal);
    }
  }
}
