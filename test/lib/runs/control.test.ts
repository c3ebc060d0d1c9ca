// What people do to their tasks: cancel, start, retry, on real records, in whatever state these are.

import { beforeEach, describe, expect, it } from 'vitest';
import { cancelTask, pauseTask, resumeTask, retryTask } from '../../../src/lib/runs/control.ts';
import { loadIntent } from '../../../src/lib/runs/intent.ts';
import type { Task, TaskStatus } from '../../../src/lib/tasks/record.ts';
import { addTask, aRun, type TaskFields } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
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

/** An agent that leaves with 5 when it is interrupted, started and ready for that. */
async function startPatient(task: Task) {
  const agent = await home.startAgent(task, 'trap "exit 5" INT; echo ready; while :; do sleep 0.02; done');
  const events = `${home.paths.run(task.task_id, 1)}/events.jsonl`;
  await until('the agent', () => home.files.read(events)?.includes('ready'));
  return agent;
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
    const agent = await startPatient(task);
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

  it.each(['disabled', 'after'] as const)('says %s of a run as it says it of a task that waits', async (reason) => {
    const running = await add({ status: 'running' });
    const waiting = await add({ status: 'pending', task_id: 'task--100-1763600000001' });
    expect(await cancelTask(home, running.task_id, null, reason)).toBe('ending');
    expect(intentOf(running.task_id)).toMatchObject({ kind: 'cancel', reason });
    expect(await cancelTask(home, waiting.task_id, null, reason)).toBe('cancelled');
    expect(home.tasks.load(waiting.task_id)).toMatchObject({ status: 'cancelled', reason });
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

  it('overrules a pause that is under way, and is overruled by none', async () => {
    const { task_id } = await add({ status: 'running' });
    expect(await pauseTask(home, task_id, { reason: 'user' })).toBe('pausing');
    expect(await cancelTask(home, task_id, null)).toBe('ending');
    expect(intentOf(task_id)).toMatchObject({ kind: 'cancel' });
    expect(await pauseTask(home, task_id, { reason: 'user' })).toBe('ending');
    expect(intentOf(task_id)).toMatchObject({ kind: 'cancel' });
  });

  it('reaches a run that nobody could record', async () => {
    const task = await add({ status: 'pending' });
    const agent = await home.startAgent(task, 'sleep 60');
    expect(await cancelTask(home, task.task_id, null)).toBe('ending');
    expect([intentOf(task.task_id)?.kind, home.tasks.load(task.task_id).status]).toEqual(['cancel', 'pending']);
    home.processes.signalGroup(agent.id.pid, 'SIGKILL');
    await agent.exited;
  });

  it('knows no task that is not there', async () => {
    await expect(cancelTask(home, 'task-local-1', null)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('pause', () => {
  const asked = {
    reason: 'conflict',
    detail: 'It wrote a.txt, as task-1 did.',
    resumeAt: '2026-11-21T00:00:00Z',
  } as const;

  it('takes a task that waits out of the queue, keeps why, and tells it', async () => {
    const { task_id } = await add({ status: 'pending' });
    expect(await pauseTask(home, task_id, asked)).toBe('paused');
    expect(home.tasks.load(task_id)).toMatchObject({
      status: 'paused',
      reason: 'conflict',
      result: asked.detail,
      resume_at: asked.resumeAt,
      runs: [{ n: 1, pid: 0, outcome: 'paused' }],
    });
    expect([waitingIds(), home.queue.aside()]).toEqual([[], [task_id]]);
    expect(Object.values(home.told('-100'))).toMatchObject([{ kind: 'ended', outcome: 'paused', text: asked.detail }]);
  });

  it('writes down what was asked of a running task, and interrupts its agent', async () => {
    const task = await add({ status: 'running' });
    const agent = await startPatient(task);
    const run = aRun(0, null, { pid: agent.id.pid, pid_started: agent.id.started });
    const path = `${home.paths.task(task.task_id)}/task-meta.json`;
    await home.files.replace(path, JSON.stringify({ ...task, runs: [run] }));
    expect(await pauseTask(home, task.task_id, asked)).toBe('pausing');
    expect(await agent.exited).toEqual({ code: 5, signal: null });
    expect(intentOf(task.task_id)).toMatchObject({
      kind: 'pause',
      reason: 'conflict',
      detail: asked.detail,
      resume_at: asked.resumeAt,
    });
    expect(await pauseTask(home, task.task_id, { reason: 'limit' })).toBe('pausing');
    expect(intentOf(task.task_id)?.reason).toBe('conflict');
    // A person's pause does not end by itself.
    expect(await pauseTask(home, task.task_id, { reason: 'user' })).toBe('pausing');
    expect(intentOf(task.task_id)).toMatchObject({ kind: 'pause', reason: 'user', resume_at: null });
    await expect(resumeTask(home, task.task_id)).rejects.toMatchObject({ code: 'busy' });
  });

  it('of what is paused changes nothing; only that a person keeps it from going on by itself', async () => {
    const { task_id } = await add({ status: 'pending' });
    await pauseTask(home, task_id, asked);
    const before = home.tasks.load(task_id);
    expect(await pauseTask(home, task_id, { reason: 'limit' })).toBe('paused');
    expect(home.tasks.load(task_id)).toEqual(before);
    expect(await pauseTask(home, task_id, { reason: 'user' })).toBe('paused');
    expect(home.tasks.load(task_id)).toEqual({ ...before, reason: 'user', resume_at: null });
    expect(Object.keys(home.told('-100'))).toHaveLength(1);
  });

  it('is refused for a running agent that could not go on', async () => {
    const { task_id } = await add({ status: 'running', agent: 'sh', agent_session_id: null });
    await expect(pauseTask(home, task_id, { reason: 'user' })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('ccdispatch tasks cancel'),
    });
    expect(intentOf(task_id)).toBe(null);
    const waiting = await add({ status: 'pending', agent: 'sh', agent_session_id: null, task_id: 'task--100-9' });
    expect(await pauseTask(home, waiting.task_id, { reason: 'user' })).toBe('paused');
  });

  it.each(['completed', 'failed', 'cancelled'] as const)('leaves a %s task as it is', async (status) => {
    const task = await add({ status });
    expect(await pauseTask(home, task.task_id, { reason: 'user' })).toBe('ended-before');
    expect(home.tasks.load(task.task_id)).toEqual(task);
  });

  it('and resume at once, again and again, never lose the marker of a task that waits', async () => {
    const { task_id } = await add({ status: 'pending' });
    for (let round = 0; round < 20; round++) {
      const both = [() => pauseTask(home, task_id, { reason: 'user' }), () => resumeTask(home, task_id)];
      await Promise.all((round % 2 ? both.reverse() : both).map((act) => act()));
      await home.clock.pass(1);
      const isWaiting = home.tasks.load(task_id).status === 'pending';
      expect([waitingIds(), home.queue.aside()]).toEqual(isWaiting ? [[task_id], []] : [[], [task_id]]);
    }
  });
});

describe('resume', () => {
  it('keeps what the agent is to be told until it is sent, each note once', async () => {
    const { task_id } = await add({ status: 'paused', reason: 'conflict' });
    const notes = async (note: string, noteId?: string) =>
      (await resumeTask(home, task_id, noteId ? { note, noteId } : { note })).agent_notes.map(({ text }) => text);
    expect(await notes('a.txt changed.', 'rebase-1')).toEqual(['a.txt changed.']);
    // It waits already, and its agent has not started.
    expect(await notes('a.txt changed.', 'rebase-1')).toEqual(['a.txt changed.']);
    expect(await notes('b.txt changed.')).toEqual(['a.txt changed.', 'b.txt changed.']);
    expect(waitingIds()).toEqual([task_id]);
  });

  it.each(['hold', 'limit'])('puts a task that is paused (%s) into the queue', async (reason) => {
    const { task_id } = await add({ status: 'paused', reason, priority: 8 });
    expect(await resumeTask(home, task_id)).toMatchObject({ status: 'pending', agent_session_id: 'c-1' });
    expect(home.queue.waiting()).toMatchObject([{ taskId: task_id, priority: 8, queuedAt: home.clock.now() }]);
    expect(home.queue.aside()).toEqual([]);
    // Whoever paused it may have been killed before he told it.
    expect(Object.values(home.told('-100'))).toMatchObject([
      { kind: 'ended', outcome: 'paused', reason, run: 1 },
      { kind: 'progress', state: 'queued', run: 2 },
    ]);
  });

  it.each(['pending', 'running'] as const)('leaves a %s task as it is', async (status) => {
    const task = await add({ status });
    expect(await resumeTask(home, task.task_id)).toEqual(task);
  });

  it('says how an ended one is run once more', async () => {
    const { task_id } = await add({ status: 'failed' });
    await expect(resumeTask(home, task_id)).rejects.toMatchObject({
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

  it.each([
    ['pending', 'ccdispatch tasks why'],
    ['running', 'ccdispatch tasks why'],
    ['paused', 'ccdispatch tasks resume'],
  ] as const)('is refused for a %s task', async (status, hint) => {
    const task = await add({ status });
    await expect(retryTask(home, task.task_id, false)).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining(hint),
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
