// Tasks that are planned: for a time, after another task, or paused until a time. Who is due is due once, and nobody is forgotten.

import { beforeEach, describe, expect, it } from 'vitest';
import { waitForReset } from '../../../../src/lib/runs/accounts/wait-for-reset.ts';
import type { Predecessor } from '../../../../src/lib/runs/waiting/after.ts';
import { createFolderSource } from '../../../../src/lib/runs/waiting/folder-source.ts';
import { shareOf } from '../../../../src/lib/runs/waiting/line.ts';
import { createResumeTimes } from '../../../../src/lib/runs/waiting/resume-times.ts';
import type { Occupancy, TaskSource } from '../../../../src/lib/runs/waiting/source.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { addTask, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

let home: RunHome;
let source: TaskSource;
let ended: [string, Predecessor][];
let resumed: string[];

function open(): TaskSource {
  const resume = async (taskId: string) => void resumed.push(taskId);
  return createFolderSource({
    ...home,
    resumeTimes: createResumeTimes({ ...home, resume }),
    endFollower: async (taskId, predecessor) => void ended.push([taskId, predecessor]),
  });
}
beforeEach(() => {
  home = makeRunHome();
  ended = [];
  resumed = [];
  source = open();
});

const occupancy: Occupancy = { byUser: new Map(), limits: { maxSessions: 5, perUser: 5 }, conversations: new Set() };
const isoIn = (ms: number) => new Date(home.clock.now() + ms).toISOString();

async function queue(fields: TaskFields): Promise<Task> {
  const task = await addTask(home, fields);
  const { task_id: taskId, priority, start_at, after } = task;
  const queuedAt = start_at === null ? home.clock.now() : Date.parse(start_at);
  await home.queue.add({ priority, queuedAt, user: shareOf(task), taskId, ...(after === null ? {} : { after }) });
  return task;
}

describe('a task at a time', () => {
  it('is claimed then and not before, however important it is', async () => {
    await queue({ task_id: 'task-local-1', priority: 9, start_at: isoIn(90_000) });
    await queue({ task_id: 'task-local-2', priority: 0 });
    expect(source.tend()).toBe(home.clock.now() + 90_000);
    expect(source.claim(occupancy)?.taskId).toBe('task-local-2');
    expect(source.claim(occupancy)).toBe(null);
    expect(source.hasWaiting()).toBe(true);
    await home.clock.pass(89_999);
    expect(source.claim(occupancy)).toBe(null);
    await home.clock.pass(1);
    expect(source.claim(occupancy)?.taskId).toBe('task-local-1');
    expect(source.tend()).toBe(null);
  });

  it('begins to age then', async () => {
    await queue({ task_id: 'task-local-1', priority: 5, start_at: isoIn(60 * 60_000) });
    await home.clock.pass(60 * 60_000);
    await queue({ task_id: 'task-local-2', priority: 6 });
    expect(source.claim(occupancy)?.taskId).toBe('task-local-2');
  });

  it('that was cancelled before, by somebody who was killed in it, is brought to its end by the next worker', async () => {
    const { task_id } = await queue({ task_id: 'task-local-1', start_at: isoIn(3_600_000) });
    await queue({ task_id: 'task-local-2', start_at: isoIn(3_600_000) });
    await home.tasks.apply(task_id, { type: 'cancelled', at: isoIn(0), reason: 'user' });
    expect(source.claimed()).toMatchObject([{ taskId: task_id }]);
    expect(home.queue.waiting()).toMatchObject([{ taskId: 'task-local-2' }]);
  });

  it('whose maker was killed is swept long before', async () => {
    const at = home.clock.now() + 3_600_000;
    home.files.makeFolder(home.paths.waiting);
    home.files.write(`${home.paths.waiting}/5~${at}~local~task-local-${home.clock.now()}`, '');
    expect(source.hasWaiting()).toBe(true);
    await home.clock.pass(1500);
    expect(source.hasWaiting()).toBe(false);
    expect(home.queue.waiting()).toEqual([]);
  });
});

