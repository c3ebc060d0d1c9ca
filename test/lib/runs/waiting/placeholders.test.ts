// The placeholders of waiting tasks: true as the line moves, and little work however long it is.

import { beforeEach, expect, it } from 'vitest';
import { shareOf } from '../../../../src/lib/runs/waiting/line.ts';
import { createPlaceholders, type Placeholders } from '../../../../src/lib/runs/waiting/placeholders.ts';
import { addTask, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

let home: RunHome;
let placeholders: Placeholders;
let writes: number;
let limits: { maxSessions: number; perUser: number };
/** What an account is waited for. */
let account: string | null;
beforeEach(() => {
  home = makeRunHome();
  writes = 0;
  limits = { maxSessions: 5, perUser: 5 };
  account = null;
  placeholders = open();
});

function open(): Placeholders {
  return createPlaceholders({
    ...home,
    waitingForAccount: () => account,
    settings: {
      get limits() {
        return limits;
      },
    },
    outbox: {
      async progress(entry) {
        writes++;
        await home.outbox.progress(entry);
      },
    },
  });
}

async function queue(taskId: string, fields: TaskFields = {}) {
  const task = await addTask(home, { task_id: taskId, ...fields });
  await home.queue.add({ priority: task.priority, queuedAt: home.clock.now(), user: shareOf(task), taskId });
}
const says = (chat: string) =>
  Object.entries(home.told(chat))
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, { position, waiting_for }]) => [position, waiting_for]);

it('say what changed, and are left alone where nothing did', async () => {
  for (const n of [1, 2, 3]) await queue(`task-5-${n}`);
  await placeholders.refresh(null);
  expect(says('5')).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  writes = 0;
  await placeholders.refresh(null);
  expect(writes).toBe(0);

  limits = { maxSessions: 1, perUser: 1 };
  home.queue.claim(home.queue.waiting().find(({ taskId }) => taskId === 'task-5-1') as never);
  await home.tasks.apply('task-5-1', {
    type: 'started',
    run: { n: 1, pid: 1, pid_started: '1', account: null, started_at: '2026-11-20T10:00:00Z', input_uuid: null },
  } as never);
  await placeholders.refresh(null);
  expect(says('5').slice(1)).toEqual([
    [1, 'slots'],
    [2, 'slots'],
  ]);
  expect(writes).toBe(2);
});

it('say what holds the worker back', async () => {
  await queue('task-5-1');
  await addTask(home, { task_id: 'task-6-1', status: 'running' });
  await home.files.create(`${home.paths.active}/task-6-1`, '');
  await placeholders.refresh('tokens');
  expect(says('5')).toEqual([[1, 'tokens']]);
  await placeholders.refresh('memory');
  expect(says('5')).toEqual([[1, 'memory']]);
  await placeholders.refresh(null);
  expect(says('5')).toEqual([[1, null]]);
});

it('of the first of each chat are kept, so many in one go, and all have their turn', async () => {
  for (const chat of [1, 2, 3, 4, 5, 6, 7]) {
    for (let n = 1; n <= 30; n++) await queue(`task-${chat}-${n}`);
  }
  await placeholders.refresh(null);
  expect(writes).toBe(100);
  await placeholders.refresh(null);
  expect(writes).toBe(140);
  await placeholders.refresh(null);
  expect(writes).toBe(140);
  for (const chat of [1, 2, 3, 4, 5, 6, 7]) expect(says(String(chat))).toHaveLength(20);
});

it('of tasks without a chat, or without a record, are nobody’s business', async () => {
  await queue('task-local-1');
  await home.queue.add({ priority: 5, queuedAt: home.clock.now(), user: 'local', taskId: 'task-5-2' });
  await placeholders.refresh(null);
  expect(writes).toBe(0);
});

it('say until when no account is free, and nothing of that once one is', async () => {
  await queue('task-5-1');
  account = 'resume_at:2026-11-20T07:00:00.000Z';
  await placeholders.refresh(null);
  expect(says('5')).toEqual([[1, account]]);
  // What is in the way of all goes first.
  limits = { maxSessions: 0, perUser: 5 };
  await placeholders.refresh(null);
  expect(says('5')).toEqual([[1, 'slots']]);
  limits = { maxSessions: 5, perUser: 5 };
  account = null;
  await placeholders.refresh(null);
  expect(says('5')).toEqual([[1, null]]);
});
