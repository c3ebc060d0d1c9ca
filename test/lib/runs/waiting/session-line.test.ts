// Messages of one session wait for each other: in the order in which they came, behind one that was paused, and not behind less urgent ones.

import fs from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { createFolderSource } from '../../../../src/lib/runs/waiting/folder-source.ts';
import { lookAtLine, shareOf, waitingFor } from '../../../../src/lib/runs/waiting/line.ts';
import type { TaskSource } from '../../../../src/lib/runs/waiting/source.ts';
import { createFactsKept } from '../../../../src/lib/runs/waiting/waiting-facts.ts';
import { addTask, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

let home: RunHome;
let source: TaskSource;
beforeEach(() => {
  home = makeRunHome();
  source = createFolderSource(home);
});

const session = 'session-5-1';
const idOf = (n: number) => `task-5-${n}`;

async function message(n: number, fields: TaskFields = {}) {
  const task = await addTask(home, { task_id: idOf(n), session_id: session, ...fields });
  if (task.status !== 'pending') await home.queue.setAside(task.task_id);
  else {
    const marker = { priority: task.priority, queuedAt: home.clock.now(), user: shareOf(task), taskId: task.task_id };
    await home.queue.add(marker);
  }
  return task;
}

const claim = (busy: readonly string[] = []) =>
  source.claim({
    byUser: new Map(),
    limits: { maxSessions: 5, perUser: 5 },
    conversations: new Set(busy),
  })?.taskId ?? null;

function waits(n: number): string | null {
  const line = lookAtLine({ ...home, settings: { limits: { maxSessions: 5, perUser: 5 } } });
  return waitingFor(line.standingOf(home.tasks.load(idOf(n)), null));
}

it('stay behind a paused one whose record could not be read for a while', async () => {
  await message(1, { status: 'paused', reason: 'user' });
  const record = home.paths.record(idOf(1));
  fs.renameSync(record, `${record}.away`);
  fs.mkdirSync(record);
  await message(2);
  expect(claim()).toBe(idOf(2));
  fs.rmdirSync(record);
  fs.renameSync(`${record}.away`, record);
  await message(3);
  expect(claim()).toBeNull();
});

it('are taken one after the other', async () => {
  await message(2);
  await message(1);
  expect(waits(1)).toBeNull();
  expect(waits(2)).toBe('session');
  expect(claim()).toBe(idOf(1));
  expect(claim([session])).toBeNull();
  source.finish(idOf(1));
  expect(claim()).toBe(idOf(2));
});

it('are told apart from what else waits by one look at each record, however often the line is looked at', async () => {
  for (let n = 1; n <= 9; n++) await message(n, { session_id: n % 2 ? null : 'session-5-9' });
  await message(10, { session_id: 'session-5-9' });
  await message(11);
  const reads: string[] = [];
  const tasks = {
    load(taskId: string) {
      reads.push(taskId);
      return home.tasks.load(taskId);
    },
  };
  const parts = { ...home, tasks, settings: { limits: { maxSessions: 5, perUser: 5 } }, facts: createFactsKept() };
  const [tenth, eleventh] = [home.tasks.load(idOf(10)), home.tasks.load(idOf(11))];
  const look = () => {
    const { standingOf } = lookAtLine(parts);
    return [standingOf(tenth, null), standingOf(eleventh, null)].map(({ code, other }) => [code, other?.task_id]);
  };
  const found = [
    ['session', expect.stringMatching(/^task-5-[2468]$/)],
    ['order', undefined],
  ];
  expect(look()).toEqual(found);
  // Once to know its session, and one of them to be named.
  expect(reads.length).toBe(new Set(reads).size + 1);
  reads.length = 0;
  expect(look()).toEqual(found);
  // The one that the tenth waits for is named by its record as it is now.
  expect(reads).toHaveLength(1);
});

it('let a more urgent one go first', async () => {
  await message(1);
  await message(2, { priority: 9 });
  expect(waits(2)).toBeNull();
  expect(claim()).toBe(idOf(2));
});

it('stay behind one that was paused, until that goes on', async () => {
  await message(1, { status: 'paused', reason: 'user' });
  await message(2);
  expect(waits(2)).toBe('session_paused');
  expect(claim()).toBeNull();
  // What is said at once goes past it, and what belongs to another session has nothing to do with it.
  await message(3, { session_id: 'session-5-9' });
  expect(claim()).toBe(idOf(3));
  await message(4, { priority: 9 });
  expect(claim()).toBe(idOf(4));
  home.queue.takeUp(idOf(1));
  expect(claim()).toBe(idOf(2));
});

it('do not wait for one that was made on hold', async () => {
  await message(1, { status: 'paused', reason: 'hold' });
  await message(2);
  expect(claim()).toBe(idOf(2));
});
