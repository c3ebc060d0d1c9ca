/** Calls for a worker, put together: one look serves all who called before it began. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';

export interface WakerParts {
  clock: Clock;
  log: Log;
  /** Starts a worker unless one lives. */
  look(): void;
  /** Whether something waits or runs that no living worker takes care of. */
  isNeeded(): boolean;
}

export interface Waker {
  /**
   * Sees to it that a worker lives. The first call looks at once; those that come soon after it share one more look, which
   * begins after the last of them. What goes wrong is in the log, and made good by {@link keepLooking}.
   */
  wake(): void;
  /** Looks at once, and again now and then, whether a worker is needed and none lives; until the signal aborts. */
  keepLooking(signal: AbortSignal): Promise<void>;
}

/** A look costs a lock's probe, and a file that is read: a burst of messages must not pay for it a hundred times. */
const gapMs = 50;
const lookEveryMs = 30_000;

export function createWaker({ clock, log, look, isNeeded }: WakerParts): Waker {
  let isCalled = false;
  let isAtIt = false;

  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      log.error({ error: String(error) }, 'no worker could be started; it is tried again');
    }
  };
  const answerCalls = async (): Promise<void> => {
    isAtIt = true;
    while (isCalled) {
      // Before the look: who calls while it is under way may have come too late for it.
      isCalled = false;
      attempt(look);
      await clock.sleep(gapMs);
    }
    isAtIt = false;
  };

  return {
    wake() {
      isCalled = true;
      if (!isAtIt) void answerCalls();
    },
    async keepLooking(signal) {
      while (!signal.aborted) {
        attempt(() => {
          if (isNeeded()) look();
        });
        await clock.sleep(lookEveryMs, signal);
      }
    },
  };
}
