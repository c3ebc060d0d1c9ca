// Who goes next: priority, age and fair share decide; nobody takes all, and nobody waits for ever.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Marker } from '../../../src/lib/queue/markers.ts';
import {
  ageingStepMs,
  blockerOf,
  countUsers,
  effectivePriority,
  orderWaiting,
  type RunningView,
  startable,
} from '../../../src/lib/queue/order.ts';

const now = 1_763_600_000_000;
const minute = 60_000;

/** `5 alice 3` waits with priority 5 since 3 minutes; the number of the task tells which one it is. */
function waiting(...texts: string[]): Marker[] {
  return texts.map((text, index) => {
    const [priority, user, minutes] = text.split(' ') as [string, string, string];
    const queuedAt = now - Number(minutes) * minute;
    return { priority: Number(priority), user, queuedAt, taskId: `task-local-${index + 1}` };
  });
}

function running(byUser: Record<string, number>, limits: Partial<RunningView['limits']> = {}): RunningView {
  return { byUser: new Map(Object.entries(byUser)), limits: { maxSessions: 5, perUser: 5, ...limits }, now };
}

const numbers = (markers: Marker[]) => markers.map(({ taskId }) => taskId.replace('task-local-', '')).join(' ');

describe('the order', () => {
  it.each([
    ['priority first', ['2 a 1', '8 a 1', '5 a 1'], {}, '2 3 1'],
    ['then who has less running', ['5 a 3', '5 b 1', '5 c 2'], { a: 2, c: 1 }, '2 3 1'],
    ['then who came first', ['5 a 1', '5 b 3', '5 c 2'], {}, '2 3 1'],
    ['then the id, so that it is always the same', ['5 a 1', '5 b 1'], {}, '1 2'],
    ['priority beats a fair share', ['5 a 1', '8 b 1'], { b: 3 }, '2 1'],
    ['age makes up for priority', ['2 a 31', '5 b 1'], {}, '1 2'],
    ['a little age does not', ['2 a 29', '5 b 1'], {}, '2 1'],
    ['a time in the future is no age', ['5 a -500', '5 b 1'], {}, '2 1'],
  ])('%s', (_rule, texts, byUser, expected) => {
    expect(numbers(orderWaiting(waiting(...texts), running(byUser)))).toBe(expected);
  });

  it('gains a step with every ten minutes', () => {
    const [marker] = waiting('3 a 0') as [Marker];
    const at = (minutes: number) => effectivePriority(marker, now + minutes * minute);
    expect([at(0), at(9.99), at(10), at(60), at(-60)]).toEqual([3, 3, 4, 9, 3]);
  });

  it('leaves its input as it is', () => {
    const markers = Object.freeze(waiting('2 a 1', '8 a 1')) as Marker[];
    expect(numbers(orderWaiting(markers, running({})))).toBe('2 1');
  });
});

describe('what keeps a task waiting', () => {
  it.each([
    ['nothing', { a: 1 }, {}, 1, null],
    ['all slots taken', { a: 2, b: 3 }, {}, 2, 'slots'],
    ['more than all, after a limit was lowered', { b: 9 }, {}, 2, 'slots'],
    ['its user has enough', { a: 2 }, { perUser: 2 }, 1, 'user_slots'],
    ['the last slot is for somebody else', { a: 1, b: 3 }, {}, 2, 'fair_share'],
    ['the last slot is for itself', { b: 4 }, {}, 2, null],
    ['nobody else is there for the last slot', { a: 4 }, {}, 1, null],
    ['one slot in all is not kept from anybody', {}, { maxSessions: 1 }, 3, null],
  ])('%s', (_reason, byUser, limits, users, blocker) => {
    expect(blockerOf(waiting('5 a 1')[0] as Marker, running(byUser, limits), users)).toBe(blocker);
  });

  it('counts users that wait or run', () => {
    expect(countUsers(waiting('5 a 1', '5 a 2', '5 b 1'), running({ b: 1, c: 1, d: 0 }))).toBe(3);
  });

  it('holds back one task, not those behind it', () => {
    const view = running({ a: 2 }, { perUser: 2 });
    expect(numbers(startable(waiting('9 a 1', '2 b 1', '5 c 1'), view))).toBe('3 2');
  });
});

const anyMarkers = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 200 })), {
    maxLength: 12,
  })
  .map((all) => waiting(...all.map((parts) => parts.join(' '))));
const anyView = fc
  .record({
    byUser: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 3 })),
    maxSessions: fc.integer({ min: 1, max: 6 }),
    perUser: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ byUser, ...limits }) => running(byUser, limits));

describe('for any queue', () => {
  it('the order holds everybody once, and depends on nothing but the markers', () => {
    fc.assert(
      fc.property(anyMarkers, anyView, (markers, view) => {
        const order = orderWaiting(markers, view);
        const ids = (all: Marker[]) => all.map(({ taskId }) => taskId).sort();
        expect(ids(order)).toEqual(ids(markers));
        expect(order).toEqual(orderWaiting([...markers].reverse(), view));
      }),
    );
  });

  it('starting one after the other never exceeds a limit', () => {
    fc.assert(
      fc.property(anyMarkers, anyView, (markers, view) => {
        const byUser = new Map(view.byUser);
        const total = () => [...byUser.values()].reduce((sum, count) => sum + count, 0);
        const before = { total: total(), of: new Map(byUser) };
        let left = markers;
        for (;;) {
          const next = startable(left, { ...view, byUser })[0];
          if (!next) break;
          left = left.filter((marker) => marker !== next);
          byUser.set(next.user, (byUser.get(next.user) ?? 0) + 1);
        }
        expect(total()).toBeLessThanOrEqual(Math.max(view.limits.maxSessions, before.total));
        for (const [user, count] of byUser)
          expect(count).toBeLessThanOrEqual(Math.max(view.limits.perUser, before.of.get(user) ?? 0));
      }),
    );
  });

  it('a machine with nothing running always starts something', () => {
    fc.assert(
      fc.property(anyMarkers, anyView, (markers, view) => {
        expect(startable(markers, { ...view, byUser: new Map() }).length > 0).toBe(markers.length > 0);
      }),
    );
  });

  it('a task goes before whatever came a hundred minutes after it', () => {
    const waited = fc.integer({ min: 0, max: 250 });
    fc.assert(
      fc.property(anyMarkers, anyView, fc.nat({ max: 9 }), waited, (markers, view, priority, minutes) => {
        const old: Marker = { priority, user: 'z', queuedAt: now - minutes * minute, taskId: 'task-local-99' };
        const order = orderWaiting([...markers, old], view);
        const before = order.slice(0, order.indexOf(old));
        expect(Math.max(0, ...before.map(({ queuedAt }) => queuedAt))).toBeLessThan(old.queuedAt + 10 * ageingStepMs);
      }),
    );
  });
});
