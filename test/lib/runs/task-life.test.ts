// A claimed task is brought as far as its record says, whoever began it and wherever he was cut off.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createAccounts } from '../../../src/lib/accounts/store.ts';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemDisk } from '../../../src/lib/adapters/disk.ts';
import { createPool } from '../../../src/lib/runs/accounts/pool.ts';
import { cancelTask } from '../../../src/lib/runs/control.ts';
import { sweepTaskUntilGone } from '../../../src/lib/runs/end-processes.ts';
import { liveTask } from '../../../src/lib/runs/task-life.ts';
import type { SuperviseParts } from '../../../src/lib/runs/watched.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { addTask, aRun, firstTaskTs } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
import { gone, queued } from '../tasks/task-events.ts';
import { makeRunHome, makeSuperviseParts, type RunHome } from './run-home.ts';

let home: RunHome;
let parts: SuperviseParts;
let stop: AbortController;
const taskId = `task--${process.pid}-1`;
const chatId = `-${process.pid}`;
beforeEach(() => {
  home = makeRunHome();
  parts = makeSuperviseParts(home, { echo: 'cat', sleeper: 'exec sleep 60' });
  stop = new AbortController();
  onTestFinished(() => sweepTaskUntilGone({ processes: home.processes, clock: systemClock }, taskId));
});

const live = (isSettling = false) => liveTask(parts, taskId, stop.signal, isSettling);
const task = () => home.tasks.load(taskId);
const agents = () => home.processes.findByEnv('CCDISPATCH_TASK_ID', new Set([taskId]));

/** A task whose latest run is a real process that lives. */
async function addRunning(fields: Partial<Task> = {}, outcome: 'completed' | null = null) {
  const made = await addTask(home, { task_id: taskId, agent: 'sleeper' });
  const { id, exited } = await home.startAgent(made, 'echo "half an answer"; exec sleep 60');
  const run = aRun(firstTaskTs, outcome, { pid: id.pid, pid_started: id.started, ended_at: null });
  const status = outcome ?? 'running';
  const record = { ...made, status, started_at: run.started_at, completed_at: outcome && run.started_at, runs: [run] };
  await home.files.replace(`${home.paths.task(taskId)}/task-meta.json`, JSON.stringify({ ...record, ...fields }));
  return { id, exited };
}

describe('a task that waits', () => {
  it('is run to its end and told', async () => {
    await addTask(home, { task_id: taskId, agent: 'echo', prompt: 'Hello' });
    expect(await live()).toBe('done');
    expect(task()).toMatchObject({ status: 'completed', result: 'Hello', runs: [{ outcome: 'completed' }] });
    expect(task().runs[0]?.ended_at).not.toBe(null);
    expect(home.told(chatId)).toMatchObject({ [`${taskId}.1.ended`]: { outcome: 'completed', text: 'Hello' } });
  });

  it('goes back into the queue where no account is free for it, and takes no slot', async () => {
    const waiting = await addTask(home, { task_id: taskId, agent: 'echo', priority: 7, user_id: '5' });
    const accounts = createAccounts({ ...home, disk: systemDisk, env: { HOME: home.outside } });
    onTestFinished(() => accounts.settled());
    await accounts.add('a', { agent: 'echo', env: { ACCOUNT: 'a' } });
    await accounts.edit('a', { active: false });
    parts.pool = createPool({
      ...home,
      accounts,
      isLeftToPool: () => true,
      currentOf: () => null,
      groupOf: () => null,
    });
    expect(await live()).toBe('done');
    expect(task()).toMatchObject({ status: 'pending', runs: [] });
    const queuedAt = Date.parse(waiting.created_at);
    expect(home.queue.waiting()).toEqual([{ taskId, priority: 7, user: '5', queuedAt }]);
    await accounts.edit('a', { active: true });
    expect(await live()).toBe('done');
    expect(task()).toMatchObject({ status: 'completed', account: 'a' });
  });

  it('is left to a worker by one who only settles', async () => {
    await addTask(home, { task_id: taskId, agent: 'echo' });
    expect(await live(true)).toBe('left');
    expect(task().status).toBe('pending');
  });

  it('is left where it is when we are told to leave; its agent goes on', async () => {
    await addTask(home, { task_id: taskId, agent: 'sleeper' });
    const living = live();
    await until('the run', () => task().status === 'running');
    stop.abort();
    expect(await living).toBe('left');
    expect([task().status, agents().length]).toEqual(['running', 1]);
  });

  it('begins its next run only when the last one is gone, although its worker died before it was', async () => {
    const before = await addRunning({}, 'completed');
    await home.tasks.apply(taskId, queued('new'));
    await home.files.replace(
      `${home.paths.task(taskId)}/task-meta.json`,
      JSON.stringify({ ...task(), agent: 'echo', prompt: 'Again' }),
    );
    expect(await live()).toBe('done');
    expect(home.processes.isAlive(before.id)).toBe(false);
    expect(task()).toMatchObject({ status: 'completed', runs: [{ n: 1 }, { n: 2, outcome: 'completed' }] });
    expect(task().runs.every(({ ended_at }) => ended_at !== null)).toBe(true);
  });
});

