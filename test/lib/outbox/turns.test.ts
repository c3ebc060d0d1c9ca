/** Turns of all chats together. */

import { expect, it } from 'vitest';
import { createBudget, telegramRules, type Urgency } from '../../../src/lib/outbox/budget.ts';
import { createTurns } from '../../../src/lib/outbox/turns.ts';

/** A clock that stands still but for those who sleep: they wake one after the other, at their instants. */
function open(count: number) {
  let now = 1_763_600_000_000;
  const end = new AbortController();
  const clock = {
    now: () => now,
    async sleep(ms: number, signal?: AbortSignal) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) now += ms;
    },
  };
  const { overall } = createBudget({ ...telegramRules, overall: { count, windowMs: 1000 } });
  const turns = createTurns({ overall, clock, signal: end.signal });
  const startedAt = now;
  return { turns, end, elapsedMs: () => now - startedAt };
}

it('come at once while there are some, then one by one as the rate allows', async () => {
  const { turns, elapsedMs } = open(2);
  expect([turns.tryTake('must'), turns.tryTake('progress'), turns.tryTake('must')]).toEqual([true, true, false]);
  const at: number[] = [];
  await Promise.all([1, 2, 3].map(() => turns.take('must').then(() => at.push(elapsedMs()))));
  expect(at).toEqual([1000, 1000, 2000]);
});

it('go to questions first, then to what must arrive, then to who has waited longest', async () => {
  const { turns } = open(1);
  turns.tryTake('must');
  const order: string[] = [];
  const wait = (urgency: Urgency, name: string) => turns.take(urgency).then(() => order.push(name));
  const all = [
    wait('progress', 'a'),
    wait('progress', 'b'),
    wait('must', 'c'),
    wait('must', 'd'),
    wait('question', 'e'),
  ];
  await Promise.all(all);
  expect(order).toEqual(['e', 'c', 'd', 'a', 'b']);
});

it('that nobody needs go to the next', async () => {
  const { turns, elapsedMs } = open(1);
  turns.tryTake('must');
  const first = turns.take('must').then(() => turns.giveBack());
  const second = turns.take('must');
  await Promise.all([first, second]);
  expect(elapsedMs()).toBe(1000);
});

it('end with delivery', async () => {
  const { turns, end } = open(1);
  turns.tryTake('must');
  const waiting = turns.take('must');
  end.abort();
  expect(await waiting).toBe(false);
  expect(await turns.take('progress')).toBe(false);
});
