// A place for a measurement: folders of its own, an environment that holds nothing of the person's, and our program in it.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelLocks } from '../src/lib/adapters/locks.ts';
import { type Paths, pathsOf } from '../src/lib/config/paths.ts';
import { type Finished, type Invocation, runProgram } from './run-program.ts';

/** The program as it is installed; the benchmark runs in the project's folder. */
export const ownProgram = join(process.cwd(), 'bin', 'ccdispatch.js');

export interface Sandbox {
  folder: string;
  env: Record<string, string>;
  /** Makes a home with these settings. */
  addHome(name: string, config?: object): Home;
  /** Stops the workers of all homes and removes everything. */
  close(): Promise<void>;
}

export interface Home {
  paths: Paths;
  /** Our program in this home. */
  cli(...args: string[]): Invocation;
  run(...args: string[]): Promise<Finished>;
  /** Resolves when no worker lives and nothing is claimed. */
  untilQuiet(): Promise<void>;
  /** Starts a worker that stays; resolves when it lives. */
  startWorker(): Promise<void>;
  /** Stops the worker and removes the home. */
  remove(): Promise<void>;
}

const pollMs = 5;
const patienceMs = 60_000;

/** Waits until it is true; throws after a minute, with what was waited for. */
export async function until(what: string, isTrue: () => boolean, everyMs = pollMs): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`It did not come about in a minute: ${what}.`);
    await sleep(everyMs);
  }
}

export function countEntries(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

function openHome(sandbox: Pick<Sandbox, 'folder' | 'env'>, name: string, config: object | undefined): Home {
  const paths = pathsOf(join(sandbox.folder, name));
  mkdirSync(paths.home, { mode: 0o700 });
  if (config) writeFileSync(join(paths.home, 'config.json'), JSON.stringify(config));
  const env = { ...sandbox.env, CCDISPATCH_HOME: paths.home };
  const cli = (...args: string[]): Invocation => ({
    command: process.execPath,
    args: [ownProgram, ...args],
    env,
    cwd: sandbox.folder,
  });
  const run = (...args: string[]) => runProgram(cli(...args));
  return {
    paths,
    cli,
    run,
    untilQuiet: () =>
      until('the worker leaves', () => !kernelLocks.isHeld(paths.workerLock) && countEntries(paths.active) === 0),
    async startWorker() {
      const stays = runProgram(cli('worker'));
      stays.catch(() => {});
      await until('a worker lives', () => kernelLocks.isHeld(paths.workerLock));
    },
    async remove() {
      if (kernelLocks.isHeld(paths.workerLock)) await run('worker', 'stop');
      rmSync(paths.home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function makeSandbox(): Sandbox {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ccdispatch-bench-')));
  const [person, tmp] = [join(folder, 'person'), join(folder, 'tmp')];
  for (const each of [person, tmp]) mkdirSync(each, { mode: 0o700 });
  const env = { PATH: process.env.PATH ?? '', HOME: person, TMPDIR: tmp, LANG: 'C.UTF-8' };
  const homes: Home[] = [];
  return {
    folder,
    env,
    addHome(name, config) {
      const home = openHome({ folder, env }, name, config);
      homes.push(home);
      return home;
    },
    async close() {
      for (const home of homes) await home.remove();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
