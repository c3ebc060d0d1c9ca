/** Kernel locks as a port: the kernel frees a lock when its holder dies, so no lock is ever stale. */

import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
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
  /** What to hand to a program that is to hold the lock from its birth: it is free when that one too has given it up. */
  readonly descriptor: number;
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
  /** The lock that whoever started us handed over with this descriptor; null where it is none on this file. */
  adopt(path: string, descriptor: number, purpose: string): Lock | null;
  /** Waits for the lock; after `timeoutMs` throws `busy` and says who holds it. */
  take(path: string, purpose: string, timeoutMs: number): Promise<Lock>;
  /** Whether somebody holds a lock on this file right now; a look, which takes nothing. */
  isHeld(path: string): boolean;
  /** What the current or last holder wrote. */
  holder(path: string): (LockHolder & Record<string, unknown>) | null;
}

interface Addon {
  /** Throws `EAGAIN` where somebody else holds a lock. A length of 0 means the whole file. */
  tryLock(fd: number, offset: number, length: number, isExclusive: boolean): void;
}

let addon: Addon | undefined;

/**
 * The addon of the package fs-native-extensions, loaded on first use: commands that only read stay quick. By itself the
 * package looks through many folders for it, for longer than all else that a hook does; where npm put it is known.
 */
function loadAddon(): Addon {
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  try {
    return require(
      `fs-native-extensions/prebuilds/${process.platform}-${process.arch}/fs-native-extensions.node`,
    ) as Addon;
  } catch {
    return require('fs-native-extensions/binding') as Addon;
  }
}

/** False where somebody else holds a lock that excludes this one. */
function lockNow(fd: number, { isShared }: { isShared: boolean }): boolean {
  addon ??= loadAddon();
  try {
    addon.tryLock(fd, 0, 0, !isShared);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return false;
    throw error;
  }
}

/**
 * Locks an open descriptor. A child that gets this descriptor holds the lock until it, and all that inherited it, are
 * gone; our own copy is to be closed after spawning.
 */
export function lockDescriptor(fd: number): boolean {
  return lockNow(fd, { isShared: false });
}

function openLockFile(path: string): number {
  const open = () => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    return open();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return open();
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
    // Blanks cover what stood there: to cut the file off first would take longer than all else about a lock.
    writeSync(fd, `${JSON.stringify(details).padEnd(fstatSync(fd).size - 1)}\n`, 0);
  } catch {
    // A full disk must not stop the lock: the words are for people only.
  }
}

function tryTake(path: string, purpose: string): Lock | null {
  const fd = openLockFile(path);
  if (!lockDescriptor(fd) || !isSameFile(fd, path)) {
    closeSync(fd);
    return null;
  }
  return heldBy(fd, purpose);
}

function adopt(path: string, descriptor: number, purpose: string): Lock | null {
  // To lock what the descriptor has locked already changes nothing.
  return isSameFile(descriptor, path) && lockDescriptor(descriptor) ? heldBy(descriptor, purpose) : null;
}

function heldBy(fd: number, purpose: string): Lock {
  const base = { pid: process.pid, purpose, since: new Date().toISOString() };
  writeHolder(fd, base);
  let isHeld = true;
  return {
    descriptor: fd,
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
    return !lockNow(fd, { isShared: true });
  } finally {
    closeSync(fd);
  }
}

export const kernelLocks: Locks = {
  tryTake,
  adopt,
  take,
  isHeld,
  holder,
};
