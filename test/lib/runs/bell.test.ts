// The bell: no ring is missed, whenever it comes, and nothing else starves while it rings.

import { expect, it } from 'vitest';
import { createBell } from '../../../src/lib/runs/bell.ts';
import { createManualClock } from '../../support/manual-clock.ts';

it('wakes who waits, before the time is over', async () => {
  const clock = createManualClock();
  const bell = createBell(clock);
  const waiting = bell.wait(1000);
  bell.ring();
  await waiting;
  expect(clock.sleepers()).toBe(0);
});

it('lets a wait end by itself', async () => {
  const clock = createManualClock();
  const waiting = createBell(clock).wait(1000);
  let isOver = false;
  void waiting.then(() => {
    isOver = true;
  });
  await clock.pass(999);
  expect(isOver).toBe(false);
  await clock.pass(1);
  await waiting;
});

it('remembers a ring that came while nobody waited, once', async () => {
  const clock = createManualClock();
  const bell = createBell(clock);
  bell.ring();
  bell.ring();
  await bell.wait(1000);
  const waiting = bell.wait(1000);
  await clock.pass(0);
  expect(clock.sleepers()).toBe(1);
  bell.ring();
  await waiting;
});

it('lets timers and exits have their turn, although it rings without end', async () => {
  const bell = createBell(createManualClock());
  let hadTurn = false;
  setTimeout(() => {
    hadTurn = true;
  }, 1);
  for (let rounds = 0; !hadTurn; rounds++) {
    expect(rounds).toBeLessThan(1_000_000);
    bell.ring();
    await bell.wait(1000);
  }
  expect(hadTurn).toBe(true);
});