describe('a task after another one', () => {
  it('is passed over while that one waits, runs or is paused', async () => {
    await queue({ task_id: 'task-local-1', priority: 1 });
    await queue({ task_id: 'task-local-2', priority: 9, after: 'task-local-1' });
    await addTask(home, { task_id: 'task-local-3', status: 'paused' });
    await queue({ task_id: 'task-local-4', priority: 9, after: 'task-local-3' });
    expect(source.claim(occupancy)?.taskId).toBe('task-local-1');
    expect(source.claim(occupancy)).toBe(null);
    source.tend();
    expect(ended).toEqual([]);
  });

  it.each<[string, TaskFields, string | null]>([
    ['completed', { status: 'completed' }, null],
    ['failed', { status: 'failed' }, 'failed'],
    ['cancelled', { status: 'cancelled' }, 'cancelled'],
  ])('by default follows a success alone: %s', async (_outcome, fields, outcome) => {
    await addTask(home, { task_id: 'task-local-1', ...fields });
    await queue({ task_id: 'task-local-2', after: 'task-local-1' });
    await queue({ task_id: 'task-local-3', after: 'task-local-1', if_failed: 'run', priority: 1 });
    source.tend();
    const predecessor = { task_id: 'task-local-1', task_name: 'calc', outcome };
    expect(ended).toEqual(outcome === null ? [] : [['task-local-2', predecessor]]);
    if (outcome === null) expect(source.claim(occupancy)?.taskId).toBe('task-local-2');
    expect(source.claim(occupancy)?.taskId).toBe('task-local-3');
    expect(source.claim(occupancy)).toBe(null);
  });

  it('goes by how that one ended last, where its record is gone', async () => {
    await home.history.add(await addTask(home, { task_id: 'task-local-1', status: 'completed', task_name: 'a' }));
    await home.history.add(await addTask(home, { task_id: 'task-local-2', status: 'failed', task_name: 'b' }));
    for (const taskId of ['task-local-1', 'task-local-2']) await home.tasks.remove(taskId);
    await queue({ task_id: 'task-local-5', after: 'task-local-1' });
    await queue({ task_id: 'task-local-6', after: 'task-local-2' });
    await queue({ task_id: 'task-local-7', after: 'task-local-3' });
    source.tend();
    expect(ended).toEqual([
      ['task-local-6', { task_id: 'task-local-2', task_name: 'b', outcome: 'failed' }],
      ['task-local-7', { task_id: 'task-local-3', task_name: null, outcome: 'gone' }],
    ]);
    expect(source.claim(occupancy)?.taskId).toBe('task-local-5');
  });

  it('waits anew for one that is run once more', async () => {
    await addTask(home, { task_id: 'task-local-1', status: 'completed' });
    await queue({ task_id: 'task-local-2', after: 'task-local-1' });
    source.tend();
    await home.queue.add({ priority: 5, queuedAt: home.clock.now(), user: 'local', taskId: 'task-local-1' });
    await home.queue.claim(home.queue.waiting().find(({ taskId }) => taskId === 'task-local-1') as never);
    expect(source.claim(occupancy)).toBe(null);
    source.tend();
    source.finish('task-local-1');
    expect(source.claim(occupancy)?.taskId).toBe('task-local-2');
  });

  it('is ended, however many of whom nothing can be said stand before it', async () => {
    for (let n = 0; n < 70; n++) {
      await addTask(home, { task_id: `task-local-${100 + n}`, status: 'paused' });
      await queue({ task_id: `task-local-${1000 + n}`, after: `task-local-${100 + n}` });
    }
    await addTask(home, { task_id: 'task-local-1', status: 'failed' });
    await queue({ task_id: 'task-local-5000', after: 'task-local-1' });
    for (let round = 0; round < 4; round++) source.tend();
    expect(ended.map(([taskId]) => taskId)).toEqual(['task-local-5000']);
  });
});

