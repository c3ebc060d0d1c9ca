// Making tasks: all of a call or none, each with an id of its own, whatever clashes and wherever the disk is full.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import type { Files } from '../../../src/lib/adapters/files.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { renderMarker } from '../../../src/lib/queue/markers.ts';
import { createQueue } from '../../../src/lib/queue/queue.ts';
import { parseRequest } from '../../../src/lib/submit/request.ts';
import { type SubmitParts, submitAt, submitTasks } from '../../../src/lib/submit/submit.ts';
import { createTaskStore } from '../../../src/lib/tasks/store.ts';
import { fillDiskAt } from '../../support/full-disk.ts';
import { addTask, firstTaskTs } from '../../support/tasks.ts';
import { chat, makeSubmitHome, type SubmitHome, shell } from './submit-home.ts';

let home: SubmitHome;
beforeEach(() => {
  home = makeSubmitHome();
});

const request = (fields: object = {}) => parseRequest({ prompt: 'Write a calculator.', ...fields }, 0);
const submit = (...all: object[]) => submitTasks(all.map(request), shell, home);
const idsOf = (tasks: { task_id: string }[]) => tasks.map(({ task_id }) => task_id);
const waitingIds = () =>
  home.queue
    .waiting()
    .map(({ taskId }) => taskId)
    .sort();

/** The same home on another disk. */
function onDisk(files: Files): SubmitParts {
  const parts = { ...home, files };
  const outbox = createOutbox({ files, paths: home.paths, clock: home.clock, botId: null });
  return { ...parts, tasks: createTaskStore(parts), queue: createQueue(parts), outbox };
}

/** All files and folders of the home that speak of a task. */
const traces = () =>
  [
    home.paths.waiting,
    home.paths.aside,
    ...['local', '-100'].flatMap((id) => [home.paths.chatTasks(id), `${home.paths.workspaces}/${id}`]),
  ].flatMap((folder) => home.files.list(folder).map((name) => `${folder}/${name}`));

describe('a submission', () => {
  it('gives a task with its folder, prompt, workspace and marker', async () => {
    const [task] = await submit({ prompt: 'The whole prompt.', priority: 8 });
    expect(task).toEqual(home.tasks.load(task?.task_id ?? ''));
    expect(task?.task_id).toBe(`task-local-${firstTaskTs}`);
    expect(home.tasks.prompt(task?.task_id ?? '')).toBe('The whole prompt.');
    expect(home.files.stat(task?.workdir ?? '')?.isFolder).toBe(true);
    expect(home.queue.waiting()).toEqual([
      { priority: 8, queuedAt: firstTaskTs, user: 'local', taskId: task?.task_id },
    ]);
  });

  it('of a task that is held puts it aside, not into the queue', async () => {
    const [task] = await submit({ hold: true });
    expect([waitingIds(), home.queue.aside()]).toEqual([[], [task?.task_id]]);
  });

  it('for a chat leaves a placeholder with its place', async () => {
    await submit({ group: '-100', priority: 2 }, { group: '-100', priority: 9 }, { group: '-100', hold: true });
    const told = home.files.list(`${home.paths.outbox}/-100`).sort();
    const entries = told.map((name) => JSON.parse(home.files.read(`${home.paths.outbox}/-100/${name}`) ?? ''));
    expect(
      entries.map(({ notification }) => [notification.state, notification.position, notification.waiting_for]),
    ).toEqual([
      ['queued', 2, null],
      ['queued', 1, null],
      ['paused', null, 'hold'],
    ]);
  });

  it('of several gives them in order, one millisecond apart', async () => {
    const tasks = await submit({}, { group: '-100' }, {});
    expect(idsOf(tasks)).toEqual([
      `task-local-${firstTaskTs}`,
      `task--100-${firstTaskTs + 1}`,
      `task-local-${firstTaskTs + 2}`,
    ]);
  });

  it('with a fault in one makes none', async () => {
    await expect(submit({}, { workdir: '/nowhere' })).rejects.toMatchObject({ code: 'usage' });
    expect(traces()).toEqual([]);
  });
});

