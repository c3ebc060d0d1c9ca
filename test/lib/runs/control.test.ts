// What people do to their tasks: cancel, start, retry, on real records, in whatever state these are.

import { beforeEach, describe, expect, it } from 'vitest';
import { cancelTask, retryTask, startTask } from '../../../src/lib/runs/control.ts';
import { loadIntent } from '../../../src/lib/runs/intent.ts';
import type { TaskStatus } from '../../../src/lib/tasks/record.ts';
import { addTask, aRun, type TaskFields } from '../../support/tasks.ts';
import { makeRunHome, type RunHome } from './run-home.ts';

let home: RunHome;
beforeEach(() => {
  home = makeRunHome();
});

const chat = { telegram_group: '-100', agent_session_id: 'c-1' } as const;
const waitingIds = () => home.queue.waiting().map(({ taskId }) => taskId);
const intentOf = (taskId: string, run = 1) => loadIntent(home.files, home.paths.run(taskId, run));

/** A task that lies where it would lie after a submission. */
async function add(fields: TaskFields) {
  const task = await addTask(home, { ...chat, ...fields });
  if (task.status === 'pending') {
    await home.queue.add({ priority: 5, queuedAt: home.clock.now(), user: '77', taskId: task.task_id });
  }
  if (task.status === 'paused') await home.queue.setAside(task.task_id);
  return task;
}

describe('cancel', () => {
  it.each(['pending', 'paused'] as const)('ends a %s task at once, and tells it', async (status) => {
    const { task_id } = await add({ status });
    expect(await cancelTask(home, task_id, null)).toBe('cancelled');
    expect(home.tasks.load(task_id)).toMatchObject({ status: 'cancelled', reason: 'user' });
    expect([waitingIds(), home.queue.aside()]).toEqual([[], []]);
    expect(Object.values(home.told('-100'))).toMatchObject([{ kind: 'ended', outcome: 'cancelled' }]);
    expect(home.history.latest(9)).toMatchObject([{ task_id, outcome: 'cancelled' }]);
  });

  it('writes down what was asked of a running task, and interrupts its agent', async () => {
    const task = await add({ status: 'running' });
    const agent = await home.startAgent(task, 'trap "echo interrupted; exit 5" INT; while :; do sleep 0.02; done');
    const run = { ...aRun(0, null), pid: agent.id.pid, pid_started: agent.id.started, n: 1 };
    await home.files.replace(
      `${home.paths.task(task.task_id)}/task-meta.json`,
      JSON.stringify({ ...task, runs: [run] }),
    );
    expect(await cancelTask(home, task.task_id, 'Ada asked for it.')).toBe('ending');
    expect(await agent.exited).toEqual({ code: 5, signal: null });
    expect(intentOf(task.task_id)).toMatchObject({ kind: 'cancel', reason: 'user', detail: 'Ada asked for it.' });
    // Its end is for the worker to see: nothing is told yet.
    expect(home.tasks.load(task.task_id).status).toBe('running');
    expect(home.told('-100')).toEqual({});
    expect(await cancelTask(home, task.task_id, 'Once more.')).toBe('ending');
    expect(intentOf(task.task_id)?.detail).toBe('Ada asked for it.');
  });

  it('signals nobody in the place of an agent that is gone', async () => {
    const { task_id } = await add({ status: 'running', runs: [aRun(0, null, { pid: process.pid, pid_started: '1' })] });
    expect(await cancelTask(home, task_id, null)).toBe('ending');
    expect(intentOf(task_id)).not.toBe(null);
  });

  it.each(['completed', 'failed', 'cancelled'] as const)('leaves a %s task as it is', async (status) => {
    const task = await add({ status });
    expect(await cancelTask(home, task.task_id, null)).toBe('ended-before');
    expect(home.tasks.load(task.task_id)).toEqual(task);
    expect(home.told('-100')).toEqual({});
  });

  it('knows no task that is not there', async () => {
    await expect(cancelTask(home, 'task-local-1', null)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('start', () => {
  it.each(['hold', 'limit'])('puts a task that is paused (%s) into the queue', async (reason) => {
    const { task_id } = await add({ status: 'paused', reason, priority: 8 });
    expect(await startTask(home, task_id)).toMatchObject({ status: 'pending', agent_session_id: 'c-1' });
    expect(home.queue.waiting()).toMatchObject([{ taskId: task_id, priority: 8, queuedAt: home.clock.now() }]);
    expect(home.queue.aside()).toEqual([]);
    expect(Object.values(home.told('-100'))).toMatchObject([{ kind: 'progress', state: 'queued' }]);
  });

  it.each(['pending', 'running'] as const)('leaves a %s task as it is', async (status) => {
    const task = await add({ status });
    expect(await startTask(home, task.task_id)).toEqual(task);
  });

  it('says how an ended one is run once more', async () => {
    const { task_id } = await add({ status: 'failed' });
    await expect(startTask(home, task_id)).rejects.toMatchObject({
      code: 'usage',
      hint: `Run it once more with: ccdispatch tasks retry ${task_id}`,
    });
  });
});

describe('retry', () => {
  it.each<[TaskStatus, boolean, boolean]>([
    ['failed', false, true],
    ['cancelled', false, true],
    ['completed', false, false],
    ['failed', true, false],
  ])('of a %s task (fresh: %s) keeps its conversation: %s', async (status, isFresh, keeps) => {
    const before = await add({ status, continues: true });
    const task = await retryTask(home, before.task_id, isFresh);
    expect(task).toMatchObject({ status: 'pending', result: null, workdir: before.workdir, continues: keeps });
    expect(task.agent_session_id === 'c-1').toBe(keeps);
    expect(task.input_uuid === before.input_uuid).toBe(keeps);
    expect(waitingIds()).toEqual([task.task_id]);
    expect(task.runs).toHaveLength(1);
  });

  it('of an agent without conversations needs none', async () => {
    const { task_id } = await add({ status: 'completed', agent: 'echo', agent_session_id: null });
    expect(await retryTask(home, task_id, true)).toMatchObject({ status: 'pending', agent_session_id: null });
  });

  it.each(['pending', 'running', 'paused'] as const)('is refused for a %s task', async (status) => {
    const task = await add({ status });
    await expect(retryTask(home, task.task_id, false)).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('ccdispatch tasks why'),
    });
    expect(home.tasks.load(task.task_id)).toEqual(task);
  });

  it('asked for twice at once happens once', async () => {
    const { task_id } = await add({ status: 'failed' });
    const both = await Promise.allSettled([retryTask(home, task_id, false), retryTask(home, task_id, false)]);
    expect(both[0]?.status).toBe('fulfilled');
    expect(home.tasks.load(task_id)).toMatchObject({ status: 'pending', runs: [{ n: 1 }] });
    expect(waitingIds()).toEqual([task_id]);
  });

  it('is there although its placeholder could not be written', async () => {
    const { task_id } = await add({ status: 'failed' });
    const progress = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    const task = await retryTask({ ...home, outbox: { ...home.outbox, progress } }, task_id, false);
    expect([task.status, waitingIds()]).toEqual(['pending', [task_id]]);
  });
});
