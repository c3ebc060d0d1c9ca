/** Something to wait on until it is rung or a time has come. */

import type { Clock } from '../adapters/clock.ts';

export interface Bell {
  /** Wakes who waits, now or at the next wait. */
  ring(): void;
  /** Returns when rung since the last wait, or after `ms`. */
  wait(ms: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      isRung = true;
      wake?.();
    },
    async wait(ms) {
      // Even when rung already the event loop gets its turn: exits of processes and timers must not starve.
      if (isRung) await new Promise((resolve) => setImmediate(resolve));
      else {
        const pending = new AbortController();
        wake = () => pending.abort();
        await clock.sleep(ms, pending.signal);
        wake = undefined;
      }
      isRung = false;
    },
  };
}
