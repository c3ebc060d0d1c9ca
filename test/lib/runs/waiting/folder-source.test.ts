// The folder queue as a worker sees it: what may run is claimed once, and what is broken or left behind holds up nobody.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFolderSource } from '../../../../src/lib/runs/waiting/folder-source.ts';
import { shareOf } from '../../../../src/lib/runs/waiting/line.ts';
import type { Occupancy, TaskSource } from '../../../../src/lib/runs/waiting/source.ts';
import { addTask, aTask, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

let home: RunHome;
let source: TaskSource;
beforeEach(() => {
  home = makeRunHome();
  source = createFolderSource(home);
});

const occupancy = (fields: Partial<Occupancy> = {}): Occupancy => ({
  byUser: new Map(),
  limits: { maxSessions: 5, perUser: 5 },
  conversations: new Set(),
  ...fields,
});
const waitingIds = () =>
  home.queue
    .waiting()
    .map(({ taskId }) => taskId)
    .sort();

async function queue(fields: TaskFields = {}, queuedAt = home.clock.now()) {
  const task = await addTask(home, fields);
  await home.queue.add({ priority: task.priority, queuedAt, user: shareOf(task), taskId: task.task_id });
  return task;
}
const breakRecord = (taskId: string) => writeFileSync(join(home.paths.task(taskId), 'task-meta.json'), '{"half');

describe('claim', () => {
  it('takes the best that may run, once', async () => {
    await queue({ task_id: 'task-local-1', priority: 2 });
    await queue({ task_id: 'task-5-2', priority: 8, user_id: '5' });
    expect(source.claim(occupancy())).toMatchObject({ taskId: 'task-5-2', user: '5' });
    expect(source.claim(occupancy())).toMatchObject({ taskId: 'task-local-1', user: 'local' });
    expect(source.claim(occupancy())).toBe(null);
    expect(home.queue.active().sort()).toEqual(['task-5-2', 'task-local-1']);
    source.finish('task-5-2');
    expect(source.claimed()).toMatchObject([{ taskId: 'task-local-1', user: 'local' }]);
  });

  it('keeps to the limits', async () => {
    await queue({ task_id: 'task-local-1' });
    expect(source.claim(occupancy({ limits: { maxSessions: 1, perUser: 1 }, byUser: new Map([['5', 1]]) }))).toBe(null);
    expect(source.hasWaiting()).toBe(true);
  });

  it('reads of each that waits for a busy conversation once, however often it is passed over', async () => {
    for (let n = 1; n <= 5; n++) await queue({ task_id: `task-local-${n}`, agent_session_id: 'c-1' });
    let reads = 0;
    const load = (id: string) => {
      reads++;
      return home.tasks.load(id);
    };
    const tasks = { ...home.tasks, load };
    const counting = createFolderSource({ ...home, tasks });
    const busy = occupancy({ conversations: new Set(['c-1']) });
    for (let round = 0; round < 10; round++) expect(counting.claim(busy)).toBe(null);
    expect(reads).toBe(5);
    expect(counting.claim(occupancy())?.taskId).toBe('task-local-1');
  });

  it('lets one run at a time into a conversation, and others past it', async () => {
    await queue({ task_id: 'task-local-1', priority: 9, agent_session_id: 'c-1' });
    await queue({ task_id: 'task-local-2', priority: 1, agent_session_id: 'c-2' });
    expect(source.claim(occupancy({ conversations: new Set(['c-1']) }))?.taskId).toBe('task-local-2');
    expect(source.claim(occupancy({ conversations: new Set(['c-1']) }))).toBe(null);
    expect(source.claim(occupancy())?.taskId).toBe('task-local-1');
  });

  it('waits until the last run of the task is ended', async () => {
    const { task_id } = await queue();
    home.files.makeFolder(home.paths.active);
    writeFileSync(join(home.paths.active, task_id), '');
    expect(source.claim(occupancy())).toBe(null);
    home.queue.finish(task_id);
    expect(source.claim(occupancy())?.taskId).toBe(task_id);
  });
});

describe('a marker whose task', () => {
  it('cannot be read leaves the queue, and holds up nobody', async () => {
    const { task_id } = await queue({ task_id: 'task-local-1', priority: 9 });
    await queue({ task_id: 'task-local-2' });
    breakRecord(task_id);
    expect(source.claim(occupancy())?.taskId).toBe('task-local-2');
    expect(waitingIds()).toEqual([]);
    expect(home.log.said).toEqual(['a task that cannot be read leaves the queue']);
    expect(home.files.stat(home.paths.task(task_id))).not.toBe(null);
  });

  it('lost its record keeps no worker waiting', async () => {
    const { task_id } = await queue({}, home.clock.now() - 5000);
    breakRecord(task_id);
    await home.tasks.hold(task_id, 'test', async () => {}).catch(() => {});
    expect(source.claim(occupancy())).toBe(null);
    expect(source.hasWaiting()).toBe(false);
  });

  it('was never made is swept, and what there is of the folder', async () => {
    await home.queue.add({ priority: 5, queuedAt: 0, user: 'local', taskId: 'task-local-1' });
    const half = join(home.paths.chatTasks('local'), '.tmp-task-local-1-77-0');
    home.files.makeFolder(half);
    expect(source.hasWaiting()).toBe(false);
    expect([waitingIds(), home.files.stat(half)]).toEqual([[], null]);
  });

  it('is one of very many that are being made: all can be had once they are, and none before', async () => {
    const many = Array.from({ length: 100 }, (_, n) => aTask({ task_id: `task-local-${n + 1}` }));
    const markers = many.map(({ task_id }) => ({ priority: 5, queuedAt: 0, user: 'local', taskId: task_id }));
    const placement = await home.queue.place(markers);
    for (const task of many) await addTask(home, { task_id: task.task_id });
    expect(source.claim(occupancy())).toBe(null);
    placement?.release();
    const claimed = Array.from({ length: 101 }, () => source.claim(occupancy())?.taskId);
    expect(claimed.sort()).toEqual([...many.map(({ task_id }) => task_id).sort(), undefined]);
  });

  it('began a moment ago is not even asked who makes it', async () => {
    const marker = { priority: 5, queuedAt: home.clock.now() - 500, user: 'local', taskId: 'task-local-1' };
    await home.queue.add(marker);
    expect([source.claim(occupancy()), source.hasWaiting(), waitingIds()]).toEqual([null, true, ['task-local-1']]);
    await home.clock.pass(1000);
    expect([source.hasWaiting(), waitingIds()]).toEqual([false, []]);
  });

  it('is just being made is left alone', async () => {
    const placement = await home.queue.place([{ priority: 5, queuedAt: 0, user: 'local', taskId: 'task-local-1' }]);
    expect(source.claim(occupancy())).toBe(null);
    expect([waitingIds(), source.hasWaiting()]).toEqual([['task-local-1'], true]);
    placement?.release();
  });

  it('does not wait is left alone while a retry holds it, which puts it down before it changes the record', async () => {
    const { task_id } = await queue({ status: 'failed', telegram_group: '-100' });
    await home.tasks.hold(task_id, 'retry', async () => {
      expect([source.claim(occupancy()), waitingIds()]).toEqual([null, [task_id]]);
    });
    // Who wanted it is dead. The claim brings the task's ending to its end, should that have been cut off.
    expect(source.claim(occupancy())?.taskId).toBe(task_id);
    expect(waitingIds()).toEqual([]);
  });
});

describe('a marker that was left behind', () => {
  it('is no second claim of a task that is at work', async () => {
    const { task_id } = await queue({ status: 'running' });
    home.files.makeFolder(home.paths.active);
    writeFileSync(join(home.paths.active, task_id), '');
    expect(source.claim(occupancy())).toBe(null);
    // It stays, for it may be the one of a task that is just queued once more, until the claim is gone.
    expect([waitingIds(), home.queue.active()]).toEqual([[task_id], [task_id]]);
    source.finish(task_id);
    expect(source.claim(occupancy())).toMatchObject({ taskId: task_id });
    expect(waitingIds()).toEqual([]);
  });
});

describe('what an earlier worker had claimed', () => {
  it('is taken up; what is gone or broken is let go', async () => {
    const good = await queue({ task_id: 'task-local-1' });
    const broken = await queue({ task_id: 'task-local-2' });
    while (source.claim(occupancy()));
    writeFileSync(join(home.paths.active, 'task-local-3'), '');
    breakRecord(broken.task_id);
    expect(source.claimed()).toMatchObject([{ taskId: good.task_id, user: 'local' }]);
    expect(home.queue.active()).toEqual([good.task_id]);
  });
});

it('whose share a task counts against', () => {
  expect([shareOf({ user_id: null }), shareOf({ user_id: '77' })]).toEqual(['local', '77']);
});