describe('a clash', () => {
  it('with a task that is there moves on', async () => {
    await addTask(home, { task_id: `task-local-${firstTaskTs}` });
    await addTask(home, { task_id: `task-local-${firstTaskTs + 2}` });
    expect(idsOf(await submit({}, {}))).toEqual([`task-local-${firstTaskTs + 3}`, `task-local-${firstTaskTs + 4}`]);
    expect(waitingIds()).toHaveLength(2);
  });

  it('with a task that is held moves on', async () => {
    await submit({ hold: true });
    expect(idsOf(await submit({ hold: true }))).toEqual([`task-local-${firstTaskTs + 1}`]);
    expect(home.queue.aside().sort()).toEqual([`task-local-${firstTaskTs}`, `task-local-${firstTaskTs + 1}`]);
  });

  it.each([
    ['alike', () => ({})],
    ['of different weight', (n: number) => ({ priority: n % 10 })],
    ['held and not', (n: number) => ({ hold: n % 2 === 0 })],
  ])('of twenty at once, %s, gives twenty tasks, each with one marker', async (_how, fieldsOf) => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => submit({ prompt: `task ${n}`, ...fieldsOf(n) })),
    );
    const tasks = all.flat();
    expect(new Set(idsOf(tasks)).size).toBe(20);
    expect([...waitingIds(), ...home.queue.aside()].sort()).toEqual(idsOf(tasks).sort());
    for (const [n, [task]] of all.entries()) expect(home.tasks.prompt(task?.task_id ?? '')).toBe(`task ${n}`);
    expect(home.files.list(home.paths.chatTasks('local'))).toHaveLength(20);
  });

  it('of several people in one chat gives each his own', async () => {
    const people = Array.from({ length: 8 }, (_, n) => ({ ...chat, userId: String(n), updateId: n }));
    const all = await Promise.all(people.map((origin) => submitTasks([request({ group: '-100' })], origin, home)));
    expect(all.map(([task]) => task?.user_id)).toEqual(people.map(({ userId }) => userId));
    expect(new Set(all.map(([task]) => task?.task_id)).size).toBe(8);
    expect(home.queue.waiting()).toHaveLength(8);
  });

  it('without end is given up', async () => {
    const queue = { ...home.queue, place: async () => null };
    await expect(submitTasks([request()], shell, { ...home, queue })).rejects.toMatchObject({ code: 'busy' });
    expect(traces()).toEqual([]);
  });
});

describe('a disk that is full', () => {
  const batch = [{ group: '-100' }, {}, { hold: true }].map(request);

  it('at any write leaves nothing of a submission, and the next one has all the room', async () => {
    const disk = fillDiskAt(home.files, Number.POSITIVE_INFINITY);
    await submitTasks(batch, shell, onDisk(disk.files));
    const placeholders = 1;
    const needed = disk.writes() - placeholders;
    expect(needed).toBeGreaterThan(5);
    for (let number = 1; number <= needed; number++) {
      home = makeSubmitHome();
      const full = fillDiskAt(home.files, number);
      await expect(submitTasks(batch, shell, onDisk(full.files)), `write ${number}`).rejects.toMatchObject({
        code: 'ENOSPC',
      });
      expect(traces(), `after write ${number}`).toEqual([]);
      expect(await submitTasks(batch, shell, home)).toHaveLength(3);
    }
  });

  it('at the placeholder is no reason to say that there is no task', async () => {
    const disk = fillDiskAt(home.files, Number.POSITIVE_INFINITY);
    await submitTasks([request({ group: '-100' })], shell, onDisk(disk.files));
    home = makeSubmitHome();
    const full = fillDiskAt(home.files, disk.writes());
    const [task] = await submitTasks([request({ group: '-100' })], shell, onDisk(full.files));
    expect(waitingIds()).toEqual([task?.task_id]);
  });
});

describe('an id that was fixed beforehand', () => {
  const taskId = `task--100-${firstTaskTs}`;
  // Who waits for somebody else's disk needs real time.
  const at = (origin = chat) => submitAt(request({ group: '-100' }), origin, { ...home, clock: systemClock }, taskId);

  it('is given once, however often the update comes', async () => {
    const task = await at();
    expect(task?.task_id).toBe(taskId);
    expect(await at()).toEqual(task);
    const again = await Promise.all([at(), at(), at()]);
    expect(again).toEqual([task, task, task]);
    expect(waitingIds()).toEqual([taskId]);
  });

  it('is one task where the same update is acted on several times at once', async () => {
    const tasks = await Promise.all([at(), at(), at()]);
    expect(idsOf(tasks.flatMap((task) => task ?? []))).toEqual([taskId, taskId, taskId]);
    expect(waitingIds()).toEqual([taskId]);
  });

  it('is given although somebody takes its marker for one that nobody makes, and away', async () => {
    const marker = { priority: 5, queuedAt: firstTaskTs, user: chat.userId ?? 'local', taskId };
    const markerPath = path.join(home.paths.waiting, renderMarker(marker));
    fs.mkdirSync(home.paths.waiting, { recursive: true });
    const sweeper = home.locks.tryTake(markerPath, 'sweep');
    const made = at();
    await expect(Promise.race([made, systemClock.sleep(100)])).resolves.toBeUndefined();
    fs.rmSync(markerPath);
    sweeper?.release();
    expect(await made).toMatchObject({ task_id: taskId });
    expect(waitingIds()).toEqual([taskId]);
  });

  it('is given to one of those who want it at once', async () => {
    const both = await Promise.all([at(), at({ ...chat, updateId: 901 })]);
    expect(both.filter((task) => task !== null)).toHaveLength(1);
    expect(home.queue.waiting()).toHaveLength(1);
  });

  it('is not given where it is somebody else’s', async () => {
    await addTask(home, { task_id: taskId, source: { kind: 'shell' } });
    expect(await at()).toBe(null);
    expect(waitingIds()).toEqual([]);
  });
});
