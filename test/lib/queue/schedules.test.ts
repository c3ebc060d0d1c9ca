// Random schedules played in virtual time through the worker's own functions: limits, fairness, work, and the bound of waiting.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byOrder, type PlayedTask, playQueue } from '../../../bench/play-queue.ts';
import type { Marker } from '../../../src/lib/queue/markers.ts';
import {
  blockerOf,
  chatOf,
  countUsers,
  effectivePriority,
  orderWaiting,
  type QueueLimits,
  type RunningView,
  starvationBoundMs,
  totalRunning,
} from '../../../src/lib/queue/order.ts';

const start = 1_763_600_000_000;
const minute = 60_000;
const numRuns = 150;

interface Drawn {
  priority: number;
  user: string;
  chat: string;
  minutes: number;
  runMinutes: number;
  /** Minutes from its coming to the time that it is planned for. */
  planned: number | null;
  /** It comes after the one so many places before it. */
  back: number | null;
}

const anyTask: fc.Arbitrary<Drawn> = fc.record({
  priority: fc.integer({ min: 0, max: 9 }),
  user: fc.constantFrom('a', 'a', 'a', 'b', 'c', 'd'),
  chat: fc.constantFrom('local', '5', '-100'),
  minutes: fc.nat({ max: 400 }),
  runMinutes: fc.integer({ min: 1, max: 90 }),
  planned: fc.option(fc.integer({ min: 1, max: 300 }), { freq: 8 }),
  back: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 6 }),
});

const anyLimits: fc.Arbitrary<QueueLimits> = fc.record({
  maxSessions: fc.integer({ min: 1, max: 6 }),
  perUser: fc.integer({ min: 1, max: 4 }),
});

/** Limits that are changed every hour. */
const anyPlay = fc.record({
  drawn: fc.array(anyTask, { minLength: 1, maxLength: 60 }),
  limits: fc.array(anyLimits, { minLength: 1, maxLength: 6 }),
});

/** The tasks, earlier ones first, so that each may come after one before it. */
function tasksOf(drawn: readonly Drawn[]): PlayedTask[] {
  const sorted = drawn.toSorted((a, b) => a.minutes - b.minutes);
  const ids = sorted.map(({ chat, minutes }, index) => `task-${chat}-${start + minutes * minute + index}`);
  return sorted.map(({ priority, user, minutes, runMinutes, planned, back }, index) => {
    const at = start + minutes * minute + index;
    const queuedAt = planned === null ? at : at + planned * minute;
    const after = back === null ? undefined : ids[index - back];
    const marker = { priority, user, queuedAt, taskId: ids[index] as string };
    return { at, runMs: runMinutes * minute, marker: after ? { ...marker, after } : marker };
  });
}

const limitsOf = (limits: readonly QueueLimits[]) => (now: number) =>
  limits[Math.floor((now - start) / (60 * minute)) % limits.length] as QueueLimits;

type Look = (inLine: readonly Marker[], view: RunningView, chosen: Marker | undefined) => void;

/** Plays many random schedules; `look` sees each choice of each. */
function playMany(look: Look | null, check: (tasks: PlayedTask[], started: Map<string, number>) => void = () => {}) {
  fc.assert(
    fc.property(anyPlay, ({ drawn, limits }) => {
      const tasks = tasksOf(drawn);
      const limitsAt = limitsOf(limits);
      const started = playQueue({ tasks, limitsAt, choose: byOrder, ...(look ? { onChoice: look } : {}) });
      check(tasks, started);
    }),
    { numRuns },
  );
}

