// Nobody starves: a queue that is fed without end, played in simulated time.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Marker } from '../../../src/lib/queue/markers.ts';
import { ageingStepMs, startable } from '../../../src/lib/queue/order.ts';

const minute = 60_000;

interface Load {
  maxSessions: number;
  perUser: number;
  /** Minutes that each run takes, at random up to this. */
  longestRun: number;
  /** Tasks with the highest priority that come each minute, for ever. */
  perMinute: number;
  users: number;
  /** The one that is watched. */
  priority: number;
  ownRunning: number;
}

const anyLoad: fc.Arbitrary<Load> = fc.record({
  maxSessions: fc.integer({ min: 1, max: 5 }),
  perUser: fc.integer({ min: 1, max: 5 }),
  longestRun: fc.integer({ min: 1, max: 20 }),
  perMinute: fc.integer({ min: 1, max: 3 }),
  users: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 0, max: 9 }),
  ownRunning: fc.integer({ min: 0, max: 2 }),
});

/** Plays until the watched task starts; says how many minutes it waited and how many others may have gone before. */
function play(load: Load, random: () => number, mostMinutes: number): { waited: number; ahead: number } | null {
  const start = 1_763_600_000_000;
  const watched: Marker = { priority: load.priority, user: 'watched', queuedAt: start, taskId: 'task-local-1' };
  let waiting = [watched];
  let count = 1;
  let ahead = 0;
  let runs = Array.from({ length: Math.min(load.ownRunning, load.maxSessions) }, () => ({
    user: 'watched',
    until: start + load.longestRun * minute,
  }));
  for (let minutes = 0; minutes <= mostMinutes; minutes++) {
    const now = start + minutes * minute;
    for (let n = 0; n < load.perMinute; n++) {
      const user = `user-${Math.floor(random() * load.users)}`;
      waiting.push({ priority: 9, user, queuedAt: now, taskId: `task-local-${++count}` });
      if (now < start + 10 * ageingStepMs) ahead++;
    }
    runs = runs.filter(({ until }) => until > now);
    for (;;) {
      const byUser = new Map<string, number>();
      for (const { user } of runs) byUser.set(user, (byUser.get(user) ?? 0) + 1);
      const next = startable(waiting, { byUser, limits: load, now })[0];
      if (!next) break;
      if (next === watched) return { waited: minutes, ahead };
      waiting = waiting.filter((marker) => marker !== next);
      runs.push({ user: next.user, until: now + Math.ceil(random() * load.longestRun) * minute });
    }
    // Those who come later than a hundred minutes can never go before it; they need not be kept.
    waiting = waiting.filter(({ queuedAt }) => queuedAt < start + 10 * ageingStepMs + minute);
  }
  return null;
}

it('starts any task once those are done that came within a hundred minutes of it', () => {
  fc.assert(
    fc.property(anyLoad, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (load, stream) => {
      const random = () => stream.next().value as number;
      // Each slot that is left to the others does at least one of them in the time of the longest run.
      const most = 100 + (load.perMinute * 101 + load.maxSessions + load.ownRunning + 1) * load.longestRun;
      const played = play(load, random, most);
      expect(played, JSON.stringify(load)).not.toBe(null);
      expect(played?.ahead).toBeLessThanOrEqual(load.perMinute * 101);
    }),
    { numRuns: 15 },
  );
});

it('starts the least important one within an hour and forty minutes where the others leave a slot now and then', () => {
  const load: Load = { maxSessions: 3, perUser: 5, longestRun: 1, perMinute: 3, users: 2, priority: 0, ownRunning: 0 };
  expect(play(load, () => 0.5, 1000)?.waited).toBeLessThanOrEqual(100);
});
