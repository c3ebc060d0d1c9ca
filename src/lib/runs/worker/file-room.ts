/** Room for work that keeps the disk busy, shared by all processes of a home: a kernel lock for each piece at work. */

import { join } from 'node:path';
import type { Clock } from '../../adapters/clock.ts';
import type { Lock, Locks } from '../../adapters/locks.ts';
import type { Paths } from '../../config/paths.ts';

export interface FileRoomParts {
  locks: Pick<Locks, 'tryTake'>;
  clock: Pick<Clock, 'sleep'>;
  paths: Pick<Paths, 'fileOperations'>;
  /** How many pieces of work at once; asked anew each time. */
  max(): number;
}

export interface FileRoom {
  /** A place, or null where all are taken. Whoever dies gives it back. */
  tryEnter(): Lock | null;
  /** Waits for a place. Whoever has one must not wait for another, nor for who may be waiting for one. */
  enter(): Promise<Lock>;
  /** Does the work with a place of its own. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

const lookMs = 100;

export function createFileRoom({ locks, clock, paths, max }: FileRoomParts): FileRoom {
  const tryEnter = () => {
    for (let n = 1; n <= Math.max(1, max()); n++) {
      const lock = locks.tryTake(join(paths.fileOperations, `${n}.lock`), 'file operation');
      if (lock) return lock;
    }
    return null;
  };
  const enter = async () => {
    for (;;) {
      const place = tryEnter();
      if (place) return place;
      await clock.sleep(lookMs);
    }
  };
  return {
    tryEnter,
    enter,
    async inTurn(work) {
      const place = await enter();
      try {
        return await work();
      } finally {
        place.release();
      }
    },
  };
}
