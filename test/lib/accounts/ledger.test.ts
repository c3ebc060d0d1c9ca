// What runs do to an account: counted once each, on the day they began; limits and refusals kept, forgotten and told.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anyFamily } from '../../../src/lib/accounts/limits.ts';
import { endedTask, openPool } from './pool-home.ts';

const day = 86_400_000;
const account = { agent: 'claude', config_dir: '/x', time_zone: 'UTC' };
const wall = { kind: 'wall', modelFamily: null, window: 'five_hour' } as const;

async function openOne() {
  const pool = openPool();
  await pool.accounts.add('a', account);
  return { ...pool, a: pool.accounts.get('a') };
}

describe('a run', () => {
  it('counts once, however often and by whomever its end is told', async () => {
    const { accounts, again, a } = await openOne();
    await Promise.all([accounts, again(), again()].map((each) => each.settle(endedTask())));
    await again().settle(endedTask());
    expect(accounts.today(a)).toMatchObject({
      runs: 1,
      completed: 1,
      failed: 0,
      input_tokens: 100,
      output_tokens: 20,
      cost_usd: 0.1,
      resetsAt: Date.parse('2026-11-21T00:00:00Z'),
    });
    const runs = [
      ...endedTask().runs,
      { n: 2, account: 'a', started_at: '2026-11-20T05:30:00.000Z', outcome: 'failed' },
    ];
    await accounts.settle(endedTask({ runs, status: 'failed', cost_usd: 0.2 }));
    expect(accounts.total(a)).toMatchObject({ runs: 2, completed: 1, failed: 1, cost_usd: 0.3 });
  });

  it.each([
    ['is still under way', { status: 'running' }],
    ['waits to go on', { status: 'pending' }],
    ['worked with no account', { account: null }],
    ['worked with one that is gone', { account: 'gone' }],
    ['never was', { runs: [] }],
  ])('that %s counts nothing', async (_case, fields) => {
    const { accounts, a, home } = await openOne();
    await accounts.settle(endedTask(fields));
    expect(accounts.total(a).runs).toBe(0);
    expect(fs.existsSync(path.join(home.paths.accountFolders, 'gone'))).toBe(false);
  });

  it('that was handed over counts for its own account, and what went on with it for the other', async () => {
    const { accounts, a } = await openOne();
    const b = await accounts.add('b', { agent: 'claude', api_key: 'sk-ant-another-secret-0123456789' });
    const started_at = '2026-11-20T05:00:00.000Z';
    const first = { cost_usd: 0.4, usage: { input_tokens: 900, output_tokens: 10 } };
    const second = { cost_usd: 0.1, usage: { input_tokens: 100, output_tokens: 20 } };
    const runs = [
      { n: 1, account: 'a', started_at, outcome: 'handed-over', spent: first },
      { n: 2, account: 'b', started_at, outcome: 'completed', spent: second },
    ];
    const whole = { cost_usd: 0.5, usage: { input_tokens: 1000, output_tokens: 30 } };
    // At once, while its task waits for the next account; and once more where that is told again.
    await accounts.settle(endedTask({ ...first, status: 'pending', runs: runs.slice(0, 1) }));
    expect(accounts.total(a)).toMatchObject({ runs: 1, completed: 0, failed: 0, cost_usd: 0.4, input_tokens: 900 });
    for (let round = 0; round < 2; round++) await accounts.settle(endedTask({ ...whole, runs }));
    expect(accounts.total(a)).toMatchObject({ runs: 1, cost_usd: 0.4, input_tokens: 900, output_tokens: 10 });
    expect(accounts.total(b)).toMatchObject({ runs: 1, completed: 1, cost_usd: 0.1, input_tokens: 100 });
  });

  it('that was handed over is counted with the next end, where its worker died before it could be', async () => {
    const { accounts, a } = await openOne();
    const spent = { cost_usd: 0.4, usage: { input_tokens: 900, output_tokens: 10 } };
    const run = { account: 'a', started_at: '2026-11-20T05:00:00.000Z', spent };
    const runs = [
      { ...run, n: 1, outcome: 'failed' },
      { ...run, n: 2, outcome: 'lost' },
      { ...run, n: 3, outcome: 'handed-over' },
      { ...run, n: 4, account: null, outcome: 'cancelled', spent: null },
    ];
    await accounts.settle(endedTask({ status: 'cancelled', ...spent, runs }));
    // The first one's end was told: it was counted then.
    expect(accounts.total(a)).toMatchObject({ runs: 2, completed: 0, cost_usd: 0.8 });
  });

  it('counts on the day it began in the time zone of its account, and once when that is changed', async () => {
    const { accounts, clock } = await openOne();
    const runs = [{ n: 1, account: 'a', started_at: '2026-11-19T20:00:00.000Z', outcome: 'completed' }];
    const task = endedTask({ runs });
    await accounts.settle(task);
    expect(accounts.today(accounts.get('a')).runs).toBe(0);
    await accounts.edit('a', { time_zone: 'Asia/Shanghai' });
    await accounts.settle(task);
    expect(accounts.total(accounts.get('a')).runs).toBe(1);
    clock.at += day;
    expect(accounts.today(accounts.get('a'))).toMatchObject({ runs: 0, cost_usd: 0 });
  });

  it('stays in the totals when its day is long over, and is not counted anew then', async () => {
    const { accounts, a, clock, home } = await openOne();
    const task = (n: number, at: number) =>
      endedTask({
        task_id: `task-5-${at + n}`,
        runs: [{ n: 1, account: 'a', started_at: new Date(at).toISOString(), outcome: 'completed' }],
      });
    const began = clock.at;
    for (let n = 0; n < 100; n++) {
      await accounts.settle(task(n, clock.at));
      clock.at += day;
    }
    expect(fs.readdirSync(path.join(home.paths.accountFolders, 'a/days')).length).toBeLessThanOrEqual(42);
    expect(accounts.total(a)).toMatchObject({ runs: 100, input_tokens: 10_000, cost_usd: 10 });
    await accounts.settle(task(0, began));
    // A file that outlived its being added up counts no more.
    fs.writeFileSync(
      path.join(home.paths.accountFolders, 'a/days/2026-11-20.json'),
      JSON.stringify({
        schema_version: 1,
        day: '2026-11-20',
        runs: { x: { outcome: 'failed', input_tokens: 1, output_tokens: 1, cost_usd: 1 } },
        limits: {},
      }),
    );
    expect(accounts.total(a)).toMatchObject({ runs: 100, failed: 0 });
  });

  it('is told as it is where the counters cannot be read, and all else goes on', async () => {
    const { accounts, a, home } = await openOne();
    await accounts.settle(endedTask());
    fs.writeFileSync(path.join(home.paths.accountFolders, 'a/days/2026-11-20.json'), '{"schema');
    await expect(accounts.settle(endedTask({ task_id: 'task-5-2' }))).rejects.toMatchObject({ code: 'failed' });
    expect(() => accounts.total(a)).toThrow('2026-11-20.json cannot be read');
    await accounts.noteUse('a');
    fs.writeFileSync(path.join(home.paths.accountFolders, 'a/state.json'), 'null');
    expect(accounts.state('a').limits).toEqual([]);
  });
});