describe('in any schedule', () => {
  it('every task starts once, not before its time, and not before the one that it comes after has ended', () => {
    playMany(null, (tasks, started) => {
      expect([...started.keys()].sort()).toEqual(tasks.map(({ marker }) => marker.taskId).sort());
      const endOf = new Map(
        tasks.map(({ marker, runMs }) => [marker.taskId, (started.get(marker.taskId) ?? 0) + runMs]),
      );
      for (const { marker, at } of tasks) {
        expect(started.get(marker.taskId)).toBeGreaterThanOrEqual(Math.max(at, marker.queuedAt));
        if (marker.after) expect(started.get(marker.taskId)).toBeGreaterThanOrEqual(endOf.get(marker.after) as number);
      }
    });
  });

  it('no limit is ever exceeded by a start, whatever it is changed to', () => {
    playMany((_inLine, view, chosen) => {
      if (!chosen) return;
      expect(totalRunning(view)).toBeLessThan(view.limits.maxSessions);
      expect(view.byUser.get(chosen.user) ?? 0).toBeLessThan(view.limits.perUser);
    });
  });

  it('nothing that may start is left while a slot is free, but for the one that is kept for others', () => {
    playMany((inLine, view, chosen) => {
      if (chosen) return;
      const free = view.limits.maxSessions - totalRunning(view);
      if (free <= 0) return;
      for (const { user } of inLine) {
        const own = view.byUser.get(user) ?? 0;
        const isKept = free === 1 && own > 0 && countUsers(inLine, view) > 1;
        expect(isKept || own >= view.limits.perUser).toBe(true);
      }
    });
  });

  it('nobody with nothing running waits while somebody with runs takes the last slot', () => {
    playMany((inLine, view, chosen) => {
      const free = view.limits.maxSessions - totalRunning(view);
      if (!chosen || free !== 1 || (view.byUser.get(chosen.user) ?? 0) === 0) return;
      expect(inLine.filter(({ user }) => user !== chosen.user)).toEqual([]);
    });
  });

  it('of equals the user with fewer runs goes first, then the chat with fewer', () => {
    playMany((inLine, view, chosen) => {
      if (!chosen) return;
      const users = countUsers(inLine, view);
      const runs = ({ user, taskId }: Marker): [number, number] => [
        view.byUser.get(user) ?? 0,
        view.byChat?.get(chatOf(taskId)) ?? 0,
      ];
      const level = effectivePriority(chosen, view.now);
      const equals = inLine.filter(
        (marker) => effectivePriority(marker, view.now) === level && blockerOf(marker, view, users) === null,
      );
      const [ofUser, ofChat] = runs(chosen);
      for (const other of equals) {
        const [otherOfUser, otherOfChat] = runs(other);
        expect(otherOfUser > ofUser || (otherOfUser === ofUser && otherOfChat >= ofChat)).toBe(true);
      }
    });
  });

  it('who came a hundred minutes after a task never starts before it while that one may start', () => {
    // A long line at one moment: in a played one few wait for so long.
    const anyLine = fc.array(anyTask, { minLength: 10, maxLength: 60 });
    const anyRunning = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat({ max: 2 }));
    let older = 0;
    fc.assert(
      fc.property(anyLine, anyRunning, anyLimits, (drawn, running, limits) => {
        const inLine = tasksOf(drawn).map(({ marker }) => marker);
        const view: RunningView = { byUser: new Map(Object.entries(running)), limits, now: start + 800 * minute };
        const chosen = byOrder(inLine, view);
        const users = countUsers(inLine, view);
        const passed = chosen ? inLine.filter(({ queuedAt }) => chosen.queuedAt >= queuedAt + starvationBoundMs) : [];
        older += passed.length;
        expect(passed.filter((marker) => blockerOf(marker, view, users) === null)).toEqual([]);
      }),
      { numRuns },
    );
    expect(older).toBeGreaterThan(0);
  });

  it('the order is total: the same for whatever listing, and each is before or behind each other', () => {
    const anyListing = fc.tuple(anyPlay, fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(anyListing, ([{ drawn, limits }, stream]) => {
        const shuffled = (markers: readonly Marker[]) =>
          markers
            .map((marker) => ({ marker, by: stream.next().value as number }))
            .sort((a, b) => a.by - b.by)
            .map(({ marker }) => marker);
        const tasks = tasksOf(drawn);
        const limitsAt = limitsOf(limits);
        const plain = playQueue({ tasks, limitsAt, choose: byOrder });
        const choose = (inLine: readonly Marker[], view: RunningView) => byOrder(shuffled(inLine), view);
        expect(playQueue({ tasks, limitsAt, choose })).toEqual(plain);
        const view = { byUser: new Map([['a', 1]]), limits: limitsAt(start), now: start + 200 * minute };
        const markers = tasks.map(({ marker }) => marker);
        expect(orderWaiting(shuffled(markers), view)).toEqual(orderWaiting(markers, view));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the least important task', () => {
  it('is next when those are done who were there, or came within a hundred minutes: whatever comes for ever after', () => {
    const load = fc.record({
      maxSessions: fc.integer({ min: 1, max: 4 }),
      before: fc.nat({ max: 20 }),
      everyMinutes: fc.integer({ min: 1, max: 20 }),
      runMinutes: fc.integer({ min: 1, max: 30 }),
      users: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(load, ({ maxSessions, before, everyMinutes, runMinutes, users }) => {
        const id = (n: number) => `task-local-${start + n}`;
        const other = (n: number, at: number): PlayedTask => ({
          at,
          runMs: runMinutes * minute,
          marker: { priority: 9, user: `u${n % users}`, queuedAt: at, taskId: id(n) },
        });
        const watched: PlayedTask = {
          at: start,
          runMs: minute,
          marker: { priority: 0, user: 'watched', queuedAt: start, taskId: id(0) },
        };
        const early = Array.from({ length: before }, (_, n) => other(n + 1, start));
        const late = Array.from({ length: 300 }, (_, n) => other(1000 + n, start + (n + 1) * everyMinutes * minute));
        const tasks = [watched, ...early, ...late];
        const limits = { maxSessions, perUser: maxSessions };
        const started = playQueue({ tasks, limitsAt: () => limits, choose: byOrder });
        const at = started.get(id(0)) as number;
        const passedBy = tasks.filter((task) => task !== watched && (started.get(task.marker.taskId) as number) < at);
        // Those that start at the same moment have a slot of their own.
        for (const task of passedBy) expect(task.at).toBeLessThan(start + starvationBoundMs);
        const ahead = before + Math.ceil(starvationBoundMs / minute / everyMinutes);
        const drained = Math.ceil((ahead + 1) / maxSessions) * runMinutes * minute;
        expect(at - start).toBeLessThanOrEqual(starvationBoundMs + drained);
      }),
      { numRuns: 30 },
    );
  });
});