describe('a task that is paused until a time', () => {
  const pausedUntil = async (n: number, resume_at: string | null) => {
    const task = await addTask(home, { task_id: `task-local-${n}`, status: 'paused', reason: 'limit', resume_at });
    await home.queue.setAside(task.task_id);
  };

  it('is queued again then, once, and keeps the worker until then', async () => {
    await pausedUntil(1, isoIn(60_000));
    await pausedUntil(2, null);
    expect([source.hasWaiting(), source.tend(), resumed]).toEqual([true, home.clock.now() + 60_000, []]);
    await home.clock.pass(60_000);
    source.tend();
    source.tend();
    expect(resumed).toEqual(['task-local-1']);
  });

  it('is queued by whoever comes first where its time was slept over', async () => {
    await pausedUntil(1, isoIn(-3_600_000));
    source.tend();
    expect(resumed).toEqual(['task-local-1']);
  });

  it('is neither lost nor queued twice where the clock is set back by an hour', async () => {
    await pausedUntil(1, isoIn(60_000));
    source.tend();
    await home.clock.pass(-3_600_000);
    // Found at once, although the last look is an hour ahead.
    await pausedUntil(2, isoIn(1000));
    expect([source.tend(), source.hasWaiting()]).toEqual([home.clock.now() + 1000, true]);
    await home.clock.pass(1000);
    source.tend();
    expect(resumed).toEqual(['task-local-2']);
    // As who resumes it does.
    home.queue.takeUp('task-local-2');
    await home.clock.pass(3_600_000 + 59_000);
    source.tend();
    expect(resumed).toEqual(['task-local-2', 'task-local-1']);
    home.queue.takeUp('task-local-1');
    await home.clock.pass(-3_600_000);
    source.tend();
    expect(resumed).toHaveLength(2);
  });

  it('keeps the worker while it is being queued, and is tried again later where that goes wrong', async () => {
    await pausedUntil(1, isoIn(0));
    let tries = 0;
    const resume = async () => {
      tries++;
      throw new Error('no room');
    };
    source = createFolderSource({ ...home, resumeTimes: createResumeTimes({ ...home, resume }) });
    for (let round = 0; round < 3; round++) {
      expect([source.tend(), source.hasWaiting(), tries]).toEqual([null, true, 1]);
      await home.clock.pass(5000);
    }
    await home.clock.pass(30_000);
    source.tend();
    expect(tries).toBe(2);
  });

  it('is left alone where a person has paused it for good meanwhile', async () => {
    await pausedUntil(1, isoIn(60_000));
    source.tend();
    const at = new Date(home.clock.now()).toISOString();
    await home.tasks.apply('task-local-1', { type: 'paused', at, reason: 'user', result: null, resume_at: null });
    await home.clock.pass(60_000);
    source.tend();
    expect(resumed).toEqual([]);
    expect(source.hasWaiting()).toBe(false);
  });

  it('is found where its record says so only after it was set aside', async () => {
    await home.queue.setAside('task-local-1');
    expect(source.hasWaiting()).toBe(false);
    await addTask(home, { task_id: 'task-local-1', status: 'paused', reason: 'limit', resume_at: isoIn(0) });
    await home.clock.pass(2500);
    source.tend();
    expect(resumed).toEqual(['task-local-1']);
  });

  it('keeps a worker that would leave just after it was set aside', async () => {
    expect(source.hasWaiting()).toBe(false);
    await pausedUntil(1, isoIn(60_000));
    expect(source.hasWaiting()).toBe(true);
  });

  it('keeps a worker while its record does not say yet that it is paused', async () => {
    const task = await addTask(home, { task_id: 'task-local-1', status: 'running' });
    await home.queue.setAside(task.task_id);
    expect(source.hasWaiting()).toBe(true);
    // Whoever set it aside was killed before he went on.
    await home.clock.pass(10 * 2500);
    for (let round = 0; round < 5; round++) {
      source.tend();
      await home.clock.pass(2500);
    }
    expect(source.hasWaiting()).toBe(false);
  });

  it('is found where it was told to wait for the reset long after it was found to wait for a person', async () => {
    await pausedUntil(1, null);
    for (let round = 0; round < 5; round++) {
      expect(source.tend()).toBe(null);
      await home.clock.pass(2500);
    }
    const resumeAt = await waitForReset(home, 'task-local-1');
    expect(resumeAt).toBe(isoIn(3_600_000));
    await home.clock.pass(2500);
    expect(source.tend()).toBe(Date.parse(resumeAt as string));
    // Twice is once, and one that does not ask is left as it is.
    expect(await waitForReset(home, 'task-local-1')).toBe(null);
    await home.clock.pass(3_600_000);
    source.tend();
    expect(resumed).toEqual(['task-local-1']);
  });

  it('goes on before its time where what it was paused for is over, and only for a limit', async () => {
    await pausedUntil(1, isoIn(3_600_000));
    const other = await addTask(home, {
      task_id: 'task-local-2',
      status: 'paused',
      reason: 'memory',
      resume_at: isoIn(3_600_000),
    });
    await home.queue.setAside(other.task_id);
    let isFree = false;
    const resume = async (taskId: string) => void resumed.push(taskId);
    source = createFolderSource({
      ...home,
      resumeTimes: createResumeTimes({ ...home, resume, isOver: () => isFree }),
    });
    source.tend();
    expect(resumed).toEqual([]);
    isFree = true;
    await home.clock.pass(2500);
    source.tend();
    expect(resumed).toEqual(['task-local-1']);
  });
});