describe('limits and refusals', () => {
  it('are kept for all processes, counted once, and end at their reset', async () => {
    const { accounts, again, clock, a } = await openOne();
    const resetsAt = clock.at + 2 * 3_600_000;
    await accounts.noteRefusal('a', { ...wall, resetsAt });
    clock.at += 60_000;
    await again().noteRefusal('a', { ...wall, resetsAt });
    expect(again().state('a').limits).toHaveLength(1);
    const wish = { agent: 'claude', modelFamily: null, group: null, current: null, running: new Map() };
    expect(again().choose(wish)).toEqual({ account: null, why: 'limited', until: resetsAt });
    expect(accounts.today(a)).toMatchObject({ times_limited: 1, limited_ms: 60_000 });
    clock.at = resetsAt;
    expect(again().choose(wish)).toEqual({ account: 'a' });
    expect(accounts.today(a)).toMatchObject({ times_limited: 1, limited_ms: 2 * 3_600_000 });
  });

  it('that somebody resets end at once, for the counters too', async () => {
    const { accounts, clock, a } = await openOne();
    await accounts.noteRefusal('a', { ...wall, resetsAt: clock.at + 5 * 3_600_000 });
    clock.at += 3_600_000;
    await accounts.reset('a');
    clock.at += 3_600_000;
    expect([accounts.state('a').limits, accounts.today(a).limited_ms]).toEqual([[], 3_600_000]);
  });

  it('of the credentials count twice in a row, and go with an answer or a person', async () => {
    const { accounts } = await openOne();
    const refusal = { kind: 'auth', modelFamily: null, window: null, resetsAt: null } as const;
    await accounts.noteRefusal('a', refusal);
    expect(accounts.state('a')).toMatchObject({ auth_failures: 1, refused_at: null });
    await accounts.settle(endedTask());
    await accounts.noteRefusal('a', refusal);
    expect(accounts.state('a').refused_at).toBe(null);
    await accounts.noteAnswer('a', null);
    await accounts.noteRefusal('a', refusal);
    await accounts.noteRefusal('a', refusal);
    expect(accounts.state('a').refused_at).toBe('2026-11-20T06:00:00.000Z');
    await accounts.forgive('a');
    expect(accounts.state('a')).toMatchObject({ auth_failures: 0, refused_at: null });
  });

  it('leave a wall unproven until the service has answered', async () => {
    const { accounts, clock } = await openOne();
    await accounts.noteRefusal('a', { ...wall, resetsAt: clock.at + 3_600_000 });
    // A run that began before still gets its answers.
    await accounts.noteAnswer('a', null);
    clock.at += 3_600_000;
    expect(accounts.state('a')).toMatchObject({ limits: [], unproven: [anyFamily] });
    const wish = { agent: 'claude', modelFamily: null, group: null, current: null };
    expect(accounts.choose({ ...wish, running: new Map() })).toEqual({ account: 'a' });
    expect(accounts.choose({ ...wish, running: new Map([['a', 1]]) })).toMatchObject({ account: null, why: 'busy' });
    await accounts.noteAnswer('a', null);
    expect(accounts.choose({ ...wish, running: new Map([['a', 1]]) })).toEqual({ account: 'a' });
  });

  it('of a state that an older version wrote count as they did', async () => {
    const { home, accounts, clock } = await openOne();
    const limits = [
      { model_family: 'opus', window: 'unknown', since: '2026-11-20T05:00:00.000Z', until: '2026-11-20T07:00:00.000Z' },
    ];
    const old = {
      schema_version: 1,
      last_used_at: null,
      auth_failures: 0,
      refused_at: null,
      unproven: true,
      bursts: 0,
    };
    await accounts.noteUse('a');
    fs.writeFileSync(path.join(home.paths.accountFolders, 'a/state.json'), JSON.stringify({ ...old, limits }));
    const wish = { agent: 'claude', group: null, current: null, running: new Map([['a', 1]]) };
    expect(accounts.choose({ ...wish, modelFamily: 'opus' })).toMatchObject({ why: 'limited' });
    // Where it did not say of which models, one run finds out for all.
    expect(accounts.choose({ ...wish, modelFamily: 'sonnet' })).toMatchObject({ why: 'busy' });
    await accounts.noteAnswer('a', 'sonnet');
    expect(accounts.choose({ ...wish, modelFamily: 'sonnet' })).toEqual({ account: 'a' });
    clock.at = Date.parse('2026-11-20T07:00:00Z');
    expect(accounts.choose({ ...wish, modelFamily: 'opus' })).toEqual({ account: 'a' });
  });

  it('of one family of models leave the account to the others', async () => {
    const { accounts, again, clock } = await openOne();
    const resetsAt = clock.at + 3 * 86_400_000;
    await accounts.noteRefusal('a', { kind: 'wall', modelFamily: 'opus', window: 'seven_day_opus', resetsAt });
    const wish = { agent: 'claude', group: null, current: 'a', running: new Map([['a', 3]]) };
    expect(again().choose({ ...wish, modelFamily: 'opus' })).toEqual({
      account: null,
      why: 'limited',
      until: resetsAt,
    });
    expect(again().choose({ ...wish, modelFamily: 'sonnet' })).toEqual({ account: 'a' });
    await again().settle(endedTask({ model: 'sonnet' }));
    expect(accounts.state('a')).toMatchObject({ unproven: ['opus'], limits: [{ window: 'seven_day_opus' }] });
    clock.at = resetsAt;
    const alike = (n: number) => ({ ...wish, modelFamily: 'opus', runningAlike: new Map([['a', n]]) });
    expect(accounts.choose(alike(0))).toEqual({ account: 'a' });
    expect(accounts.choose(alike(1))).toMatchObject({ why: 'busy' });
    await accounts.noteAnswer('a', 'opus');
    expect(accounts.choose(alike(1))).toEqual({ account: 'a' });
  });

  it('hold for the models that an account chooses itself', async () => {
    const { accounts, clock } = await openOne();
    await accounts.edit('a', { model: 'claude-opus-4-8' });
    const opus = {
      kind: 'wall',
      modelFamily: 'default',
      window: 'seven_day_opus',
      resetsAt: clock.at + 3_600_000,
    } as const;
    await accounts.noteRefusal('a', opus);
    expect(accounts.state('a').limits.map(({ model_family }) => model_family)).toEqual(['opus']);
    const wish = { agent: 'claude', group: null, current: null, running: new Map() };
    for (const modelFamily of [null, 'default', 'opus']) {
      expect(accounts.choose({ ...wish, modelFamily })).toMatchObject({ why: 'limited' });
    }
    await accounts.edit('a', { model: 'sonnet' });
    expect(accounts.choose({ ...wish, modelFamily: null })).toEqual({ account: 'a' });
  });
});
