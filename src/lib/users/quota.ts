/** Quotas: what a person takes of them is reserved before a task is made, and given back if it never started. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { roundDollars } from '../format/amount.ts';
import { dayOf, nextDayAt } from '../format/day.ts';
import type { Person, quotaNames } from './record.ts';
import { type SettledTask, type Settlement, settlementsOf } from './settlement.ts';
import {
  createUsageDays,
  type KeyParts,
  parseUsageKey,
  type Spent,
  type UsageDay,
  type UsageDays,
} from './usage-days.ts';

export { usageKey } from './usage-days.ts';

/** What quotas must know of tasks, which are another's records. */
export interface LiveTasks {
  /** Ids of the user's tasks that wait or run. */
  of(userId: string): ReadonlySet<string>;
  /** Whether this run is still to come: its task is not there yet, or the task was not queued again yet. */
  isAwaited(taskId: string, run: number): boolean;
}

export interface QuotaRefusal {
  quota: (typeof quotaNames)[number];
  limit: number;
  used: number;
  /** When there is room again (ISO); null where that depends on running tasks. */
  until: string | null;
}

/** What a person has used of the day. */
export interface Used extends Spent {
  tasks: number;
  /** When the next day begins (ISO). */
  resets_at: string;
}

/** Whose quota it is. */
export type QuotaOwner = Pick<Person, 'id' | 'quota' | 'time_zone'>;

export interface Quotas {
  /**
   * Takes one from the quota for each key that has not taken one yet: all of them, or none, and then says why. A key
   * that was reserved before, on whatever day, takes nothing and is never refused. Durable for a person with limits.
   */
  reserve(person: QuotaOwner, keys: readonly string[], live: LiveTasks): Promise<QuotaRefusal | null>;
  /** Gives back what these keys took; nothing happens for those that took none. */
  giveBack(userId: string, keys: readonly string[]): Promise<void>;
  /**
   * To be called when a task's record says that a run of its is over, as often as one likes: counts what that one has spent,
   * and those that were lost or handed over to it, or gives back what was reserved if it never started.
   */
  settle(task: SettledTask): Promise<void>;
  usedToday(person: Pick<QuotaOwner, 'id' | 'time_zone'>): Used;
}

export interface QuotaParts {
  files: Files;
  locks: Locks;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'usage'>;
  /** The user's time zone; null for the machine's own. */
  timeZoneOf(userId: string): string | null;
}

const lockTimeoutMs = 10_000;
const dayMs = 86_400_000;
/** Counters older than this are of no use: no update waits so long to be acted on. */
const keptMs = 40 * dayMs;
/** A reservation whose task is not there after this time was left by somebody who died. */
const inFlightMs = 10 * 60_000;

function checkKeys(keys: readonly string[]): KeyParts[] {
  return keys.map(
    (key) =>
      parseUsageKey(key) ??
      fail('usage', `"${key}" is no key of a task.`, 'It is the id of a task, or of a run of it.'),
  );
}

function sumOf({ spent }: UsageDay): Spent {
  const all = Object.values(spent);
  const cost = roundDollars(all.reduce((sum, { cost_usd }) => sum + cost_usd, 0));
  return { cost_usd: cost, tokens: all.reduce((sum, { tokens }) => sum + tokens, 0) };
}

/** Tasks that wait or run, and those that were admitted a moment ago and are about to be made. */
function countLive(userId: string, days: readonly UsageDay[], live: LiveTasks, now: number): Set<string> {
  const tasks = new Set(live.of(userId));
  for (const { reserved } of days) {
    for (const [key, at] of Object.entries(reserved)) {
      const parts = parseUsageKey(key);
      if (!parts || Math.abs(now - Date.parse(at)) >= inFlightMs) continue;
      if (live.isAwaited(parts.taskId, parts.run)) tasks.add(parts.taskId);
    }
  }
  return tasks;
}

interface Wanted {
  person: QuotaOwner;
  fresh: readonly KeyParts[];
  today: UsageDay;
  days: readonly UsageDay[];
  live: LiveTasks;
  now: number;
}

/** Which quota has no room for what is wanted; null where all have. */
function refusalOf({ person, fresh, today, days, live, now }: Wanted): QuotaRefusal | null {
  const { daily, cost_usd, tokens, concurrent } = person.quota;
  const until = () => new Date(nextDayAt(now, person.time_zone)).toISOString();
  const tasks = Object.keys(today.reserved).length;
  if (daily !== null && tasks + fresh.length > daily)
    return { quota: 'daily', limit: daily, used: tasks, until: until() };
  const spent = sumOf(today);
  if (cost_usd !== null && spent.cost_usd >= cost_usd) {
    return { quota: 'cost_usd', limit: cost_usd, used: spent.cost_usd, until: until() };
  }
  if (tokens !== null && spent.tokens >= tokens)
    return { quota: 'tokens', limit: tokens, used: spent.tokens, until: until() };
  if (concurrent === null) return null;
  const running = countLive(person.id, days, live, now);
  const used = running.size;
  for (const { taskId } of fresh) running.add(taskId);
  return running.size > concurrent ? { quota: 'concurrent', limit: concurrent, used, until: null } : null;
}

