// What a run spent is counted when its end is told, and what never started is given back, whoever tells it how often.

import { describe, expect, it } from 'vitest';
import type { Processes } from '../../../src/lib/adapters/processes.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { type ControlParts, cancelTask, retryTask } from '../../../src/lib/runs/control.ts';
import { type SettleParts, settleRun, settleUsage, tellEnd } from '../../../src/lib/runs/settle.ts';
import type { Conclusion } from '../../../src/lib/tasks/transition.ts';
import { addTask, aRun, firstTaskTs } from '../../support/tasks.ts';
import { aPerson, noTasks, openPeople } from '../users/people.ts';

const taskId = `task-5-${firstTaskTs}`;

function openRuns() {
  const people = openPeople();
  const { home, users } = people;
  people.write({ users: { '5': { enabled: true, time_zone: 'UTC' } } });
  const logged: string[] = [];
  const note = (_: object, message: string) => void logged.push(message);
  const clock = { now: () => people.clock.at, sleep: async () => {} };
  const parts: ControlParts = {
    ...home,
    clock,
    outbox: createOutbox({ files: home.files, paths: home.paths, clock, botId: null }),
    log: { debug: note, info: note, warn: note, error: note },
    // Nothing runs here.
    processes: {} as Processes,
    agents: { get: () => null },
    usage: users.quotas,
  };
  return { ...people, parts, logged, used: () => users.usedToday(aPerson()) };
}

const conclusion: Conclusion = {
  outcome: 'completed',
  reason: null,
  result: 'Done.',
  cost_usd: 0.25,
  usage: { input_tokens: 100, output_tokens: 20 },
  duration_ms: 1000,
  note: null,
  changed_files: [],
  agent_session_id: null,
  resume_at: null,
};

