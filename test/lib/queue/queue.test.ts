// The queue as a folder: what is put down stays, one claimer wins, and what its maker abandoned is swept.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Marker, renderMarker } from '../../../src/lib/queue/markers.ts';
import { createQueue } from '../../../src/lib/queue/queue.ts';
import { useAdapterProcess } from '../../contracts/adapter-programs.ts';
import { fillDiskAt } from '../../support/full-disk.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { addTask } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';

let home: TestHome;
beforeEach(() => {
  home = makeHome();
  home.files.makeFolder(home.paths.waiting);
});

const aMarker = (n: number, fields: Partial<Marker> = {}): Marker => ({
  priority: 5,
  queuedAt: 1_763_600_000_000,
  user: '77',
  taskId: `task-77-${n}`,
  ...fields,
});
const one = aMarker(1);
const two = aMarker(2);
const waitingIds = () =>
  home.queue
    .waiting()
    .map(({ taskId }) => taskId)
    .sort();
const noClear = () => {};

describe('place', () => {
  it('puts markers down that nobody sweeps while their maker is at it', async () => {
    const placement = await home.queue.place([one, two]);
    expect(home.queue.waiting()).toEqual(expect.arrayContaining([one, two]));
    expect(home.queue.sweep(one, noClear)).toBe(false);
    placement?.release();
    expect(waitingIds()).toEqual(['task-77-1', 'task-77-2']);
  });

  it('puts none down where one is there already', async () => {
    (await home.queue.place([two]))?.release();
    expect(await home.queue.place([one, two])).toBe(null);
    expect(waitingIds()).toEqual(['task-77-2']);
    expect(await home.queue.place([one, one])).toBe(null);
    expect(waitingIds()).toEqual(['task-77-2']);
  });

  it('puts none down where another maker has just put one down', async () => {
    const theirs = await createQueue(home).place([one]);
    expect(await home.queue.place([two, one])).toBe(null);
    expect(waitingIds()).toEqual(['task-77-1']);
    theirs?.release();
  });

  it('puts none down for a task that is there, whatever its marker was called', async () => {
    await addTask(home, { task_id: two.taskId });
    expect(await home.queue.place([one, { ...two, user: '78', priority: 9 }])).toBe(null);
    expect(waitingIds()).toEqual([]);
  });

  it('takes back what got no folder, even where somebody else made the task meanwhile', async () => {
    const placement = await home.queue.place([one, two]);
    await addTask(home, { task_id: two.taskId });
    placement?.takeBack(one);
    placement?.takeBack(two);
    placement?.release();
    expect(waitingIds()).toEqual([]);
  });

  it('leaves nothing where the folder of markers cannot be written', async () => {
    const syncFolder = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    const queue = createQueue({ ...home, files: { ...home.files, syncFolder } });
    await expect(queue.place([one, two])).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(waitingIds()).toEqual([]);
  });

  it('takes an empty list', async () => {
    const placement = await home.queue.place([]);
    expect(() => placement?.release()).not.toThrow();
  });
});

describe('sweep', () => {
  const runAdapter = useAdapterProcess();
  const markerPath = () => join(home.paths.waiting, renderMarker(one));

  it('leaves a marker whose maker lives, and takes it when he was killed', async () => {
    const maker = runAdapter('hold', markerPath(), 'submit');
    await maker.firstLine;
    const cleared: string[] = [];
    expect(home.queue.sweep(one, () => cleared.push('early'))).toBe(false);
    expect(waitingIds()).toEqual([one.taskId]);
    maker.child.kill('SIGKILL');
    await until('the marker to be swept', () => home.queue.sweep(one, () => cleared.push('cleared')));
    expect(waitingIds()).toEqual([]);
    expect(cleared).toEqual(['cleared']);
  });

  it('leaves the marker of a task that is there', async () => {
    (await home.queue.place([one]))?.release();
    await addTask(home, { task_id: one.taskId });
    expect(home.queue.sweep(one, noClear)).toBe(false);
    expect(waitingIds()).toEqual([one.taskId]);
  });

  it('leaves the marker until all else is cleared', async () => {
    (await home.queue.place([one]))?.release();
    const fails = () => {
      throw new Error('cannot clear');
    };
    expect(() => home.queue.sweep(one, fails)).toThrow('cannot clear');
    expect(home.queue.sweep(one, noClear)).toBe(true);
  });

  it('puts no marker back that somebody took meanwhile', async () => {
    await addTask(home, { task_id: one.taskId });
    expect(home.queue.sweep(one, noClear)).toBe(true);
    expect(waitingIds()).toEqual([]);
  });

  it('takes the marker of a task whose record was set aside: nobody could ever run it', async () => {
    await home.queue.add(one);
    await addTask(home, { task_id: one.taskId });
    const meta = join(home.paths.task(one.taskId), 'task-meta.json');
    home.files.rename(meta, `${meta}.broken`);
    expect(home.queue.sweep(one, noClear)).toBe(true);
    expect(waitingIds()).toEqual([]);
  });
});

