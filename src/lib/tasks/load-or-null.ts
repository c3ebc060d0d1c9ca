/** A task's record for those who go through many tasks: what cannot be read is passed over, and told elsewhere. */

import { CcdispatchError } from '../errors/errors.ts';
import { NewerRecord } from '../format/stored-record.ts';
import type { Task } from './record.ts';

type Loader = { tasks: { load(taskId: string): Task } };

/** The record; null where there is none, or none that can be read. */
export function loadOrNull({ tasks }: Loader, taskId: string): Task | null {
  try {
    return tasks.load(taskId);
  } catch {
    return null;
  }
}

/**
 * The record; null where there is none, or one that is broken: of such a task nothing can run. For who acts upon that: what
 * merely could not be read now (no file to be had, a disk that fails, a record of a later version) is thrown.
 */
export function loadUnlessBroken({ tasks }: Loader, taskId: string): Task | null {
  try {
    return tasks.load(taskId);
  } catch (error) {
    if (error instanceof CcdispatchError && !(error instanceof NewerRecord)) return null;
    throw error;
  }
}
