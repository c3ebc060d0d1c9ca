/** Makes sure that somebody works on what was put into the queue, without a daemon that anybody has to start. */

import { join } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import type { Lock, LockHolder, Locks } from '../../adapters/locks.ts';
import type { Processes } from '../../adapters/processes.ts';
import type { Paths } from '../../config/paths.ts';
import type { HeldBack } from '../waiting/source.ts';

/** How our own program is started again. */
export interface OwnProgram {
  command: string;
  args: string[];
}

export interface WakeParts {
  locks: Locks;
  processes: Processes;
  paths: Paths;
  files: Files;
  program: OwnProgram;
  /** The environment for a worker: without the marks of an agent around us. */
  env: Record<string, string>;
}

/** What a worker holds its lock for: only the first kind takes new tasks. */
export type WorkerPurpose = 'worker' | 'settle';

/** What a worker writes into its lock file about itself. */
export interface WorkerHolder extends LockHolder {
  version?: string;
  /** Paths of the agents' programs, as the worker was told them. */
  agents?: Record<string, string>;
  salt?: string;
  /** Keyed hashes of variables that decide how agents work. */
  variables?: Record<string, string>;
  /** The file named by `--config`. */
  config?: string | null;
  /** It stays when idle: a person or a service manager keeps it. */
  stays?: boolean;
  /** What keeps it from starting anything now, beside its slots. */
  held_back?: HeldBack | null;
  /** Tasks that it has taken, and that wait for their turn at the disk. */
  waits_for_disk?: string[];
}

/** The living worker that takes tasks, or null. A look that takes nothing. */
export function livingWorker({ locks, paths }: Pick<WakeParts, 'locks' | 'paths'>): WorkerHolder | null {
  if (!locks.isHeld(paths.workerLock)) return null;
  const holder = locks.holder(paths.workerLock) as WorkerHolder | null;
  return holder?.purpose === 'worker' ? holder : null;
}

/** The number that the lock's descriptor has in a worker that was handed its lock. */
export const handedLock = 3;

/**
 * Starts a worker that holds its lock from its birth: whoever looks from now on finds it alive, and starts no other. Where
 * the lock is taken (by one who only settles, or a passing look), the worker takes it for itself.
 */
function spawnWorker(parts: WakeParts, flag: string, purpose: WorkerPurpose): void {
  const { program, paths, files, env } = parts;
  files.makeFolder(paths.logs);
  // Nobody may take this process for the worker: until that one has its number, none lives.
  const lock = parts.locks.tryTake(paths.workerLock, 'starting');
  const pid = parts.processes.startDetached({
    command: program.command,
    args: [...program.args, 'worker', flag, ...(lock ? ['--holds-lock'] : [])],
    cwd: paths.home,
    env,
    logPath: join(paths.logs, 'worker.out'),
    handed: lock?.descriptor,
  });
  if (pid !== null) lock?.describe({ pid, purpose });
  lock?.release();
}

/**
 * Starts a worker before there is anything for it to do, unless one lives: to start takes it longer than its task takes to
 * be written down. Should it leave before, {@link ensureWorker} starts another one.
 */
export function startAhead(parts: WakeParts): void {
  try {
    const { locks, files, paths } = parts;
    // Where no worker has ever lived, settings and command line may be at fault: then nothing is to be left behind.
    if (files.stat(paths.workerLock) === null) return;
    if (!locks.isHeld(paths.workerLock)) spawnWorker(parts, '--exit-when-idle', 'worker');
  } catch {
    // What is wrong with the home is said by those who write the task.
  }
}

/**
 * Starts a worker unless one lives. To be called after a marker is on disk: a worker that is about to leave looks at the
 * queue once more after it gave up its lock, so one of the two sees the marker.
 */
export function ensureWorker(parts: WakeParts): WorkerHolder | 'started' {
  const living = livingWorker(parts);
  if (living) return living;
  spawnWorker(parts, '--exit-when-idle', 'worker');
  return 'started';
}

/** Starts a worker that only finishes what has ended, unless any worker lives. */
export function ensureSettled(parts: WakeParts): void {
  if (!parts.locks.isHeld(parts.paths.workerLock)) spawnWorker(parts, '--settle', 'settle');
}

const takeForMs = 1000;
const waitForSettleMs = 20_000;

/**
 * The worker's lock. Tries for a second: a passing look by somebody else must not turn us away. A worker that only settles
 * is waited for. Null where another worker has the lock.
 */
export async function takeWorkerLock(
  { locks, paths }: Pick<WakeParts, 'locks' | 'paths'>,
  purpose: WorkerPurpose,
  forMs = takeForMs,
): Promise<Lock | null> {
  const began = performance.now();
  for (;;) {
    const lock = locks.tryTake(paths.workerLock, purpose);
    if (lock) return lock;
    const isSettling = locks.holder(paths.workerLock)?.purpose === 'settle' && purpose === 'worker';
    if (performance.now() - began >= (isSettling ? waitForSettleMs : forMs)) return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
