/** Kernel locks as a port: the kernel frees a lock when its holder dies, so no lock is ever stale. */

import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { CcdispatchError, systemCode } from '../errors/errors.ts';

/** What a lock's holder wrote about itself, for people. */
export interface LockHolder {
  pid: number;
  /** What it holds the lock for: `worker`, `transition`, … */
  purpose: string;
  /** ISO instant. */
  since: string;
}

export interface Lock {
  /** Gives the lock up; a second call does nothing. */
  release(): void;
  /** Replaces what the lock file says about its holder; further fields are kept as given. */
  describe(details: Record<string, unknown>): void;
}

/**
 * Exclusive locks on files of their own, which are never replaced. Two takers conflict within one process too. A lock
 * is not inherited by child processes. Not for network file systems.
 */
export interface Locks {
  /** The lock, or null where somebody else holds it (or its folder has gone meanwhile). */
  tryTake(path: string, purpose: string): Lock | null;
  /** Waits for the lock; after `timeoutMs` throws `busy` and says who holds it. */
  take(path: string, purpose: string, timeoutMs: number): Promise<Lock>;
  /** Whether somebody holds a lock on this file right now; a look, which takes nothing. */
  isHeld(path: string): boolean;
  /** What the current or last holder wrote. */
  holder(path: string): (LockHolder & Record<string, unknown>) | null;
}

interface Native {
  tryLock(fd: number, options?: { shared?: boolean }): boolean;
}

let loaded: Native | undefined;
// Loaded on first use: commands that only read stay quick.
function native(): Native {
  loaded ??= createRequire(import.meta.url)('fs-native-extensions') as Native;
  return loaded;
}

/**
 * Locks an open descriptor. A child that gets this descriptor holds the lock until it, and all that inherited it, are
 * gone; our own copy is to be closed after spawning.
 */
export function lockDescriptor(fd: number): boolean {
  return native().tryLock(fd);
}

function openLockFile(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a+', 0o600);
  }
}

/** Whether the descriptor is still the file of that name: its folder may have been removed while we waited. */
function isSameFile(fd: number, path: string): boolean {
  try {
    return fstatSync(fd).ino === statSync(path).ino;
  } catch {
    return false;
  }
}

function writeHolder(fd: number, details: Record<string, unknown>): void {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(details)}\n`, 0);
  } catch {
    // A full disk must not stop the lock: the words are for people only.
  }
}

function tryTake(path: string, purpose: string): Lock | null {
  const fd = openLockFile(path);
  if (!native().tryLock(fd) || !isSameFile(fd, path)) {
    closeSync(fd);
    return null;
  }
  const base = { pid: process.pid, purpose, since: new Date().toISOString() };
  writeHolder(fd, base);
  let isHeld = true;
  return {
    describe: (details) => isHeld && writeHolder(fd, { ...base, ...details }),
    release() {
      if (!isHeld) return;
      isHeld = false;
      // Closing the descriptor is what frees the lock.
      closeSync(fd);
    },
  };
}

function holder(path: string): (LockHolder & Record<string, unknown>) | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as LockHolder & Record<string, unknown>;
    return typeof found?.pid === 'number' ? found : null;
  } catch {
    return null;
  }
}

async function take(path: string, purpose: string, timeoutMs: number): Promise<Lock> {
  const deadline = performance.now() + timeoutMs;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 25)) {
    const lock = tryTake(path, purpose);
    if (lock) return lock;
    if (performance.now() >= deadline) {
      const who = holder(path);
      const by = who ? `process ${who.pid} (${who.purpose}) since ${who.since}` : 'another process';
      throw new CcdispatchError(
        'busy',
        `${path} is held by ${by}.`,
        'Try again in a moment; ccdispatch doctor shows who holds what.',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function isHeld(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    return !native().tryLock(fd, { shared: true });
  } finally {
    closeSync(fd);
  }
}

export const kernelLocks: Locks = {
  tryTake,
  take,
  isHeld,
  holder,
};