/** All days that may hold something of what began at `since`, and the day of `now`, which comes first. */
function loadDays(days: UsageDays, userId: string, since: number, now: number, timeZone: string | null): UsageDay[] {
  const today = dayOf(now, timeZone);
  // A day earlier: the time zone may have been another one.
  const first = dayOf(Math.min(since, now) - dayMs, timeZone);
  const others = days.list(userId).filter((day) => day !== today && day >= first);
  return [today, ...others].map((day) => days.load(userId, day));
}

/** Takes these keys out of whatever day they stand in. */
async function removeKeys(days: UsageDays, loaded: readonly UsageDay[], keys: ReadonlySet<string>): Promise<void> {
  for (const day of loaded) {
    const kept = Object.entries(day.reserved).filter(([key]) => !keys.has(key));
    if (kept.length === Object.keys(day.reserved).length) continue;
    await days.save({ ...day, reserved: Object.fromEntries(kept) }, true);
  }
}

export function createQuotas(parts: QuotaParts): Quotas {
  const { locks, paths, clock, timeZoneOf } = parts;
  const days = createUsageDays(parts);

  async function underLock<T>(userId: string, purpose: string, work: () => Promise<T>): Promise<T> {
    const lock = await locks.take(join(paths.usage(userId), '.lock'), purpose, lockTimeoutMs);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  /** For who holds the user's lock. */
  async function settleOne(userId: string, settlement: Settlement): Promise<void> {
    const loaded = loadDays(days, userId, settlement.since, settlement.at, timeZoneOf(userId));
    if (settlement.kind === 'spent') {
      if (loaded.some(({ spent }) => Object.hasOwn(spent, settlement.key))) return;
      const day = loaded[0] as UsageDay;
      await days.save({ ...day, spent: { ...day.spent, [settlement.key]: settlement.spent } }, true);
      return;
    }
    const key = settlement.covering(loaded.flatMap(({ reserved }) => Object.keys(reserved)));
    if (key !== null) await removeKeys(days, loaded, new Set([key]));
  }

  return {
    async reserve(person, keys, live) {
      const wanted = checkKeys(keys);
      return await underLock(person.id, 'reserve', async () => {
        const now = clock.now();
        const since = Math.min(...wanted.map(({ ts }) => ts), now - inFlightMs);
        const loaded = loadDays(days, person.id, since, now, person.time_zone);
        const today = loaded[0] as UsageDay;
        const taken = new Set(loaded.flatMap(({ reserved }) => Object.keys(reserved)));
        const fresh = [...new Set(keys)].filter((key) => !taken.has(key));
        if (fresh.length === 0) return null;
        const refusal = refusalOf({ person, fresh: checkKeys(fresh), today, days: loaded, live, now });
        if (refusal) return refusal;
        const isFirst = Object.keys(today.reserved).length === 0;
        if (isFirst) days.removeBefore(person.id, dayOf(now - keptMs, person.time_zone));
        const at = new Date(now).toISOString();
        const reserved = { ...today.reserved, ...Object.fromEntries(fresh.map((key) => [key, at])) };
        const isLimited = Object.values(person.quota).some((limit) => limit !== null);
        await days.save({ ...today, reserved }, isLimited);
        return null;
      });
    },
    async giveBack(userId, keys) {
      const parsed = checkKeys(keys);
      if (parsed.length === 0) return;
      await underLock(userId, 'give back', async () => {
        const since = Math.min(...parsed.map(({ ts }) => ts));
        await removeKeys(days, loadDays(days, userId, since, clock.now(), timeZoneOf(userId)), new Set(keys));
      });
    },
    async settle(task) {
      const settlements = settlementsOf(task);
      const userId = task.user_id;
      if (settlements.length === 0 || userId === null) return;
      await underLock(userId, 'settle', async () => {
        for (const settlement of settlements) await settleOne(userId, settlement);
      });
    },
    usedToday({ id, time_zone }) {
      const now = clock.now();
      const today = days.load(id, dayOf(now, time_zone));
      return {
        tasks: Object.keys(today.reserved).length,
        ...sumOf(today),
        resets_at: new Date(nextDayAt(now, time_zone)).toISOString(),
      };
    },
  };
}
