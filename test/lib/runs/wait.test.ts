// Waiting for a task: until it has ended, whoever ends it, with its story told meanwhile.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { createCustomAgent } from '../../../src/lib/agents/custom.ts';
import { type WaitOptions, waitForTask } from '../../../src/lib/runs/wait.ts';
import { addTask } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
import { ended, lost, queued, started } from '../tasks/task-events.ts';
import { makeRunHome, type RunHome } from './run-home.ts';

let home: RunHome;
let said: string[];
let stop: AbortController;
beforeEach(() => {
  home = makeRunHome();
  said = [];
  stop = new AbortController();
});

const taskId = 'task-local-1';
const echo = createCustomAgent('echo', { command: ['echo'], env: {} });
const wait = (options: Partial<WaitOptions> = {}, parts = { ...home, clock: systemClock as typeof home.clock }) =>
  waitForTask(parts, taskId, { onLine: null, agent: echo, onWaiting: () => {}, ...options }, stop.signal);
const print = (run: number, text: string) => {
  home.files.makeFolder(home.paths.run(taskId, run));
  appendFileSync(join(home.paths.run(taskId, run), 'events.jsonl'), text);
};

describe('waiting', () => {
  it.each(['completed', 'failed', 'cancelled', 'paused'] as const)('is over at once for a %s task', async (status) => {
    const task = await addTask(home, { task_id: taskId, status });
    expect(await wait()).toEqual(task);
  });

  it('is over when the task ends', async () => {
    await addTask(home, { task_id: taskId });
    const waiting = wait();
    await home.tasks.apply(taskId, started(1));
    await sleep(10);
    await home.tasks.apply(taskId, ended(1, 'completed'));
    expect(await waiting).toMatchObject({ status: 'completed' });
  });

  it('goes on over a run that was lost', async () => {
    await addTask(home, { task_id: taskId });
    const waiting = wait();
    await home.tasks.apply(taskId, started(1));
    await home.tasks.apply(taskId, lost(1));
    await sleep(10);
    await home.tasks.apply(taskId, started(2));
    await home.tasks.apply(taskId, ended(2, 'failed'));
    expect(await waiting).toMatchObject({ status: 'failed', runs: [{ n: 1 }, { n: 2 }] });
  });

  it('is given up when asked to', async () => {
    await addTask(home, { task_id: taskId, status: 'running' });
    const waiting = wait();
    stop.abort();
    expect(await waiting).toBe(null);
  });

  it('ends with an error where there is no task, or no more', async () => {
    await expect(wait()).rejects.toMatchObject({ code: 'not-found' });
    await addTask(home, { task_id: taskId, status: 'running' });
    const waiting = wait();
    await home.tasks.remove(taskId);
    await expect(waiting).rejects.toMatchObject({ code: 'not-found' });
  });

  it('sees to a worker now and then, as long as the task waits for one', async () => {
    await addTask(home, { task_id: taskId });
    let calls = 0;
    const waiting = wait({ onWaiting: () => calls++ }, home);
    const pass = async (ms: number) => {
      await until('the sleeper', () => home.clock.sleepers());
      await home.clock.pass(ms);
    };
    for (let n = 0; n < 20; n++) await pass(500);
    expect(calls).toBe(3);
    await home.tasks.apply(taskId, started(1));
    for (let n = 0; n < 20; n++) await pass(500);
    expect(calls).toBeLessThanOrEqual(4);
    stop.abort();
    await waiting;
  });
});

describe('the story', () => {
  const onLine = (line: string) => void said.push(line);

  it('is told as it happens, also from the beginning, run after run', async () => {
    await addTask(home, { task_id: taskId });
    await home.tasks.apply(taskId, started(1));
    print(1, 'one\ntwo\n');
    const waiting = wait({ onLine });
    await until('the first lines', () => said.length === 2);
    print(1, 'three\nhalf');
    await until('the next line', () => said.length === 3);
    await home.tasks.apply(taskId, lost(1));
    await home.tasks.apply(taskId, started(2));
    print(2, 'again\nthe end');
    await home.tasks.apply(taskId, ended(2, 'completed'));
    await waiting;
    expect(said).toEqual(['one', 'two', 'three', 'half', 'again', 'the end']);
  });

  it('of an ended task is told whole', async () => {
    await addTask(home, { task_id: taskId, status: 'completed' });
    print(1, 'one\ntwo');
    await wait({ onLine });
    expect(said).toEqual(['one', 'two']);
  });

  it('is not told to who does not want it', async () => {
    await addTask(home, { task_id: taskId, status: 'failed' });
    print(1, 'one\n');
    await home.tasks.apply(taskId, queued());
    await home.tasks.apply(taskId, started(2));
    await home.tasks.apply(taskId, ended(2, 'completed'));
    expect(await wait()).toMatchObject({ status: 'completed' });
    expect(said).toEqual([]);
  });
});
