/** The worker: takes tasks from its source as slots allow, follows their runs, and leaves without a gap. */

import type { Lock } from '../../adapters/locks.ts';
import type { Machine } from '../../adapters/machine.ts';
import { chatOf } from '../../queue/order.ts';
import { type Bell, createBell } from '../bell.ts';
import type { ConflictKeeper } from '../conflicts/conflict-keeper.ts';
import type { Keeper } from '../sessions/keeper.ts';
import { liveTask } from '../task-life.ts';
import type { Placeholders } from '../waiting/placeholders.ts';
import type { Claim, HeldBack, Occupancy, TaskSource } from '../waiting/source.ts';
import { factsOf } from '../waiting/waiting-facts.ts';
import type { SuperviseParts } from '../watched.ts';
import { createTokenRate, type TokenRate } from './token-rate.ts';

/** What sends the outbox; absent where no bot is set up. */
export interface Delivery {
  /** Delivers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether something is left that could be delivered now or later. */
  hasWork(): boolean;
}

export interface WorkerLimits {
  maxSessions: number;
  perUser: number;
  minFreeMemoryMb: number;
  /** Null for no limit. */
  maxTokensPerMinute: number | null;
}

export interface WorkerParts extends SuperviseParts {
  source: TaskSource;
  delivery: Delivery | null;
  machine: Machine;
  /** The limits as they are now. */
  limits(): WorkerLimits;
  /** Keeps the placeholders of waiting tasks true. */
  placeholders?: Placeholders;
  /** Keeps tasks on one repository out of each other's way. */
  conflicts?: ConflictKeeper;
  /** Looks after sessions between their turns; told which of them are in use. */
  openKeeper?(busy: () => ReadonlySet<string>): Keeper;
  /** Hears what keeps it from starting anything, beside its slots, whenever that changed. */
  onHeldBack?(heldBack: HeldBack | null): void;
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
/** What is due beside claiming is looked at so often at most, however often the bell rings. */
const tendEveryMs = 200;
const placeholdersEveryMs = 5000;
const sessionsEveryMs = 2000;

interface Loop {
  parts: WorkerParts;
  options: WorkerOptions;
  slots: Map<string, Slot>;
  bell: Bell;
  isDiskFull: boolean;
  tokens: TokenRate;
  heldBack: HeldBack | null;
  tendedAt: number;
  /** The bell rang too soon after that. */
  isPutOff: boolean;
  /** When something is due by time, in milliseconds since 1970; null for nothing. */
  nextAt: number | null;
  refreshedAt: number;
  refreshing: Promise<void> | null;
  keeper: Keeper | null;
  keptAt: number;
  keeping: Promise<void> | null;
  /** Aborts when the worker is to leave; agents go on. */
  signal: AbortSignal;
}

function occupancyOf(loop: Loop): Occupancy {
  const byUser = new Map<string, number>();
  const byChat = new Map<string, number>();
  const conversations = new Set<string>();
  const folders = new Set<string>();
  for (const { user, taskId, conversation, folder, isWaiting } of loop.slots.values()) {
    if (!isWaiting) byUser.set(user, (byUser.get(user) ?? 0) + 1);
    if (!isWaiting) byChat.set(chatOf(taskId), (byChat.get(chatOf(taskId)) ?? 0) + 1);
    if (conversation !== null) conversations.add(conversation);
    if (folder != null) folders.add(folder);
  }
  for (const task of loop.parts.conflicts?.atWorkOn() ?? []) {
    const { conversation, folder } = factsOf(task);
    if (conversation !== null) conversations.add(conversation);
    if (folder !== null) folders.add(folder);
  }
  return { byUser, byChat, conversations, folders, limits: loop.parts.limits() };
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

/** What keeps a new run from starting, beside slots; with nothing running only a full disk does. */
function holdsBack({ parts, slots, isDiskFull, tokens }: Loop): HeldBack | null {
  if (isDiskFull) return 'disk';
  if (slots.size === 0) return null;
  const { minFreeMemoryMb, maxTokensPerMinute } = parts.limits();
  if (parts.machine.freeMemory() < minFreeMemoryMb * 1024 * 1024) return 'memory';
  return maxTokensPerMinute !== null && tokens.inLastMinute() >= maxTokensPerMinute ? 'tokens' : null;
}

function fillSlots(loop: Loop): void {
  for (;;) {
    const heldBack = holdsBack(loop);
    if (heldBack !== loop.heldBack) loop.parts.onHeldBack?.(heldBack);
    loop.heldBack = heldBack;
    const claim = heldBack === null ? loop.parts.source.claim(occupancyOf(loop)) : null;
    if (!claim) return;
    occupy(loop, claim);
  }
}

/** Looks after sessions, beside all else: ending a process may take its time. */
function keep(loop: Loop, now: number): void {
  loop.keptAt = now;
  loop.keeping =
    loop.keeper
      ?.look()
      .catch((error) => loop.parts.log.warn({ error: String(error) }, 'sessions were not looked after'))
      .finally(() => {
        loop.keeping = null;
        loop.bell.ring();
      }) ?? null;
}

/** What a worker that is told to leave does last for sessions: who ends one and then stops the worker expects both. */
async function endLeft(loop: Loop): Promise<void> {
  await loop.keeping;
  if (loop.options.claimsNothing) return;
  await loop.keeper
    ?.leave()
    .catch((error) => loop.parts.log.warn({ error: String(error) }, 'ended sessions were not looked after'));
}

/** Sees to what is due beside claiming. Clocks may have been set back: then it is time, too. */
function tend(loop: Loop): void {
  const now = loop.parts.clock.now();
  const isTime = (at: number, everyMs: number) => now >= at + everyMs || now < at;
  loop.isPutOff = !isTime(loop.tendedAt, tendEveryMs);
  if (!loop.isPutOff) {
    loop.tendedAt = now;
    loop.nextAt = loop.parts.source.tend();
    loop.parts.conflicts?.tend();
  }
  if (!loop.keeping && isTime(loop.keptAt, sessionsEveryMs)) keep(loop, now);
  if (!loop.parts.placeholders || loop.refreshing || !isTime(loop.refreshedAt, placeholdersEveryMs)) return;
  loop.refreshedAt = now;
  loop.refreshing = loop.parts.placeholders
    .refresh(loop.heldBack)
    .catch((error) => loop.parts.log.warn({ error: String(error) }, 'placeholders were not brought up to date'))
    .finally(() => {
      loop.refreshing = null;
    });
}

/** How long to wait for the bell: not for long, as clocks may jump, and not beyond what is due by time. */
function patience({ parts, nextAt, isPutOff }: Loop, staysMs: number): number {
  const untilNext = nextAt === null ? pollMs : Math.max(tendEveryMs, nextAt - parts.clock.now());
  return Math.min(pollMs, untilNext, isPutOff ? tendEveryMs : pollMs, staysMs > 0 ? staysMs : pollMs);
}

function isIdle(loop: Loop): boolean {
  if (loop.slots.size > 0) return false;
  if (!loop.options.claimsNothing && (loop.keeping || loop.keeper?.hasWarm())) return false;
  if (!loop.options.claimsNothing && loop.parts.source.hasWaiting()) return false;
  if (!loop.options.claimsNothing && loop.parts.conflicts?.hasWork()) return false;
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
    if (!claimsNothing) tend(loop);
    if (!claimsNothing) fillSlots(loop);
    hasWorked ||= loop.slots.size > 0;
    const staysMs = hasWorked ? 0 : staysUntil - loop.parts.clock.now();
    if (exitWhenIdle && staysMs <= 0 && isIdle(loop) && (await leave(loop, lock))) return;
    await loop.bell.wait(patience(loop, staysMs));
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
  parts: Omit<WorkerParts, 'onDiskFull' | 'onWaiting' | 'onTokens' | 'onState' | 'waking'>,
  options: WorkerOptions,
  firstLock: Lock,
  signal: AbortSignal,
): Promise<{ left: number }> {
  const bell = createBell(parts.clock);
  const tokens = createTokenRate(parts.clock);
  const lock: HeldLock = { current: firstLock };
  const loop: Loop = {
    parts: {
      ...parts,
      onDiskFull: (isFull) => setDiskFull(isFull),
      onWaiting: (taskId, isWaiting) => setWaiting(taskId, isWaiting),
      onTokens: tokens.add,
      waking: (id, wake) => loop.keeper?.waking(id, wake) ?? wake(),
      onState: (task, state) => {
        if (parts.conflicts?.observe(task, state)) bell.ring();
      },
    },
    options,
    slots: new Map(),
    bell,
    isDiskFull: false,
    tokens,
    heldBack: null,
    tendedAt: Number.NEGATIVE_INFINITY,
    isPutOff: false,
    nextAt: null,
    refreshedAt: parts.clock.now(),
    refreshing: null,
    keeper: null,
    keptAt: Number.NEGATIVE_INFINITY,
    keeping: null,
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
  loop.keeper = parts.openKeeper?.(() => occupancyOf(loop).conversations) ?? null;
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
    await Promise.all([delivering, loop.refreshing, endLeft(loop), parts.conflicts?.settled()]);
    giveUp(lock);
    signal.removeEventListener('abort', bell.ring);
  }
}