describe('claim', () => {
  it('is won by one, and moves the marker', async () => {
    await home.queue.add(one);
    const others = [createQueue(home), createQueue(home)];
    expect([home.queue, ...others].map((queue) => queue.claim(one))).toEqual([true, false, false]);
    expect([waitingIds(), home.queue.active(), home.queue.isActive(one.taskId)]).toEqual([[], [one.taskId], true]);
    home.queue.finish(one.taskId);
    expect([home.queue.active(), home.queue.isActive(one.taskId)]).toEqual([[], false]);
    home.queue.finish(one.taskId);
  });

  it('says no where nothing waits, also in a new home', () => {
    expect(home.queue.claim(one)).toBe(false);
    expect(home.queue.claim(one)).toBe(false);
  });

  it('lets other errors through', () => {
    writeFileSync(join(home.home, 'queue', 'active'), 'a file');
    writeFileSync(join(home.paths.waiting, renderMarker(one)), '');
    expect(() => home.queue.claim(one)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });
});

describe('a task that has its folder', () => {
  it('is added once, whatever its marker is called by now', async () => {
    await home.queue.add(one);
    await home.queue.add(one);
    await home.queue.add({ ...one, queuedAt: one.queuedAt + 5, priority: 9 });
    expect(home.queue.waiting()).toEqual([one]);
  });

  it('waits from now on, where it waited for a later time or another task', async () => {
    await home.queue.add({ ...one, queuedAt: one.queuedAt + 5000, after: two.taskId });
    await home.queue.add(one);
    expect(home.queue.waiting()).toEqual([one]);
    await home.queue.add({ ...one, queuedAt: one.queuedAt + 5000 });
    expect(home.queue.waiting()).toEqual([one]);
  });

  it('is put back under a new marker, and no other of it is left', async () => {
    await home.queue.add(one);
    await home.queue.add(two);
    const newest = { ...one, queuedAt: one.queuedAt + 5 };
    await home.queue.putBack(newest);
    await home.queue.putBack(newest);
    expect(home.queue.waiting()).toEqual(expect.arrayContaining([newest, two]));
    expect(home.queue.waiting()).toHaveLength(2);
  });

  it('is removed, all markers of it', async () => {
    await home.queue.add(one);
    await home.queue.add(two);
    writeFileSync(join(home.paths.waiting, renderMarker({ ...one, priority: 9 })), '');
    expect(home.queue.remove(one.taskId)).toBe(true);
    expect(waitingIds()).toEqual([two.taskId]);
    expect(home.queue.remove(one.taskId)).toBe(false);
  });

  it('is set aside until it is taken up', async () => {
    await home.queue.setAside(one.taskId);
    await home.queue.setAside(one.taskId);
    expect(home.queue.aside()).toEqual([one.taskId]);
    home.queue.takeUp(one.taskId);
    home.queue.takeUp(one.taskId);
    expect(home.queue.aside()).toEqual([]);
  });

  it('is refused by a full disk, and nothing is left', async () => {
    const queue = createQueue({ ...home, files: fillDiskAt(home.files, 1).files });
    await expect(queue.add(one)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(home.files.list(home.paths.waiting)).toEqual([]);
  });
});

describe('lists', () => {
  it('pass over foreign files, and are empty in a new home', () => {
    for (const folder of [home.paths.waiting, home.paths.active, home.paths.aside]) {
      home.files.makeFolder(folder);
      writeFileSync(join(folder, 'notes.txt'), '');
      mkdirSync(join(folder, '.tmp-1'));
    }
    expect([home.queue.waiting(), home.queue.active(), home.queue.aside()]).toEqual([[], [], []]);
    const fresh = makeHome().queue;
    expect([fresh.waiting(), fresh.active(), fresh.aside(), fresh.isActive(one.taskId)]).toEqual([[], [], [], false]);
  });
});

it('tells who watches it that something came', async () => {
  let calls = 0;
  const stop = makeHome().queue.watch(() => calls++);
  stop();
  const stopOurs = home.queue.watch(() => calls++);
  await home.queue.add(one);
  await until('the call', () => calls);
  stopOurs();
  expect(calls).toBeGreaterThan(0);
});

describe('what waits', () => {
  it('is listed once while nothing changes, and anew for each change', async () => {
    let lists = 0;
    const list = (folder: string) => {
      lists++;
      return home.files.list(folder);
    };
    const queue = createQueue({ ...home, files: { ...home.files, list } });
    await queue.add(one);
    // A folder that changed just now may be changing still.
    lists = 0;
    expect([queue.waiting(), queue.waiting(), lists]).toEqual([[one], [one], 2]);
    const rested = new Date(Date.now() - 60_000);
    utimesSync(home.paths.waiting, rested, rested);
    lists = 0;
    expect([queue.waiting(), queue.waiting(), lists]).toEqual([[one], [one], 1]);
    // What somebody does with the list is his own matter.
    queue.waiting().pop();
    expect(queue.waiting()).toEqual([one]);
    writeFileSync(join(home.paths.waiting, renderMarker(two)), '');
    expect(queue.waiting()).toEqual(expect.arrayContaining([one, two]));
    queue.remove(one.taskId);
    expect(queue.waiting()).toEqual([two]);
  });
});
