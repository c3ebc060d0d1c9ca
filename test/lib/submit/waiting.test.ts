// What the placeholder of a new task says it waits for.

import { describe, expect, it } from 'vitest';
import { lookAtQueue } from '../../../src/lib/submit/waiting.ts';
import { makeHome } from '../../support/home.ts';
import { addTask, firstTaskTs, type TaskFields } from '../../support/tasks.ts';

const limits = { maxSessions: 3, perUser: 2 };
const idAt = (seconds: number) => `task-5-${firstTaskTs + seconds * 1000}`;

async function look(running: TaskFields[], waiting: TaskFields[], at = limits) {
  const home = makeHome();
  for (const [index, fields] of running.entries()) {
    const { task_id } = await addTask(home, { status: 'running', task_id: idAt(index), user_id: '5', ...fields });
    await home.files.create(`${home.paths.active}/${task_id}`, '');
  }
  const tasks = await Promise.all(
    waiting.map((fields, index) => addTask(home, { task_id: idAt(100 + index), user_id: '5', ...fields })),
  );
  for (const { task_id: taskId, user_id, priority } of tasks)
    await home.queue.add({ taskId, user: user_id ?? 'local', priority, queuedAt: firstTaskTs });
  const waitingOf = lookAtQueue({ ...home, settings: { limits: at }, clock: { now: () => firstTaskTs } });
  return tasks.map(waitingOf);
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

  it('that was taken already is next', async () => {
    const home = makeHome();
    const task = await addTask(home, {});
    const waitingOf = lookAtQueue({ ...home, settings: { limits }, clock: { now: () => 0 } });
    expect(waitingOf(task)).toEqual({ position: 1, waitingFor: null });
  });
});
