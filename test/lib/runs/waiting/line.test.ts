// The line of waiting tasks: each one's place, and what it waits for, as its placeholder says.

import { describe, expect, it } from 'vitest';
import { lookAtLine, waitingFor } from '../../../../src/lib/runs/waiting/line.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { makeHome, type TestHome } from '../../../support/home.ts';
import { addTask, firstTaskTs, type TaskFields } from '../../../support/tasks.ts';

const limits = { maxSessions: 3, perUser: 2 };
const idAt = (seconds: number) => `task-5-${firstTaskTs + seconds * 1000}`;

const lineOf = (home: TestHome, at = limits) =>
  lookAtLine({ ...home, settings: { limits: at }, clock: { now: () => firstTaskTs + 20_000 } });

function saying(home: TestHome, at = limits) {
  const { standingOf } = lineOf(home, at);
  return (task: Task) => {
    const standing = standingOf(task, null);
    return { position: standing.position, waitingFor: waitingFor(standing) };
  };
}

async function run(home: TestHome, fields: TaskFields): Promise<Task> {
  const task = await addTask(home, { status: 'running', user_id: '5', ...fields });
  await home.files.create(`${home.paths.active}/${task.task_id}`, '');
  return task;
}

async function queue(home: TestHome, fields: TaskFields): Promise<Task> {
  const task = await addTask(home, { user_id: '5', ...fields });
  const { task_id: taskId, user_id, priority, start_at, after } = task;
  const queuedAt = start_at === null ? firstTaskTs + 20_000 : Date.parse(start_at);
  await home.queue.add({ taskId, user: user_id ?? 'local', priority, queuedAt, ...(after === null ? {} : { after }) });
  return task;
}

async function look(running: TaskFields[], waiting: TaskFields[], at = limits) {
  const home = makeHome();
  for (const [index, fields] of running.entries()) await run(home, { task_id: idAt(index), ...fields });
  const tasks: Task[] = [];
  for (const [index, fields] of waiting.entries())
    tasks.push(await queue(home, { task_id: idAt(100 + index), ...fields }));
  return tasks.map(saying(home, at));
}

describe('a new task', () => {
  it('waits for nothing where there is room', async () => {
    expect(await look([], [{}])).toEqual([{ position: 1, waitingFor: null }]);
    expect(await look([{}], [{}])).toEqual([{ position: 1, waitingFor: null }]);
  });

  it('waits for a place, for one of its user’s, or for the last one that is kept for others', async () => {
    expect(await look([{}, { user_id: '6' }, { user_id: '7' }], [{}])).toEqual([{ position: 1, waitingFor: 'slots' }]);
    expect(await look([{}, {}], [{}])).toEqual([{ position: 1, waitingFor: 'user_slots' }]);
    expect(await look([{}, { user_id: '6' }], [{}])).toEqual([{ position: 1, waitingFor: 'fair_share' }]);
  });

  it('waits for its conversation', async () => {
    const conversation = { agent_session_id: 'c-1' };
    expect(await look([conversation], [conversation, {}])).toEqual([
      { position: 1, waitingFor: 'conversation' },
      { position: 2, waitingFor: null },
    ]);
  });

  it('has its place by the worker’s own order', async () => {
    const found = await look([{}, {}, {}], [{}, { priority: 8 }, {}]);
    expect(found.map(({ position }) => position)).toEqual([2, 1, 3]);
  });

  it('that was taken already stands in the line no more', async () => {
    const home = makeHome();
    const task = await addTask(home, {});
    await home.files.create(`${home.paths.active}/${task.task_id}`, '');
    expect(lineOf(home).standingOf(task, null)).toMatchObject({ code: 'starting', position: null });
  });
});

describe('a task that is planned', () => {
  it('for a time stands in no line before, and takes no place in it', async () => {
    const start_at = new Date(firstTaskTs + 200_000).toISOString();
    expect(await look([], [{ start_at, priority: 9 }, {}])).toEqual([
      { position: null, waitingFor: `at:${start_at}` },
      { position: 1, waitingFor: null },
    ]);
  });

  it('after another one waits while that one waits, runs or is paused, and no longer', async () => {
    const home = makeHome();
    const held = await addTask(home, { task_id: idAt(1), status: 'paused', task_name: 'a: b' });
    const follower = await queue(home, { task_id: idAt(9), after: held.task_id });
    const waits = { position: null, waitingFor: `after:${held.task_id}:a: b` };
    // By its record alone, and by the list of those set aside.
    expect(saying(home)(follower)).toEqual(waits);
    await home.queue.setAside(held.task_id);
    expect(saying(home)(follower)).toEqual(waits);

    const running = await run(home, { task_id: idAt(2) });
    const second = await queue(home, { task_id: idAt(10), after: running.task_id });
    expect(saying(home)(second).waitingFor).toBe(`after:${running.task_id}:calc`);

    const third = await queue(home, { task_id: idAt(11), after: second.task_id });
    expect(saying(home)(third).waitingFor).toBe(`after:${second.task_id}:calc`);

    const done = await addTask(home, { task_id: idAt(3), status: 'completed' });
    const free = await queue(home, { task_id: idAt(12), after: done.task_id });
    expect(saying(home)(free)).toEqual({ position: 1, waitingFor: null });
  });
});

describe('a worker that starts nothing', () => {
  it.each(['memory', 'tokens'] as const)('for lack of %s is a reason only while something runs', async (heldBack) => {
    const home = makeHome();
    const task = await queue(home, { task_id: idAt(9) });
    expect(lineOf(home).standingOf(task, heldBack).code).toBe('next');
    await run(home, { task_id: idAt(1), user_id: '6' });
    expect(lineOf(home).standingOf(task, heldBack).code).toBe(heldBack);
  });

  it('because the disk is full is one at any time', async () => {
    const home = makeHome();
    const task = await queue(home, { task_id: idAt(9) });
    expect(lineOf(home).standingOf(task, 'disk').code).toBe('disk');
  });
});
