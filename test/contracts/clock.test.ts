// What every clock must do: the system's, and the one that tests move themselves.

import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/adapters/clock.ts';
import { createManualClock } from '../support/manual-clock.ts';

interface Case {
  clock: Clock;
  /** Lets so much of the clock's time pass, or a little more. */
  pass(ms: number): Promise<unknown>;
}

const cases: [string, () => Case][] = [
  ['the system clock', () => ({ clock: systemClock, pass: (ms) => wait(ms + 5) })],
  [
    'the manual clock',
    () => {
      const clock = createManualClock();
      return { clock, pass: (ms) => clock.pass(ms) };
    },
  ],
];

describe.each(cases)('%s', (_name, make) => {
  let clock: Clock;
  let pass: Case['pass'];
  beforeEach(() => {
    ({ clock, pass } = make());
  });

  /** Whether the promise has come to its end by now. */
  const watch = (sleep: Promise<void>) => {
    const watched = { isOver: false };
    void sleep.then(() => {
      watched.isOver = true;
    });
    return watched;
  };

  it('goes forward, in milliseconds since 1970', async () => {
    const before = clock.now();
    expect(new Date(before).getFullYear()).toBeGreaterThan(2020);
    await pass(20);
    expect(clock.now() - before).toBeGreaterThanOrEqual(20);
  });

  it('lets a sleeper sleep until its time, and no longer', async () => {
    const before = clock.now();
    const sleep = clock.sleep(20);
    const watched = watch(sleep);
    await pass(0);
    expect(watched.isOver).toBe(false);
    await pass(20);
    await sleep;
    // Timers may come a fraction of a millisecond early.
    expect(clock.now() - before).toBeGreaterThanOrEqual(19);
  });

  it('wakes a sleeper whose signal aborts', async () => {
    const stop = new AbortController();
    const sleep = clock.sleep(3_600_000, stop.signal);
    stop.abort();
    await sleep;
    expect(clock.now()).toBeLessThan(Date.now() + 3_600_000);
  });

  it('does not begin to sleep where the signal has aborted', async () => {
    await clock.sleep(3_600_000, AbortSignal.abort('why'));
    expect(clock.now()).toBeLessThan(Date.now() + 3_600_000);
  });

  it('keeps nothing of a signal after the sleep', async () => {
    const stop = new AbortController();
    const sleep = clock.sleep(1, stop.signal);
    await pass(10);
    await sleep;
    expect(() => stop.abort()).not.toThrow();
    await expect(clock.sleep(1, stop.signal)).resolves.toBeUndefined();
  });
});

describe('the manual clock', () => {
  it('wakes sleepers in the order of their time, and lets each act', async () => {
    const clock = createManualClock();
    const order: string[] = [];
    const start = clock.now();
    const sleepTwice = async (name: string, ms: number) => {
      await clock.sleep(ms);
      order.push(`${name} ${clock.now() - start}`);
      await clock.sleep(ms);
      order.push(`${name} ${clock.now() - start}`);
    };
    void sleepTwice('slow', 30);
    void sleepTwice('quick', 20);
    await clock.pass(100);
    expect(order).toEqual(['quick 20', 'slow 30', 'quick 40', 'slow 60']);
    expect(clock.sleepers()).toBe(0);
    expect(clock.now() - start).toBe(100);
  });

  it('that is hasty moves by itself', async () => {
    const clock = createManualClock({ start: 1000, isHasty: true });
    await clock.sleep(500);
    expect(clock.now()).toBe(1500);
  });
});
