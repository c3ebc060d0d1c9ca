/** The worker: takes tasks from its source as slots allow, follows their runs, and leaves without a gap. */

import type { Lock } from '../adapters/locks.ts';
import type { Machine } from '../adapters/machine.ts';
import { type Bell, createBell } from './bell.ts';
import type { Claim, Occupancy, TaskSource } from './source.ts';
import type { SuperviseParts } from './supervise.ts';
import { liveTask } from './task-life.ts';

/** What sends the outbox; absent where no bot is set up. */
export interface Delivery {
  /** Delivers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether something is left that could be delivered now or later. */
  hasWork(): boolean;
}

export interface WorkerParts extends SuperviseParts {
  source: TaskSource;
  delivery: Delivery | null;
  machine: Machine;
  limits(): { maxSessions: number; perUser: number; minFreeMemoryMb: number };
  /** Takes the worker's lock again after it was given up; null where another worker has it. */
  retakeLock(): Promise<Lock | null>;
}

export interface WorkerOptions {
  /** Leave when nothing waits, runs or is to be delivered. */
  exitWhenIdle: boolean;
  /** Claim nothing: only finish what has been claimed. */
  claimsNothing: boolean;
  /** Do not leave before the first work came or so long has passed: it was started ahead of it. */
  firstWorkWithinMs?: number;
}

interface Slot extends Claim {
  /** Its run waits for a person's answer: meanwhile it takes no place. */
  isWaiting: boolean;
}

const pollMs = 1000;

interface Loop {
  parts: WorkerParts;
  options: WorkerOptions;
  slots: Map<string, Slot>;
  bell: Bell;
  isDiskFull: boolean;
  /** Aborts when the worker is to leave; agents go on. */
  signal: AbortSignal;
}

function occupancyOf(loop: Loop): Occupancy {
  const byUser = new Map<string, number>();
  const conversations = new Set<string>();
  for (const { user, conversation, isWaiting } of loop.slots.values()) {
    if (!isWaiting) byUser.set(user, (byUser.get(user) ?? 0) + 1);
    if (conversation !== null) conversations.add(conversation);
  }
  return { byUser, conversations, limits: loop.parts.limits() };
}

const firstRetryMs = 1000;
const maxRetryMs = 60_000;

/**
 * Lives a task, and again after a pause where something unforeseen went wrong: one task's trouble touches no other, and
 * none is dropped. A record that cannot be read any more has been set aside, and its claim goes.
 */
async function liveUntilDone(loop: Loop, taskId: string): Promise<void> {
  const { parts, signal, options } = loop;
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
    try {
      if ((await liveTask(parts, taskId, signal, options.claimsNothing)) === 'done') parts.source.finish(taskId);
      return;
    } catch (error) {
      parts.log.error(
        { task_id: taskId, error: String((error as Error)?.stack ?? error) },
        'a step of a task went wrong',
      );
      if (!parts.tasks.exists(taskId)) return parts.source.finish(taskId);
      await parts.clock.sleep(retryMs, signal);
    }
  }
}

/** Lets a claimed task run beside the others. */
function occupy(loop: Loop, claim: Claim): void {
  const { slots, bell } = loop;
  slots.set(claim.taskId, { ...claim, isWaiting: false });
  void liveUntilDone(loop, claim.taskId).finally(() => {
    slots.delete(claim.taskId);
    bell.ring();
  });
}

/** Whether a new run may start as far as the machine is concerned; with nothing running one always may. */
function hasRoom(loop: Loop): boolean {
  if (loop.isDiskFull) return false;
  if (loop.slots.size === 0) return true;
  return loop.parts.machine.freeMemory() >= loop.parts.limits().minFreeMemoryMb * 1024 * 1024;
}

function fillSlots(loop: Loop): void {
  while (hasRoom(loop)) {
    const claim = loop.parts.source.claim(occupancyOf(loop));
    if (!claim) return;
    occupy(loop, claim);
  }
}

function isIdle(loop: Loop): boolean {
  if (loop.slots.size > 0) return false;
  if (!loop.options.claimsNothing && loop.parts.source.hasWaiting()) return false;
  return !loop.parts.delivery?.hasWork();
}

interface HeldLock {
  current: Lock | null;
}

/** Whoever reads the lock's file before the next holder has written there must not take us for a living worker. */
function giveUp(lock: HeldLock): void {
  lock.current?.describe({ purpose: 'left' });
  lock.current?.release();
  lock.current = null;
}

/**
 * Gives the lock up and looks once more: who put a task down before that saw the lock held, and started no worker. Says
 * whether we may go.
 */
async function leave(loop: Loop, lock: HeldLock): Promise<boolean> {
  giveUp(lock);
  if (isIdle(loop)) return true;
  lock.current = await loop.parts.retakeLock();
  return lock.current === null;
}

async function loopUntilDone(loop: Loop, lock: HeldLock): Promise<void> {
  const { claimsNothing, exitWhenIdle, firstWorkWithinMs = 0 } = loop.options;
  const staysUntil = loop.parts.clock.now() + firstWorkWithinMs;
  let hasWorked = false;
  while (!loop.signal.aborted) {
    await loop.parts.refreshSettings?.();
    if (!claimsNothing) fillSlots(loop);
    hasWorked ||= loop.slots.size > 0;
    const staysMs = hasWorked ? 0 : staysUntil - loop.parts.clock.now();
    if (exitWhenIdle && staysMs <= 0 && isIdle(loop) && (await leave(loop, lock))) return;
    await loop.bell.wait(staysMs > 0 ? Math.min(staysMs, pollMs) : pollMs);
  }
}

/** Waits until the steps that are under way are done; agents are not waited for. */
async function drain(loop: Loop): Promise<void> {
  while (loop.slots.size > 0) await loop.bell.wait(pollMs);
}

/**
 * Works until told to leave by the signal, or until idle. The caller holds the worker's lock and hands it over; it is
 * given up here. Tasks that an earlier worker had claimed are taken up first. Resolves with the number of runs left going.
 */
export async function runWorker(
  parts: Omit<WorkerParts, 'onDiskFull' | 'onWaiting'>,
  options: WorkerOptions,
  firstLock: Lock,
  signal: AbortSignal,
): Promise<{ left: number }> {
  const bell = createBell(parts.clock);
  const lock: HeldLock = { current: firstLock };
  const loop: Loop = {
    parts: {
      ...parts,
      onDiskFull: (isFull) => setDiskFull(isFull),
      onWaiting: (taskId, isWaiting) => setWaiting(taskId, isWaiting),
    },
    options,
    slots: new Map(),
    bell,
    isDiskFull: false,
    signal,
  };
  const setDiskFull = (isFull: boolean) => {
    loop.isDiskFull = isFull;
  };
  const setWaiting = (taskId: string, isWaiting: boolean) => {
    const slot = loop.slots.get(taskId);
    if (slot) slot.isWaiting = isWaiting;
    bell.ring();
  };
  const stopWatching = parts.source.watch(bell.ring);
  signal.addEventListener('abort', bell.ring);
  const stopDelivery = new AbortController();
  const delivering = parts.delivery?.run(stopDelivery.signal);
  try {
    for (const claim of parts.source.claimed()) occupy(loop, claim);
    await loopUntilDone(loop, lock);
    const left = loop.slots.size;
    await drain(loop);
    return { left };
  } finally {
    stopWatching();
    stopDelivery.abort();
    await delivering;
    giveUp(lock);
    signal.removeEventListener('abort', bell.ring);
  }
}
