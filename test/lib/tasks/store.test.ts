// Task folders: whole or not there at all, changed under their lock alone, and never hidden by a broken neighbour.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cutBytes } from '../../../src/lib/format/text.ts';
import { excerptBytes } from '../../../src/lib/tasks/record.ts';
import { createTaskStore, type HeldTask } from '../../../src/lib/tasks/store.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { addTask, aTask } from '../../support/tasks.ts';
import { cancelled, gone, started } from './task-events.ts';

let home: TestHome;
beforeEach(() => {
  home = makeHome();
});

const id = 'task--100-1763600000000';
const folder = () => home.paths.task(id);
const metaPath = () => join(folder(), 'task-meta.json');
const notFound = expect.objectContaining({ code: 'not-found', hint: expect.stringContaining('ccdispatch tasks list') });

describe('create', () => {
  it('makes the folder with record and prompt, for its owner alone', async () => {
    const task = aTask({ task_id: id, prompt: 'the whole prompt' });
    expect(await home.tasks.create(task, 'the whole prompt')).toBe(true);
    expect(home.files.list(folder()).sort()).toEqual(['prompt.txt', 'task-meta.json']);
    expect(home.tasks.load(id)).toEqual(task);
    expect(home.tasks.prompt(id)).toBe('the whole prompt');
    expect(home.tasks.exists(id)).toBe(true);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(statSync(metaPath()).mode & 0o777).toBe(0o600);
  });

  it('leaves a task of that id as it is', async () => {
    const task = await addTask(home, { task_id: id });
    expect(await home.tasks.create({ ...task, task_name: 'another' }, 'x')).toBe(false);
    expect(home.tasks.load(id)).toEqual(task);
  });

  it('lets one of many makers win, and leaves nothing of the others', async () => {
    const makers = Array.from({ length: 10 }, (_, n) =>
      aTask({ task_id: id, task_name: `maker ${n}`, prompt: `maker ${n}` }),
    );
    const made = await Promise.all(makers.map((task) => home.tasks.create(task, task.task_name)));
    expect(made.filter(Boolean)).toHaveLength(1);
    const winner = makers[made.indexOf(true)];
    expect(home.tasks.load(id)).toEqual(winner);
    expect(home.tasks.prompt(id)).toBe(winner?.task_name);
    expect(home.files.list(home.paths.chatTasks('-100'))).toEqual([id]);
  });

  it.each(['writePlain', 'moveFolder'] as const)('leaves nothing where %s fails', async (method) => {
    const files = {
      ...home.files,
      [method]: async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    };
    const tasks = createTaskStore({ ...home, files });
    await expect(tasks.create(aTask({ task_id: id }), 'p')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(home.files.list(home.paths.chatTasks('-100'))).toEqual([]);
  });
});

describe('what is not there', () => {
  it('is not found, and no folder is made for it', async () => {
    expect(home.tasks.exists(id)).toBe(false);
    expect(() => home.tasks.load(id)).toThrow(notFound);
    expect(() => home.tasks.prompt(id)).toThrow(notFound);
    await expect(home.tasks.apply(id, cancelled)).rejects.toEqual(notFound);
    await expect(home.tasks.remove(id)).rejects.toEqual(notFound);
    expect(home.files.stat(home.paths.tasks)).toBe(null);
  });

  it('is no text that is no id either', () => {
    expect(() => home.tasks.load('../../x')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('apply', () => {
  it('writes what changes, and nothing where nothing does', async () => {
    await addTask(home, { task_id: id });
    expect(await home.tasks.apply(id, started(1))).toMatchObject({ changed: true, task: { status: 'running' } });
    expect(home.tasks.load(id).status).toBe('running');
    const { inode } = home.files.stat(metaPath()) ?? {};
    expect(await home.tasks.apply(id, started(1))).toMatchObject({ changed: false });
    expect(home.files.stat(metaPath())?.inode).toBe(inode);
  });

  it('changes nothing where the event cannot happen', async () => {
    const task = await addTask(home, { task_id: id });
    await expect(home.tasks.apply(id, gone(5))).rejects.toMatchObject({ code: 'failed' });
    expect(home.tasks.load(id)).toEqual(task);
  });

  it('happens once where many want the same', async () => {
    await addTask(home, { task_id: id });
    const changes = await Promise.all(Array.from({ length: 8 }, () => home.tasks.apply(id, started(1))));
    expect(changes.filter(({ changed }) => changed)).toHaveLength(1);
  });
});

describe('hold', () => {
  it('keeps others out until the work is done, and shows the work what it changed', async () => {
    await addTask(home, { task_id: id });
    const order: string[] = [];
    const work = (name: string) => async (held: HeldTask) => {
      order.push(`${name} finds ${held.task.status}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await held.apply(started(1));
      order.push(`${name} leaves ${held.task.status}`);
    };
    await Promise.all([home.tasks.hold(id, 'a', work('a')), home.tasks.hold(id, 'b', work('b'))]);
    expect(order).toEqual(['a finds pending', 'a leaves running', 'b finds running', 'b leaves running']);
  });

  it('gives the lock up when the work fails', async () => {
    await addTask(home, { task_id: id });
    await expect(home.tasks.hold(id, 'x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(home.locks.isHeld(join(folder(), '.lock'))).toBe(false);
  });
});

describe('a broken record', () => {
  it('is left alone by readers, and set aside by who holds its lock', async () => {
    await addTask(home, { task_id: id });
    writeFileSync(metaPath(), '{"schema_version": 1, "task_');
    expect(() => home.tasks.load(id)).toThrow('is not readable as JSON');
    expect(home.tasks.exists(id)).toBe(true);
    await expect(home.tasks.apply(id, cancelled)).rejects.toMatchObject({ code: 'failed' });
    expect(home.files.read(`${metaPath()}.broken`)).toBe('{"schema_version": 1, "task_');
    expect(home.tasks.exists(id)).toBe(false);
    await expect(home.tasks.apply(id, cancelled)).rejects.toEqual(notFound);
  });

  it('of a newer version stays where it is', async () => {
    const task = await addTask(home, { task_id: id });
    writeFileSync(metaPath(), JSON.stringify({ ...task, schema_version: 2 }));
    await expect(home.tasks.apply(id, cancelled)).rejects.toThrow('newer ccdispatch');
    expect(home.tasks.exists(id)).toBe(true);
  });

  it('hides no other', async () => {
    await addTask(home, { task_id: id });
    await addTask(home, { task_id: 'task--100-2' });
    writeFileSync(metaPath(), '');
    expect(home.tasks.ids('-100')).toEqual([id, 'task--100-2']);
    expect(home.tasks.load('task--100-2').task_id).toBe('task--100-2');
  });
});

describe('lists', () => {
  it('hold chats and tasks, newest first, and nothing foreign', async () => {
    for (const ts of [5, 12, 7]) await addTask(home, { task_id: `task--100-${ts}` });
    await addTask(home, { task_id: 'task-local-1' });
    for (const name of ['-100/.tmp-task--100-9-4', '-100/task-77-1', '-100/notes', 'not-a-chat'])
      mkdirSync(join(home.paths.tasks, name));
    expect(home.tasks.chats().sort()).toEqual(['-100', 'local']);
    expect(home.tasks.ids('-100')).toEqual(['task--100-12', 'task--100-7', 'task--100-5']);
    expect(home.tasks.ids('4711')).toEqual([]);
  });
});

describe('output and prompt', () => {
  it('are kept whole; a lost prompt is made up for by the excerpt', async () => {
    const task = await addTask(home, { task_id: id });
    expect(home.tasks.output(id)).toBe(null);
    await home.tasks.saveOutput(id, 'Fin.\n');
    expect(home.tasks.output(id)).toBe('Fin.\n');
    home.files.remove(join(folder(), 'prompt.txt'));
    expect(home.tasks.prompt(id)).toBe(task.prompt);
  });

  it('come from the record where a power cut took what it holds whole, and not where it holds a part', async () => {
    await addTask(home, { task_id: id, status: 'completed', result: 'Fin.' });
    for (const lost of ['', 'of the run before']) {
      home.files.write(join(folder(), 'task-output.txt'), lost);
      expect(home.tasks.output(id)).toBe('Fin.');
    }
    home.files.write(join(folder(), 'prompt.txt'), '');
    expect(home.tasks.prompt(id)).toBe(home.tasks.load(id).prompt);

    const long = '計'.repeat(2000);
    const other = await addTask(home, {
      task_id: 'task--100-2',
      status: 'completed',
      result: cutBytes(long, excerptBytes),
    });
    await home.tasks.saveOutput(other.task_id, long);
    expect(home.tasks.output(other.task_id)).toBe(long);
  });
});

describe('removal', () => {
  it('takes the whole folder', async () => {
    await addTask(home, { task_id: id });
    await home.tasks.remove(id);
    expect(home.files.list(home.paths.chatTasks('-100'))).toEqual([]);
  });

  it('of what an unfinished creation left takes that alone', async () => {
    await addTask(home, { task_id: 'task--100-5' });
    for (const name of [`.tmp-${id}-77`, `.tmp-${id}-78-1`, `.tmp-${id}1-77`])
      mkdirSync(join(home.paths.chatTasks('-100'), name));
    home.tasks.sweepUnfinished(id);
    expect(home.files.list(home.paths.chatTasks('-100')).sort()).toEqual([`.tmp-${id}1-77`, 'task--100-5']);
  });
});
