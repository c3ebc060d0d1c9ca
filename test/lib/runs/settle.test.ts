// The end of a run becomes known in steps that may be cut off anywhere and done again.

import { beforeEach, describe, expect, it } from 'vitest';
import { persist } from '../../../src/lib/errors/persist.ts';
import { settleRun, tellEnd } from '../../../src/lib/runs/settle.ts';
import { createTaskStore } from '../../../src/lib/tasks/store.ts';
import { fillDiskAt } from '../../support/full-disk.ts';
import { addTask, aRun } from '../../support/tasks.ts';
import { aConclusion } from '../tasks/task-events.ts';
import { makeRunHome, type RunHome } from './run-home.ts';

let home: RunHome;
beforeEach(() => {
  home = makeRunHome({ isHasty: true });
});

const taskId = 'task--100-1';
const text = 'It is done. All of it.';
const concluded = { conclusion: aConclusion('completed', { result: text }), text };
const enospc = () => Object.assign(new Error('no space'), { code: 'ENOSPC' });

describe('settling', () => {
  beforeEach(() => addTask(home, { task_id: taskId, status: 'running' }).then(() => {}));

  it('writes the text, the record, the message and the history', async () => {
    const task = await settleRun(home, taskId, 1, concluded, true);
    expect(task).toMatchObject({ status: 'completed', result: text, runs: [{ outcome: 'completed' }] });
    expect(home.tasks.output(taskId)).toBe(text);
    expect(home.files.read(`${home.paths.task(taskId)}/task-output.txt`)).toBe(text);
    expect(home.told('-100')).toMatchObject({ [`${taskId}.1.ended`]: { text } });
    expect(home.history.latest(9)).toMatchObject([{ task_id: taskId, run: 1, outcome: 'completed' }]);
  });

  it('writes nothing where something was asked of the run since the conclusion was drawn', async () => {
    const before = home.tasks.load(taskId);
    expect(await settleRun(home, taskId, 1, concluded, true, () => false)).toBe(null);
    expect([home.tasks.load(taskId), home.told('-100')]).toEqual([before, {}]);
  });

  it('of a paused run notes it for lists, and takes the note back at its end', async () => {
    const paused = { conclusion: aConclusion('paused', { reason: 'conflict' }), text: 'Why.' };
    await settleRun(home, taskId, 1, paused, true);
    expect(home.queue.aside()).toEqual([taskId]);
    await home.tasks.apply(taskId, { type: 'queued', at: '2026-11-20T10:00:00.000Z', afresh: null });
    const run = { ...aRun(0, null, { n: 2 }), ended_at: undefined, outcome: undefined };
    await home.tasks.apply(taskId, { type: 'started', run });
    await settleRun(home, taskId, 2, concluded, true);
    expect(home.queue.aside()).toEqual([]);
  });

  it('twice is as good as once', async () => {
    await settleRun(home, taskId, 1, concluded, true);
    const before = [home.tasks.load(taskId), home.told('-100')];
    await home.clock.sleep(1000);
    await settleRun(home, taskId, 1, concluded, true);
    await tellEnd(home, home.tasks.load(taskId));
    expect([home.tasks.load(taskId), home.told('-100')]).toEqual(before);
    expect(home.history.latest(9)).toHaveLength(1);
  });

  it.each([1, 2, 3, 4])('cut off at its write %i by a full disk is whole when it is done again', async (number) => {
    const disk = fillDiskAt(home.files, number, 1);
    const outbox = { ...home.outbox };
    const announce = home.outbox.announce;
    // The outbox writes through the same disk.
    outbox.announce = async (...args) => {
      await disk.files.write(`${home.outside}/probe`, '');
      return await announce(...args);
    };
    const history = {
      ...home.history,
      add: async (task: Parameters<typeof home.history.add>[0]) => {
        await disk.files.write(`${home.outside}/probe`, '');
        await home.history.add(task);
      },
    };
    const parts = {
      ...home,
      files: disk.files,
      outbox,
      history,
      tasks: createTaskStore({ ...home, files: disk.files }),
    };
    const heard: boolean[] = [];
    const persistParts = { ...home, onDiskFull: (isFull: boolean) => heard.push(isFull) };
    await persist(persistParts, new AbortController().signal, () => settleRun(parts, taskId, 1, concluded, true));
    expect(heard).toEqual([true, false]);
    expect(home.tasks.load(taskId)).toMatchObject({ status: 'completed' });
    expect(home.tasks.output(taskId)).toBe(concluded.text);
    expect(Object.keys(home.told('-100'))).toEqual([`${taskId}.1.ended`]);
    expect(home.history.latest(9)).toHaveLength(1);
  });

  it('goes on where what was used cannot be counted', async () => {
    const usage = { settle: () => Promise.reject(new Error('no counter')) };
    await settleRun({ ...home, usage }, taskId, 1, concluded, true);
    expect(home.log.said).toEqual(['what the run used was not counted']);
  });
});

describe('a step on a full disk', () => {
  const heard: boolean[] = [];
  const parts = () => ({ ...home, onDiskFull: (isFull: boolean) => void heard.push(isFull) });
  beforeEach(() => void heard.splice(0));

  it('is done again until there is room, and says so once in the log', async () => {
    let attempts = 0;
    const step = async () => {
      if (++attempts < 4) throw enospc();
      return 'done';
    };
    const before = home.clock.now();
    expect(await persist(parts(), new AbortController().signal, step)).toBe('done');
    expect(home.clock.now() - before).toBe(6000);
    expect(heard).toEqual([true, true, true, false]);
    expect(home.log.said).toEqual(['The disk is full: the state is kept in memory until there is room.']);
  });

  it('is given up by who is told to leave', async () => {
    await expect(persist(parts(), AbortSignal.abort(), () => Promise.reject(enospc()))).rejects.toThrow('no space');
  });

  it('is no step that fails in another way', async () => {
    const step = () => Promise.reject(new Error('other'));
    await expect(persist(parts(), new AbortController().signal, step)).rejects.toThrow('other');
    expect(heard).toEqual([]);
  });
});
