/** Calls for a worker: one look for a burst, and none that is lost. */

import { expect, it } from 'vitest';
import { createWaker } from '../../../../src/lib/runs/worker/waker.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { notingLog } from '../../telegram/intake/updates.ts';

function stage() {
  const clock = createManualClock();
  const log = notingLog();
  const state = { looks: 0, isNeeded: true, onLook: () => {} };
  const look = () => {
    state.looks++;
    state.onLook();
  };
  const waker = createWaker({ clock, log, look, isNeeded: () => state.isNeeded });
  return { clock, log, state, waker };
}

it('looks at once for the first call, and once more for all that come soon after it', async () => {
  const { clock, state, waker } = stage();
  waker.wake();
  expect(state.looks).toBe(1);
  for (let call = 0; call < 100; call++) waker.wake();
  expect(state.looks).toBe(1);
  await clock.pass(50);
  expect(state.looks).toBe(2);
  await clock.pass(1000);
  expect(state.looks).toBe(2);
  waker.wake();
  expect(state.looks).toBe(3);
});

it('looks again for a call that comes while a look is under way', async () => {
  const { clock, state, waker } = stage();
  state.onLook = () => {
    state.onLook = () => {};
    waker.wake();
  };
  waker.wake();
  await clock.pass(50);
  expect(state.looks).toBe(2);
});

it('looks at its start and now and then, where a worker is needed', async () => {
  const { clock, state, waker } = stage();
  const end = new AbortController();
  const looking = waker.keepLooking(end.signal);
  expect(state.looks).toBe(1);
  state.isNeeded = false;
  await clock.pass(60_000);
  expect(state.looks).toBe(1);
  state.isNeeded = true;
  await clock.pass(30_000);
  expect(state.looks).toBe(2);
  end.abort();
  await looking;
});

it('says what went wrong in the log, and goes on', async () => {
  const { clock, state, waker, log } = stage();
  state.onLook = () => {
    throw new Error('no more processes');
  };
  waker.wake();
  expect(log.lines).toEqual(['error no worker could be started; it is tried again']);
  state.onLook = () => {};
  await clock.pass(50);
  waker.wake();
  expect(state.looks).toBe(2);
});
