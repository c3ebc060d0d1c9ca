// Which account a task is given as it starts: none where it needs none, never more runs than an account may have, none without its key.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/lib/adapters/log.ts';
import { createPool } from '../../../../src/lib/runs/accounts/pool.ts';
import { aTask } from '../../../support/tasks.ts';
import { openPool } from '../../accounts/pool-home.ts';

const secret = 'sk-ant-a-secret-of-the-test-0123456789';

function openRuns(isLeftToPool = true, group: string | null = null) {
  const opened = openPool();
  const { accounts, home, clock } = opened;
  const log: string[] = [];
  const pool = createPool({
    accounts,
    tasks: home.tasks,
    queue: home.queue,
    clock: { now: () => clock.at },
    log: { ...silentLog, error: (fields: object) => void log.push(JSON.stringify(fields)) },
    isLeftToPool: () => isLeftToPool,
    groupOf: () => group,
    currentOf: (task) => task.runs.at(-1)?.account ?? task.account,
  });
  return { ...opened, pool, log };
}

const tasks = [1, 2, 3].map((n) => aTask({ task_id: `task-5-179515440000${n}` }));
const [first, second] = tasks as [ReturnType<typeof aTask>, ReturnType<typeof aTask>];

describe('a task', () => {
  it('is given none where there are none, where they are for another agent, or where it has its own', async () => {
    const without = openRuns();
    expect([without.pool.reserve(first), without.pool.take(first)]).toEqual([true, null]);
    await without.accounts.add('x', { agent: 'codex', api_key: secret });
    expect(without.pool.take(first)).toBe(null);
    const own = openRuns(false);
    await own.accounts.add('a', { agent: 'claude', api_key: secret });
    expect([own.pool.take(first), own.pool.whyNone(first)]).toEqual([null, null]);
  });

  it('is given one with its variables and its model, until it is released', async () => {
    const { pool, accounts } = openRuns();
    await accounts.add('a', { agent: 'claude', api_key: secret, model: 'opus' });
    expect(pool.take(first)).toMatchObject({
      name: 'a',
      model: 'opus',
      environment: { set: { ANTHROPIC_API_KEY: secret } },
    });
    expect(pool.given(first.task_id)?.name).toBe('a');
    await pool.noteUse(first.task_id);
    expect(accounts.state('a').last_used_at).toBe('2026-11-20T06:00:00.000Z');
    pool.release(first.task_id);
    expect(pool.given(first.task_id)).toBe(null);
  });

  it('finds no more room than the account allows, also between its claim and its start', async () => {
    const { pool, accounts, clock } = openRuns();
    await accounts.add('a', { agent: 'claude', api_key: secret, max_runs: 1 });
    expect(pool.reserve(first)).toBe(true);
    expect([pool.reserve(first), pool.reserve(second), pool.take(second)]).toEqual([true, false, 'wait']);
    expect(pool.whyNone(second)).toContain('has as many runs as it may');
    pool.take(first);
    expect(pool.reserve(second)).toBe(false);
    pool.release(first.task_id);
    expect(pool.reserve(second)).toBe(true);
    // Whoever was kept a place and never came loses it.
    expect(pool.reserve(first)).toBe(false);
    clock.at += 60_000;
    expect(pool.reserve(first)).toBe(true);
    // Also where the clock was set back meanwhile.
    expect(pool.reserve(second)).toBe(false);
    clock.at -= 3_600_000;
    expect(pool.reserve(second)).toBe(true);
  });

  it('waits where the secrets cannot be opened, which is logged once', async () => {
    const { pool, accounts, home, log } = openRuns();
    await accounts.add('a', { agent: 'claude', api_key: secret });
    fs.rmSync(home.paths.key);
    expect([pool.take(first), pool.take(first), pool.take(second)]).toEqual(['wait', 'wait', 'wait']);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('is missing');
  });

  it('is given none outside of the group that its user or profile is restricted to', async () => {
    const { pool, accounts } = openRuns(true, 'team');
    await accounts.add('a', { agent: 'claude', api_key: secret, priority: 9 });
    expect(pool.reserve(first)).toBe(false);
    expect(pool.whyNone(first)).toContain('No account for claude in the group "team" can be used.');
    await accounts.add('b', { agent: 'claude', api_key: secret, group: 'team' });
    expect(pool.take(first)).toMatchObject({ name: 'b' });
  });

  it.each([
    ['limited', 'have met a limit. One is free again at 2026-11-20T07:00:00.000Z.'],
    ['refused', 'were refused'],
    ['disabled', 'No account for claude can be used'],
  ])('is told why it waits where all are %s', async (how, why) => {
    const { pool, accounts, clock } = openRuns();
    await accounts.add('a', { agent: 'claude', api_key: secret, active: how !== 'disabled' });
    const refusal = { modelFamily: null, window: null };
    if (how === 'limited')
      await accounts.noteRefusal('a', { kind: 'wall', resetsAt: clock.at + 3_600_000, ...refusal });
    for (let n = 0; n < 2 && how === 'refused'; n++) {
      await accounts.noteRefusal('a', { kind: 'auth', resetsAt: null, ...refusal });
    }
    expect(pool.whyNone(first)).toContain(why);
    expect(pool.waitingFor(first)).toBe(how === 'limited' ? 'resume_at:2026-11-20T07:00:00.000Z' : 'account');
    expect(pool.isFree(first)).toBe(false);
  });
});
