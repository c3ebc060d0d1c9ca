// A task is put down at the very moment an idle worker leaves, again and again: none waits for somebody to come by.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Lock } from '../../src/lib/adapters/locks.ts';
import { bundleProgram } from '../support/crash-program.ts';
import type { Submitted } from '../support/crash-submit-process.ts';
import { type CrashWorkerParts, openApp, submit, type WorkOptions, wake, work } from '../support/crash-worker.ts';
import { makeHome } from '../support/home.ts';
import { seededRandom } from '../support/random.ts';
import { until } from '../support/until.ts';

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const rounds = 200;
/** A task that nobody has worked on after so long is one that waits. */
const boundMs = 3000;

interface Played {
  /** Tasks that nobody worked on in time. */
  waited: string[];
  /** How often a submitter met a living worker, and how often it had to start one. */
  found: number;
  started: number;
}

/** A home with an agent that does nothing, and workers in this process. */
function prepare(next: () => number, options: WorkOptions) {
  const home = makeHome();
  const config = { agents: { custom: { nothing: { command: ['true'] } } }, limits: { minFreeMemoryMb: 0 } };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { ...home.env, PATH: process.env.PATH, HOME: home.outside };
  const app = openApp(env, home.outside);
  const working = new Set<Promise<unknown>>();
  const startWorker = () => {
    const life = sleep(next() * 4)
      .then(() => work(app, options))
      .finally(() => working.delete(life));
    working.add(life);
  };
  return {
    env,
    cwd: home.outside,
    dispatch: async () => {
      const { task_id } = await submit(app, { prompt: 'nothing', agent: 'nothing' });
      return { task_id, worker: wake(app, startWorker) };
    },
    isDone: (taskId: string) => home.tasks.load(taskId).status === 'completed',
    startWorker,
    rest: async () => {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

/** The first task of all has a worker's modules loaded, which takes as long as it takes. */
async function warmUp({ dispatch, isDone, rest }: ReturnType<typeof prepare>): Promise<void> {
  const { task_id } = await dispatch();
  await until('the first task', () => isDone(task_id), 60_000);
  await rest();
}

/** In each round one task makes a worker live, and another is submitted around the moment at which that worker leaves. */
async function play(limit: number, wrapLock: (lock: Lock) => Lock): Promise<Played> {
  const { next } = seededRandom(seed);
  const stage = prepare(next, { wrapLock });
  const { dispatch, isDone, startWorker, rest } = stage;
  await warmUp(stage);
  const played: Played = { waited: [], found: 0, started: 0 };
  // Follows the machine's speed, so that half of the submitters come just in time and half just too late.
  let aimMs = 30;
  for (let round = 0; round < rounds && played.waited.length < limit; round++) {
    await dispatch();
    await sleep(aimMs * (0.8 + next() * 0.4));
    const { task_id, worker } = await dispatch();
    played[worker]++;
    aimMs = Math.max(1, aimMs * (worker === 'found' ? 1.05 : 0.95));
    const deadline = performance.now() + boundMs;
    while (!isDone(task_id) && performance.now() < deadline) await sleep(2);
    if (!isDone(task_id)) {
      played.waited.push(`${task_id} in round ${round}`);
      startWorker();
    }
    await rest();
  }
  return played;
}

it(`none of ${rounds} tasks waits (TEST_SEED=${seed})`, { timeout: 120_000 }, async () => {
  const { waited, found, started } = await play(rounds, (lock) => lock);
  expect(waited, `TEST_SEED=${seed}`).toEqual([]);
  // Else the moment was missed, and nothing was shown.
  expect(Math.min(found, started), `found ${found}, started ${started}, TEST_SEED=${seed}`).toBeGreaterThan(
    rounds / 20,
  );
});

it('would see a worker that looks before it gives its lock up, and not again after', { timeout: 120_000 }, async () => {
  // The look for what waits has come and gone when the lock is free, and until then its file speaks of a living worker.
  const late = (lock: Lock): Lock => ({
    ...lock,
    describe: () => {},
    release: () => void setTimeout(lock.release, 25),
  });
  const { waited } = await play(1, late);
  expect(waited, `TEST_SEED=${seed}`).not.toEqual([]);
});

/** Between a worker's look at what waits and all that it does next, others have so much time. */
const widenMs = 15;
const pairedRounds = 40;

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, widenMs);
}

/** The worker stands still after each look that found nothing; `onRetake` hears when it comes back after giving its lock up. */
function widened(parts: CrashWorkerParts, onRetake: () => void): CrashWorkerParts {
  const hasWaiting = () => {
    const isWaiting = parts.source.hasWaiting();
    if (!isWaiting) standStill();
    return isWaiting;
  };
  const retakeLock = () => {
    onRetake();
    return parts.retakeLock();
  };
  return { ...parts, source: { ...parts.source, hasWaiting }, retakeLock };
}

async function ask(child: ChildProcess, delayMs: number): Promise<Submitted> {
  child.send(delayMs);
  return (await once(child, 'message'))[0] as Submitted;
}

it(`nor does one that another process puts down while the worker gives its lock up (TEST_SEED=${seed})`, {
  timeout: 120_000,
}, async () => {
  const { next } = seededRandom(seed);
  let retaken = 0;
  const wrapParts = (parts: CrashWorkerParts) => widened(parts, () => void retaken++);
  const stage = prepare(next, { wrapParts });
  const { env, cwd, dispatch, isDone, startWorker, rest } = stage;
  await warmUp(stage);
  retaken = 0;
  const program = await bundleProgram('crash-submit-process.ts');
  const child = fork(program.file, [JSON.stringify({ env, cwd })]);
  const waited: string[] = [];
  try {
    await once(child, 'message');
    let aimMs = 30;
    for (let round = 0; round < pairedRounds; round++) {
      await dispatch();
      const { task_id, worker } = await ask(child, aimMs * (0.7 + next() * 0.6));
      if (worker === 'started') startWorker();
      aimMs = Math.max(1, aimMs * (worker === 'found' ? 1.05 : 0.95));
      const deadline = performance.now() + boundMs;
      while (!isDone(task_id) && performance.now() < deadline) await sleep(2);
      if (!isDone(task_id)) {
        waited.push(`${task_id} in round ${round}`);
        startWorker();
      }
      await rest();
    }
  } finally {
    child.disconnect();
    program.remove();
  }
  expect(waited, `TEST_SEED=${seed}`).toEqual([]);
  expect(retaken, `how often the very moment was met, TEST_SEED=${seed}`).toBeGreaterThan(0);
});