describe('the end of a task', () => {
  it('counts what its run spent, once', async () => {
    const { home, parts, users, used } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId], noTasks);
    await addTask(home, { task_id: taskId, user_id: '5', status: 'running' });
    for (let round = 0; round < 2; round++) {
      await settleRun(parts, taskId, 1, { conclusion, text: 'Done.' }, true);
      await tellEnd(parts, home.tasks.load(taskId));
    }
    expect(used()).toMatchObject({ tasks: 1, cost_usd: 0.25, tokens: 120 });
  });

  it('gives back what was taken for a task that is cancelled before it starts; running it again takes anew', async () => {
    const { home, parts, users, used } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId], noTasks);
    await addTask(home, { task_id: taskId, user_id: '5' });
    await cancelTask(parts, taskId, null);
    expect(used().tasks).toBe(0);
    await users.quotas.reserve(aPerson(), [`${taskId}.2`], noTasks);
    await retryTask(parts, taskId, false);
    expect(used().tasks).toBe(1);
    await cancelTask(parts, taskId, null);
    expect(used()).toMatchObject({ tasks: 0, cost_usd: 0 });
  });

  it('counts a retry that was cancelled as never started, and its first run as it was', async () => {
    const { home, parts, users, used } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId, `${taskId}.2`], noTasks);
    const completed_at = '2026-11-20T06:00:00Z';
    const task = await addTask(home, { task_id: taskId, user_id: '5', status: 'failed', completed_at });
    await tellEnd(parts, task);
    await retryTask(parts, taskId, false);
    await cancelTask(parts, taskId, null);
    expect(used()).toMatchObject({ tasks: 1, cost_usd: 0.01, tokens: 120 });
  });

  it('keeps what was taken when the task goes on by itself after a lost run', async () => {
    const { home, parts, users, used } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId], noTasks);
    const runs = [aRun(firstTaskTs, 'lost')];
    await addTask(home, { task_id: taskId, user_id: '5', status: 'pending', reason: 'lost', runs });
    await cancelTask(parts, taskId, null);
    expect(used().tasks).toBe(1);
  });

  it('counts what was handed over by itself, once, whether or not it was counted at the time', async () => {
    const { home, parts, users, used, clock } = openRuns();
    const other = `task-5-${firstTaskTs + 1}`;
    await users.quotas.reserve(aPerson(), [taskId, other], noTasks);
    const spent = { cost_usd: 0.5, usage: { input_tokens: 1000, output_tokens: 50 } };
    for (const id of [taskId, other]) await addTask(home, { task_id: id, user_id: '5', status: 'running' });
    for (const id of [taskId, other]) {
      const at = new Date(clock.at).toISOString();
      const { task } = await home.tasks.apply(id, { type: 'lost', run: 1, at, isHandedOver: true, spent });
      if (id === taskId) await settleUsage(parts, task);
    }
    expect(used()).toMatchObject({ cost_usd: 0.5, tokens: 1050 });
    const run = { n: 2, pid: 7, pid_started: '9', account: 'b', started_at: new Date(firstTaskTs).toISOString() };
    for (const id of [taskId, other])
      await home.tasks.apply(id, { type: 'started', run: { ...run, input_uuid: null } });
    const task = await settleRun(parts, taskId, 2, { conclusion, text: 'Done.' }, true);
    expect(task).toMatchObject({ cost_usd: 0.75, usage: { input_tokens: 1100, output_tokens: 70 } });
    expect(used()).toMatchObject({ cost_usd: 0.75, tokens: 1170 });
    await settleRun(parts, other, 2, { conclusion, text: 'Done.' }, true);
    expect(used()).toMatchObject({ tasks: 2, cost_usd: 1.5, tokens: 2340 });
    const lines = home.history.latest(9);
    expect(lines.map(({ cost_usd, input_tokens }) => [cost_usd, input_tokens])).toEqual([
      [0.75, 1100],
      [0.75, 1100],
    ]);
  });

  it('counts what was handed over of a task that is cancelled before its next run', async () => {
    const { home, parts, users, used, clock } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId], noTasks);
    await addTask(home, { task_id: taskId, user_id: '5', status: 'running' });
    const spent = { cost_usd: 0.5, usage: null };
    const at = new Date(clock.at).toISOString();
    await home.tasks.apply(taskId, { type: 'lost', run: 1, at, isHandedOver: true, spent });
    await cancelTask(parts, taskId, null);
    expect(used()).toMatchObject({ tasks: 1, cost_usd: 0.5 });
    expect(home.history.latest(1)).toMatchObject([{ outcome: 'cancelled', cost_usd: 0.5 }]);
  });

  it('is told although its counter cannot be read', async () => {
    const { home, parts, logged, users } = openRuns();
    await users.quotas.reserve(aPerson(), [taskId], noTasks);
    await home.files.replace(`${home.paths.usage('5')}/2026-11-20.json`, '{');
    await addTask(home, { task_id: taskId, user_id: '5' });
    await cancelTask(parts, taskId, null);
    expect(home.tasks.load(taskId).status).toBe('cancelled');
    expect(home.history.latest(1)).toMatchObject([{ task_id: taskId, outcome: 'cancelled' }]);
    expect(logged).toEqual(['what the run used was not counted']);
  });

  it('waits for a disk that is full', async () => {
    const { home, parts } = openRuns();
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const usage = { settle: () => Promise.reject(full) } satisfies SettleParts['usage'];
    const task = await addTask(home, { task_id: taskId, user_id: '5', status: 'completed' });
    await expect(tellEnd({ ...parts, usage }, task)).rejects.toBe(full);
  });

  it('of a task of the shell counts for nobody', async () => {
    const { home, parts, used } = openRuns();
    const task = await addTask(home, { task_id: taskId, user_id: null, status: 'completed' });
    await tellEnd(parts, task);
    expect(used()).toMatchObject({ tasks: 0, cost_usd: 0 });
    expect(home.files.list(`${home.home}/usage`)).toEqual([]);
  });
});
