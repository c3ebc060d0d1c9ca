// A clock that tests move themselves, so that hours pass at once and nothing depends on the speed of the machine.

import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/lib/adapters/clock.ts';
import { firstTaskTs } from './tasks.ts';

export interface ManualClock extends Clock {
  /** Lets time pass: who sleeps wakes in the order of their instants, and gets to act before later ones wake. */
  pass(ms: number): Promise<void>;
  /** How many sleep now. */
  sleepers(): number;
}

/** Starts at the first test task's time. With `isHasty` every sleep ends at once, and moves the clock by its length. */
export function createManualClock({ start = firstTaskTs, isHasty = false } = {}): ManualClock {
  let now = start;
  const sleeping = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      if (isHasty) {
        now += ms;
        return void (await turn());
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          sleeping.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { until: now + ms, wake };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', wake);
      });
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...sleeping].sort((a, b) => a.until - b.until)[0];
        if (!next || next.until > end) break;
        now = Math.max(now, next.until);
        next.wake();
        await turn();
      }
      now = end;
      await turn();
    },
    sleepers: () => sleeping.size,
  };
}
