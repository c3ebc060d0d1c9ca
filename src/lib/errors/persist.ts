/** What must not be forgotten is written again and again until the disk has room for it. */

import type { Clock } from '../adapters/clock.ts';
import type { Log } from '../adapters/log.ts';
import { isDiskFull } from './errors.ts';

const fullDiskRetryMs = 2000;

export interface PersistParts {
  clock: Pick<Clock, 'sleep'>;
  log: Pick<Log, 'error'>;
  /** Hears that the disk is full, or has room again: nothing new is begun meanwhile. */
  onDiskFull?(isFull: boolean): void;
}

/**
 * Does a step again until the disk has room for it: meanwhile the state stays in memory, and all else goes on. When the signal
 * aborts, the error comes through: whoever comes next draws the same state from the files. Any other error comes at once.
 */
export async function persist<T>(parts: PersistParts, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const { clock, log } = parts;
  for (let wasFull = false; ; wasFull = true) {
    try {
      const value = await step();
      if (wasFull) parts.onDiskFull?.(false);
      return value;
    } catch (error) {
      if (!isDiskFull(error) || signal.aborted) throw error;
      if (!wasFull) log.error({}, 'The disk is full: the state is kept in memory until there is room.');
      parts.onDiskFull?.(true);
      await clock.sleep(fullDiskRetryMs, signal);
    }
  }
}
