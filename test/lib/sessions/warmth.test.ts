// Who sleeps: the idle ones, the least recently used first, and never one that is busy.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseSleepers, type WarmView } from '../../../src/lib/sessions/warmth.ts';

const now = 1_800_000_000_000;
const limits = { maxWarm: 3, sleepAfterMs: 1000, isMemoryShort: false };
const warm = (sessionId: string, ago: number, isBusy = false): WarmView => ({
  sessionId,
  lastUsedAt: now - ago,
  isBusy,
});

it('leaves those alone that were used a moment ago', () => {
  expect(chooseSleepers([warm('a', 10), warm('b', 999)], 0, limits, now)).toEqual([]);
});

it('puts to sleep what nobody used for long', () => {
  expect(chooseSleepers([warm('a', 10), warm('b', 1000), warm('c', 5000)], 0, limits, now)).toEqual(['c', 'b']);
});

it('makes room for those about to wake', () => {
  const all = [warm('a', 10), warm('b', 30), warm('c', 20)];
  expect(chooseSleepers(all, 1, limits, now)).toEqual(['b']);
  expect(chooseSleepers(all, 2, limits, now)).toEqual(['b', 'c']);
});

it('gives memory back one by one', () => {
  const all = [warm('a', 10), warm('b', 30)];
  expect(chooseSleepers(all, 0, { ...limits, isMemoryShort: true }, now)).toEqual(['b']);
});

it('keeps awake who is busy, however many there are', () => {
  const all = Array.from({ length: 6 }, (_, index) => warm(String(index), 5000, true));
  expect(chooseSleepers(all, 3, limits, now)).toEqual([]);
});

it('takes a time ahead of it for now', () => {
  expect(chooseSleepers([warm('a', -3_600_000)], 0, limits, now)).toEqual([]);
});

it('leaves no more idle ones than may be warm', () => {
  const views = fc.array(fc.record({ lastUsedAt: fc.integer({ min: 0, max: now }), isBusy: fc.boolean() }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(views, fc.nat(3), (found, wanted) => {
      const all = found.map((view, index) => ({ ...view, sessionId: String(index) }));
      const sleepers = new Set(chooseSleepers(all, wanted, limits, now));
      const busy = all.filter(({ isBusy }) => isBusy);
      expect(busy.some(({ sessionId }) => sleepers.has(sessionId))).toBe(false);
      expect(all.length - sleepers.size).toBeLessThanOrEqual(Math.max(busy.length, limits.maxWarm - wanted));
    }),
  );
});