describe('a task whose run nobody could record', () => {
  it('is cancelled with its agent: what was asked of it lies with the run', async () => {
    const made = await addTask(home, { task_id: taskId, agent: 'sleeper' });
    const { id } = await home.startAgent(made, 'exec sleep 60');
    expect(await cancelTask({ ...home, agents: parts.agents }, taskId, null)).toBe('ending');
    expect(await live()).toBe('done');
    expect([home.processes.isAlive(id), task().status]).toEqual([false, 'cancelled']);
    expect(task().runs).toMatchObject([{ n: 1, pid: id.pid, outcome: 'cancelled' }]);
  });
});

describe('a task that runs', () => {
  it('is adopted, and followed to its end', async () => {
    const { id } = await addRunning();
    const living = live();
    await until('its words', () => home.files.stat(`${home.paths.run(taskId, 1)}/events.jsonl`)?.size);
    home.processes.signal(id.pid, 'SIGKILL');
    expect(await living).toBe('done');
    // A custom agent whose exit nobody saw: its output is kept, but is no answer.
    expect(task()).toMatchObject({
      status: 'failed',
      reason: 'lost',
      result: expect.stringContaining('half an answer'),
    });
  });

  it('is left to its agent by one who only settles', async () => {
    await addRunning();
    expect(await live(true)).toBe('left');
    expect(task().status).toBe('running');
  });
});

describe('a task that has ended', () => {
  it('is told where its worker died before he told it, and closed where it is still open', async () => {
    const { id } = await addRunning({ result: 'Done.' }, 'completed');
    home.processes.signal(id.pid, 'SIGKILL');
    await until('its end', () => !home.processes.isAlive(id));
    expect(await live()).toBe('done');
    expect(home.told(chatId)).toMatchObject({ [`${taskId}.1.ended`]: { text: 'Done.' } });
    expect(task().runs[0]?.ended_at).not.toBe(null);
    expect(home.history.latest(5)).toMatchObject([{ task_id: taskId }]);
  });

  it('loses what an older run of it left open', async () => {
    const { id } = await addRunning({}, 'completed');
    await home.tasks.apply(taskId, queued('new'));
    await home.tasks.apply(taskId, { type: 'cancelled', at: '2026-11-20T10:00:00.000Z', reason: 'user' });
    expect(await live()).toBe('done');
    expect([home.processes.isAlive(id), task().status]).toEqual([false, 'cancelled']);
    expect((await home.tasks.apply(taskId, gone(1))).changed).toBe(false);
  });

  it('is done with as often as it is taken up', async () => {
    await addTask(home, { task_id: taskId, status: 'completed' });
    const before = task();
    expect([await live(), await live()]).toEqual(['done', 'done']);
    expect(task()).toEqual(before);
    expect(Object.keys(home.told(chatId))).toHaveLength(1);
  });
});
