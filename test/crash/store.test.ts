// Processes that change the same tasks are killed at random: a record is whole and legal at any time, and never falls behind what was acknowledged.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bundleProgram } from '../support/crash-program.ts';
import type { StoreRequest } from '../support/crash-store-process.ts';
import { faultsOf, progressOf } from '../support/crash-store-progress.ts';
import { makeHome, type TestHome } from '../support/home.ts';
import { seededRandom } from '../support/random.ts';
import { addTask, firstTaskTs } from '../support/tasks.ts';

const kills = Number(process.env.TEST_KILLS ?? 80);
const firstSeed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
/** Processes at once: they get in each other's way at the locks, too. */
const atOnce = 4;

interface Writer {
  child: ChildProcess;
  /** Resolves when it has begun to work. */
  ready: Promise<unknown>;
  /** Resolves at its end with the signal that ended it; null where it ended by itself. */
  ended: Promise<string | null>;
  said: () => string;
}

function startWriter(file: string, request: StoreRequest): Writer {
  const child = spawn(process.execPath, [file, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const ended = new Promise<string | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const ready = Promise.race([ended, child.stdout && once(child.stdout, 'data')]);
  return { child, ready, ended, said: () => text };
}

/** The furthest that each task was said to have come. */
function acknowledged(said: string): Map<string, number> {
  const found = new Map<string, number>();
  // What was being written when the process was killed is no word of honour.
  for (const line of said.split('\n').slice(0, -1)) {
    const [taskId = '', progress] = line.split(' ');
    if (progress !== undefined) found.set(taskId, Math.max(found.get(taskId) ?? 0, Number(progress)));
  }
  return found;
}

function judge(home: TestHome, taskId: string, atLeast: number): string[] {
  const task = home.tasks.load(taskId);
  return [
    ...faultsOf(task),
    ...(progressOf(task) < atLeast ? [`it is at ${progressOf(task)}, and was at ${atLeast}`] : []),
    ...(home.locks.isHeld(join(home.paths.task(taskId), '.lock')) ? ['its lock is held'] : []),
    ...(home.files.list(home.paths.task(taskId)).some((name) => name.endsWith('.broken')) ? ['it was set aside'] : []),
  ].map((fault) => `${taskId}: ${fault}`);
}

it(`keeps records whole over ${kills} kills (TEST_SEED=${firstSeed})`, { timeout: 60_000 + kills * 1000 }, async () => {
  const { next } = seededRandom(firstSeed);
  const home = makeHome();
  const program = await bundleProgram('crash-store-process.ts');
  const taskIds = [1, 2, 3].map((ts) => `task-5-${firstTaskTs + ts}`);
  for (const task_id of taskIds) await addTask(home, { task_id });
  let changes = 0;
  try {
    for (let round = 0; round * atOnce < kills; round++) {
      const seeds = Array.from({ length: atOnce }, () => Math.floor(next() * 1e9));
      const writers = seeds.map((seed) => startWriter(program.file, { home: home.home, taskIds, seed }));
      await Promise.all(writers.map(({ ready }) => ready));
      for (const { child, ended } of writers) {
        await sleep(next() * 15);
        child.kill('SIGKILL');
        expect(await ended, `a writer gave up: TEST_SEED=${firstSeed}, round ${round}`).toBe('SIGKILL');
      }
      const said = writers.map((writer) => acknowledged(writer.said()));
      const atLeast = (taskId: string) => Math.max(0, ...said.map((found) => found.get(taskId) ?? 0));
      changes = taskIds.reduce((sum, taskId) => sum + progressOf(home.tasks.load(taskId)), 0);
      const faults = taskIds.flatMap((taskId) => judge(home, taskId, atLeast(taskId)));
      expect(faults, `TEST_SEED=${firstSeed}, round ${round}`).toEqual([]);
    }
  } finally {
    program.remove();
  }
  expect(changes, 'nothing was going on').toBeGreaterThan(kills);
});
