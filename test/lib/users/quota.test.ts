// Quotas: reserved once for each task, all or none, by the person's own day, and given back for what never started.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuotaRefusal } from '../../../src/lib/users/quota.ts';
import type { QuotaLimits } from '../../../src/lib/users/record.ts';
import { aRun, aTask, type TaskFields } from '../../support/tasks.ts';
import { aPerson, noTasks, openPeople } from './people.ts';

const hourMs = 3_600_000;
const ts = Date.parse('2026-11-20T06:00:00Z');
const key = (n: number) => `task-5-${ts + n}`;
const limited = (quota: Partial<QuotaLimits>, more = {}) => aPerson({ quota, ...more });

/** Ended at `at`, having cost so much. */
const ended = (taskId: string, at: number, cost: number | null, tokens = 0, fields: TaskFields = {}) => {
  const started = new Date(at - 1000).toISOString();
  return aTask({
    task_id: taskId,
    user_id: '5',
    status: 'completed',
    completed_at: new Date(at).toISOString(),
    runs: [aRun(at - 2000, 'completed', { started_at: started, ended_at: new Date(at).toISOString() })],
    cost_usd: cost,
    usage: { input_tokens: tokens, output_tokens: 0 },
    ...fields,
  });
};

describe('the daily quota', () => {
  it('takes one for each task, all or none', async () => {
    const { users } = openPeople();
    const person = limited({ daily: 3 });
    expect(await users.quotas.reserve(person, [key(1), key(2)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [key(3), key(4)], noTasks)).toEqual({
      quota: 'daily',
      limit: 3,
      used: 2,
      until: '2026-11-21T00:00:00.000Z',
    } satisfies QuotaRefusal);
    expect(users.usedToday(person)).toMatchObject({ tasks: 2, resets_at: '2026-11-21T00:00:00.000Z' });
    expect(await users.quotas.reserve(person, [key(3)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [key(3), key(2), key(2)], noTasks)).toBe(null);
    expect(users.usedToday(person).tasks).toBe(3);
  });

  it('of nothing is nothing, and without one all is counted', async () => {
    const { users } = openPeople();
    expect(await users.quotas.reserve(limited({ daily: 0 }), [key(1)], noTasks)).toMatchObject({ used: 0 });
    const free = aPerson();
    for (let n = 1; n <= 30; n++) expect(await users.quotas.reserve(free, [key(n)], noTasks)).toBe(null);
    expect(users.usedToday(free).tasks).toBe(30);
    expect(await users.quotas.reserve(limited({ daily: 30 }), [key(31)], noTasks)).toMatchObject({ used: 30 });
  });

  it('cannot give its last one to two at once', async () => {
    const { users, again } = openPeople();
    const person = limited({ daily: 7 });
    const stores = [users, again(), again()];
    const keys = Array.from({ length: 30 }, (_, index) => key(index));
    const outcomes = await Promise.all(keys.map((one, n) => stores[n % 3]?.quotas.reserve(person, [one], noTasks)));
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(7);
    expect(users.usedToday(person).tasks).toBe(7);
  });

  it('takes none for a replay, also after midnight and days later', async () => {
    const { users, clock } = openPeople();
    const person = limited({ daily: 1 });
    await users.quotas.reserve(person, [key(1)], noTasks);
    for (const laterMs of [0, 18 * hourMs, 5 * 24 * hourMs]) {
      clock.at = ts + laterMs;
      expect(await users.quotas.reserve(person, [key(1)], noTasks)).toBe(null);
    }
    expect(users.usedToday(person).tasks).toBe(0);
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [key(1), key(2), key(3)], noTasks)).toMatchObject({ quota: 'daily' });
  });

  it("is new at the person's midnight, in whatever zone", async () => {
    const { users, clock } = openPeople();
    const person = limited({ daily: 1 }, { time_zone: 'Asia/Shanghai' });
    clock.at = Date.parse('2026-11-20T15:59:59Z');
    expect(await users.quotas.reserve(person, [key(1)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toMatchObject({ until: '2026-11-20T16:00:00.000Z' });
    clock.at += 1000;
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [key(3)], noTasks)).toMatchObject({ until: '2026-11-21T16:00:00.000Z' });
  });

  it('is not lifted by a clock that is put back, within the day or over midnight', async () => {
    const { users, clock } = openPeople();
    const person = limited({ daily: 1 });
    await users.quotas.reserve(person, [key(1)], noTasks);
    for (const backMs of [1, 2 * hourMs, 5 * hourMs]) {
      clock.at = ts - backMs;
      expect(await users.quotas.reserve(person, [key(2)], noTasks)).toMatchObject({ used: 1 });
    }
    clock.at = ts - 7 * hourMs;
    expect(await users.quotas.reserve(person, [key(1)], noTasks)).toBe(null);
    expect(users.usedToday(person).tasks).toBe(0);
    clock.at = ts;
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toMatchObject({ used: 1 });
  });

  it('counts a retry, under a key of its own', async () => {
    const { users } = openPeople();
    const person = limited({ daily: 2 });
    expect(await users.quotas.reserve(person, [key(1)], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [`${key(1)}.2`], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [`${key(1)}.2`], noTasks)).toBe(null);
    expect(await users.quotas.reserve(person, [`${key(1)}.3`], noTasks)).toMatchObject({ used: 2 });
  });

  it('is not begun anew where its file cannot be read', async () => {
    const { users, home } = openPeople();
    const person = limited({ daily: 1 });
    await users.quotas.reserve(person, [key(1)], noTasks);
    const file = path.join(home.paths.usage('5'), '2026-11-20.json');
    for (const text of [
      '{',
      '[]',
      '{"schema_version": 2}',
      '{"schema_version":1,"user_id":"5","day":"x","reserved":[]}',
    ]) {
      fs.writeFileSync(file, text);
      const error = expect.objectContaining({ code: 'failed', message: expect.stringContaining(file) });
      await expect(users.quotas.reserve(person, [key(2)], noTasks)).rejects.toEqual(error);
    }
  });

  it('takes no foreign keys and no foreign people', async () => {
    const { users } = openPeople();
    for (const foreign of ['x', 'task-5-1.x', 'task-5-1.0', 'task-5-1.2.3', '../task-5-1']) {
      await expect(users.quotas.reserve(aPerson(), [foreign], noTasks)).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(users.quotas.reserve(aPerson({ id: '../5' }), [key(1)], noTasks)).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('keeps its files for a while, and no longer', async () => {
    const { users, clock, home } = openPeople();
    for (let day = 0; day < 45; day++, clock.at += 24 * hourMs) {
      await users.quotas.reserve(aPerson(), [`task-5-${clock.at}`], noTasks);
    }
    const files = fs.readdirSync(home.paths.usage('5')).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(41);
    expect(files.sort().at(-1)).toBe('2027-01-03.json');
  });
});

describe('giving back', () => {
  it('makes room again, once, on whatever day', async () => {
    const { users, clock } = openPeople();
    const person = limited({ daily: 1 });
    await users.quotas.reserve(person, [key(1)], noTasks);
    await users.quotas.giveBack('5', [key(1)]);
    await users.quotas.giveBack('5', [key(1), key(9)]);
    await users.quotas.giveBack('5', []);
    expect(users.usedToday(person).tasks).toBe(0);
    await users.quotas.reserve(person, [key(2)], noTasks);
    clock.at += 24 * hourMs;
    await users.quotas.giveBack('5', [key(2)]);
    clock.at -= 24 * hourMs;
    expect(users.usedToday(person).tasks).toBe(0);
  });

  const never = (n: number) =>
    aRun(ts, 'cancelled', { n, pid: 0, pid_started: '', started_at: iso(n), ended_at: iso(n) });
  const real = (n: number) => aRun(ts, 'failed', { n });
  const iso = (n: number) => new Date(ts + n * 1000).toISOString();

  it.each([
    ['cancelled before it began', [never(1)], ['1'], []],
    ['cancelled after a lost run', [real(1), never(2)], ['1'], ['1']],
    ['run and ended', [real(1)], ['1'], ['1']],
    ['retried, and the retry cancelled', [real(1), never(2)], ['1', '2'], ['1']],
    ['retried after it never began, then cancelled', [never(1), never(2)], ['2'], []],
    ['retried after it never began, then run', [never(1), real(2)], ['2'], ['2']],
    ['not admitted at all', [never(1)], [], []],
  ])('happens for a task that was %s', async (_case, runs, reserved, left) => {
    const { users } = openPeople();
    const person = aPerson();
    const keyOf = (n: string) => (n === '1' ? key(1) : `${key(1)}.${n}`);
    await users.quotas.reserve(person, [...reserved.map(keyOf), key(7)], noTasks);
    const task = aTask({
      task_id: key(1),
      user_id: '5',
      status: 'cancelled',
      runs,
      completed_at: iso(9),
      cost_usd: null,
      usage: null,
    });
    for (let round = 0; round < 3; round++) await users.quotas.settle(task);
    expect(users.usedToday(person).tasks).toBe(left.length + 1);
    const before = users.usedToday(person).tasks;
    await users.quotas.reserve(person, left.map(keyOf), noTasks);
    expect(users.usedToday(person).tasks).toBe(before);
  });

  it('does not happen while the task waits or runs', async () => {
    const { users } = openPeople();
    await users.quotas.reserve(aPerson(), [key(1)], noTasks);
    for (const status of ['pending', 'running'] as const) {
      await users.quotas.settle(aTask({ task_id: key(1), user_id: '5', status, runs: [never(1)] }));
    }
    expect(users.usedToday(aPerson()).tasks).toBe(1);
  });
});

/** User 5's day is London's, whatever the machine's is. */
function openInUtc() {
  const people = openPeople();
  people.write({ users: { '5': { enabled: true, time_zone: 'UTC' } } });
  return people;
}

describe('what a run spent', () => {
  it('is counted once, whoever tells it how often, on the day it ended', async () => {
    const { users, again, clock } = openInUtc();
    const task = ended(key(1), ts, 0.1, 500);
    await Promise.all([users, again(), users].map((one) => one.quotas.settle(task)));
    clock.at += 20 * hourMs;
    await again().quotas.settle(task);
    expect(users.usedToday(aPerson())).toMatchObject({ cost_usd: 0, tokens: 0 });
    clock.at = ts;
    expect(users.usedToday(aPerson())).toMatchObject({ tasks: 0, cost_usd: 0.1, tokens: 500 });
  });

  it('of a paused run is not counted twice when its processes end on the next day', async () => {
    const { users, clock } = openInUtc();
    const at = Date.parse('2026-11-20T23:59:00Z');
    const run = aRun(at, 'paused', { started_at: new Date(at).toISOString(), ended_at: null });
    const paused = (ended_at: string | null) =>
      aTask({
        task_id: key(1),
        user_id: '5',
        status: 'paused',
        runs: [{ ...run, ended_at }],
        cost_usd: 0.1,
        usage: null,
      });
    await users.quotas.settle(paused(null));
    await users.quotas.settle(paused('2026-11-21T00:01:00Z'));
    clock.at = Date.parse('2026-11-21T00:02:00Z');
    expect(users.usedToday(aPerson()).cost_usd).toBe(0);
    clock.at = at;
    expect(users.usedToday(aPerson()).cost_usd).toBe(0.1);
  });

  it('of each run of a task adds up; what is not known counts nothing', async () => {
    const { users } = openInUtc();
    const run = (n: number) => aRun(ts, 'failed', { n });
    await users.quotas.settle(ended(key(1), ts, 0.1, 1));
    await users.quotas.settle(ended(key(1), ts, 0.2, 1, { runs: [run(1), run(2)] }));
    await users.quotas.settle(ended(key(2), ts, null));
    await users.quotas.settle(ended(key(3), ts, 0.7, 0, { user_id: null }));
    expect(users.usedToday(aPerson())).toMatchObject({ cost_usd: 0.3, tokens: 2 });
  });

  it.each([
    ['cost_usd', { cost_usd: 0.25 }, 0.3],
    ['tokens', { tokens: 100 }, 120],
  ] as const)('closes the %s quota when it is reached, and not before', async (quota, limits, used) => {
    const { users, clock } = openInUtc();
    const person = limited(limits);
    await users.quotas.settle(ended(key(1), ts, 0.2, 80));
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toBe(null);
    await users.quotas.settle(ended(key(2), ts, 0.1, 40));
    expect(await users.quotas.reserve(person, [key(3)], noTasks)).toEqual({
      quota,
      limit: Object.values(limits)[0],
      used,
      until: '2026-11-21T00:00:00.000Z',
    });
    expect(await users.quotas.reserve(person, [key(2)], noTasks)).toBe(null);
    clock.at += 18 * hourMs;
    expect(await users.quotas.reserve(person, [key(3)], noTasks)).toBe(null);
  });

  it('counts by the zone of whom it belongs to', async () => {
    const { users, write, clock } = openPeople();
    write({ users: { '5': { enabled: true, time_zone: 'Asia/Shanghai' } } });
    await users.quotas.settle(ended(key(1), Date.parse('2026-11-20T17:00:00Z'), 0.5));
    clock.at = Date.parse('2026-11-20T15:00:00Z');
    const person = users.find('5');
    if (!person) throw new Error('5 is not known');
    expect(users.usedToday(person).cost_usd).toBe(0);
    clock.at = Date.parse('2026-11-21T15:00:00Z');
    expect(users.usedToday(person).cost_usd).toBe(0.5);
  });
});

describe('the quota of tasks at once', () => {
  it('counts what waits or runs, and what was admitted a moment ago', async () => {
    const { users, clock } = openPeople();
    const person = limited({ concurrent: 2 });
    const alive = new Set([key(1)]);
    const made = new Set([key(1)]);
    const live = { of: () => alive, isAwaited: (taskId: string) => !made.has(taskId) };
    expect(await users.quotas.reserve(person, [key(2)], live)).toBe(null);
    expect(await users.quotas.reserve(person, [key(3)], live)).toEqual({
      quota: 'concurrent',
      limit: 2,
      used: 2,
      until: null,
    });
    // It was made, and ended.
    made.add(key(2));
    expect(await users.quotas.reserve(person, [key(3)], live)).toBe(null);
    // Who was to make it died: it does not count for ever.
    expect(await users.quotas.reserve(person, [key(4)], live)).toMatchObject({ used: 2 });
    clock.at += 10 * 60_000;
    expect(await users.quotas.reserve(person, [key(4)], live)).toBe(null);
  });

  it('does not count a task twice that is run again', async () => {
    const { users } = openPeople();
    const person = limited({ concurrent: 1 });
    const live = { of: () => new Set<string>(), isAwaited: (_: string, run: number) => run === 2 };
    expect(await users.quotas.reserve(person, [key(1)], live)).toBe(null);
    expect(await users.quotas.reserve(person, [`${key(1)}.2`], live)).toBe(null);
    expect(await users.quotas.reserve(person, [key(2)], live)).toMatchObject({ quota: 'concurrent', used: 1 });
  });
});

it('is never exceeded, whatever is reserved, replayed and given back at once, by whatever clock', async () => {
  const act = fc.oneof(
    fc.record({
      do: fc.constant('reserve' as const),
      keys: fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      do: fc.constant('giveBack' as const),
      keys: fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 3 }),
    }),
  );
  const rounds = fc.array(
    fc.record({
      acts: fc.array(act, { minLength: 1, maxLength: 5 }),
      moveHours: fc.constantFrom(0, 0, 0, 1, 7, 20, -3),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(rounds, fc.nat(5), fc.constantFrom('UTC', 'Asia/Shanghai'), async (course, daily, time_zone) => {
      const { users, again, clock, home } = openPeople();
      const stores = [users, again()];
      const person = limited({ daily }, { time_zone });
      for (const { acts, moveHours } of course) {
        clock.at += moveHours * hourMs;
        const outcomes = await Promise.all(
          acts.map((one, n) => {
            const quotas = (stores[n % 2] ?? users).quotas;
            const keys = one.keys.map(key);
            return one.do === 'reserve'
              ? quotas.reserve(person, keys, noTasks)
              : quotas.giveBack('5', keys).then(() => null);
          }),
        );
        const days = readDays(home.paths.usage('5'));
        for (const reserved of days) expect(reserved.length).toBeLessThanOrEqual(daily);
        // No key stands twice, on one day or on two.
        expect(new Set(days.flat()).size).toBe(days.flat().length);
        // What was granted stands there, unless it was given back in the same round.
        const back = new Set(acts.flatMap((one) => (one.do === 'giveBack' ? one.keys : [])));
        for (const [n, one] of acts.entries()) {
          if (one.do !== 'reserve' || outcomes[n] !== null) continue;
          for (const k of one.keys) if (!back.has(k)) expect(days.flat()).toContain(key(k));
        }
      }
      home.remove();
    }),
    { numRuns: 40 },
  );
});

/** The keys that stand in each day's file. */
function readDays(folder: string): string[][] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder).filter((name) => /^\d.*\.json$/.test(name));
  return names.map((name) => Object.keys(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')).reserved));
}
