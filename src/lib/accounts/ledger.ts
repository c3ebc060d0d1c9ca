/** What runs do to an account, on disk: its limits, its last use, and its counters; all under the account's own lock. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { dayOf, nextDayAt } from '../format/day.ts';
import { isoNow } from '../format/instant.ts';
import { accountFolder } from './config-folder.ts';
import { type Counters, createCounters, limitKey, type Tally } from './counters.ts';
import {
  type AccountState,
  anyFamily,
  clearPassed,
  familyUnder,
  type Limit,
  modelFamilyOf,
  newState,
  noteLimit,
  noteSuccess,
  type Refusal,
} from './limits.ts';
import type { Account } from './record.ts';

interface EndedRun {
  /** Absent or null where the record does not say it of each run. */
  spent?: Spent | null;
  n: number;
  account: string | null;
  started_at: string;
  outcome: string | null;
}

interface Spent {
  cost_usd: number | null;
  usage: { input_tokens: number; output_tokens: number } | null;
}

/** A task's record, as far as accounts care. */
export interface EndedTask {
  task_id: string;
  status: string;
  reason: string | null;
  runs: readonly EndedRun[];
  /** That it names; absent for none. */
  model?: string | null;
  /** Of the latest run, where that does not say it itself. */
  cost_usd: number | null;
  usage: { input_tokens: number; output_tokens: number } | null;
}

/** A run that is over and worked with an account. */
export interface SettledRun {
  task_id: string;
  n: number;
  account: string;
  started_at: string;
  outcome: string | null;
  spent: Spent;
  /** That its task names; null for none. */
  model: string | null;
}

export type Counted = Pick<Account, 'name' | 'time_zone'> & { model?: string | null };

export interface Ledger {
  /** What is known of the account now; limits that are over are left out. */
  state(name: string): AccountState;
  /** Marks that a run begins to work with it. */
  noteUse(name: string): Promise<void>;
  noteRefusal(account: Counted, refusal: Omit<Refusal, 'now'>): Promise<AccountState>;
  /** The service answers a run of this family: its credentials are good, and a wall that has passed is gone. */
  noteAnswer(name: string, family: string): Promise<void>;
  /** Forgets refusals of its credentials. */
  forgive(name: string): Promise<AccountState>;
  /** Forgets limits and refusals: it may be used at once. */
  reset(account: Counted): Promise<AccountState>;
  /** Counts a run that is over, on the day on which it began, however often it is told. */
  settle(account: Counted, run: SettledRun): Promise<void>;
  /** `resetsAt` in milliseconds since 1970. */
  today(account: Counted): Tally & { resetsAt: number };
  total(account: Counted): Tally;
  /** Removes all of it; a folder of the agent's login too. */
  remove(name: string): Promise<void>;
}

export interface LedgerParts {
  files: Files;
  locks: Locks;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'accountFolders'>;
}

const lockTimeoutMs = 10_000;

const isLimit = (value: Record<string, unknown>) =>
  ['model_family', 'window', 'since', 'until'].every((name) => typeof value?.[name] === 'string');

/** Older states know only whether all of it is unproven. */
function parseUnproven(value: unknown): string[] {
  if (value === true) return [anyFamily];
  return Array.isArray(value) ? value.filter((family) => typeof family === 'string') : [];
}

/** A state that cannot be read is taken for a fresh one: at worst the service refuses once more. */
function parseState(text: string | null): AccountState {
  try {
    const found = JSON.parse(text ?? '') as AccountState;
    if (found.schema_version !== 1 || !Array.isArray(found.limits)) return newState;
    const isText = (value: unknown): value is string => typeof value === 'string';
    return {
      schema_version: 1,
      last_used_at: isText(found.last_used_at) ? found.last_used_at : null,
      auth_failures: Number.isInteger(found.auth_failures) ? found.auth_failures : 0,
      refused_at: isText(found.refused_at) ? found.refused_at : null,
      unproven: parseUnproven(found.unproven),
      bursts: Number.isInteger(found.bursts) ? found.bursts : 0,
      limits: found.limits.filter((limit) => isLimit(limit as unknown as Record<string, unknown>)),
    };
  } catch {
    return newState;
  }
}

/**
 * The runs that are to be counted for their accounts: the latest one where it is over, and those before it that were lost or
 * handed over, whose ends nobody tells. Runs without an account are left out.
 */
export function runsToSettle(task: EndedTask): SettledRun[] {
  const { task_id, runs, model = null } = task;
  const isPassedOn = ({ outcome }: EndedRun) => outcome === 'lost' || outcome === 'handed-over';
  const latest = runs.at(-1);
  const isOver = task.status !== 'pending' && task.status !== 'running';
  const earlier = latest && !isPassedOn(latest) ? runs.slice(0, -1) : runs;
  const passedOn = earlier.slice(earlier.findLastIndex((run) => !isPassedOn(run)) + 1);
  const own = latest && isOver && !passedOn.includes(latest) ? [{ ...latest, spent: latest.spent ?? task }] : [];
  return [...passedOn, ...own].flatMap(({ n, account, started_at, outcome, spent }) => {
    const run = { task_id, n, started_at, outcome, model, spent: spent ?? { cost_usd: null, usage: null } };
    return account === null ? [] : [{ ...run, account }];
  });
}

/** The account's folder, as whoever holds its lock changes it. */
interface OpenFolder {
  counters: Counters;
  /** Without the limits that are over. */
  state(): AccountState;
  /** Writes what changed; `isHot`: it may be lost in a power cut. */
  save(next: AccountState, isHot?: boolean): Promise<AccountState>;
  hold<T>(purpose: string, work: () => Promise<T>): Promise<T>;
}

function openFolder({ files, locks, clock, paths }: LedgerParts, name: string): OpenFolder {
  const folder = accountFolder(paths, name);
  const statePath = join(folder, 'state.json');
  return {
    counters: createCounters(files, folder),
    state: () => clearPassed(parseState(files.read(statePath)), clock.now()),
    async save(next, isHot = false) {
      const text = `${JSON.stringify(next)}\n`;
      if (text === files.read(statePath)) return next;
      if (!isHot) await files.replace(statePath, text);
      else {
        files.write(`${statePath}.tmp`, text);
        files.rename(`${statePath}.tmp`, statePath);
      }
      return next;
    },
    async hold(purpose, work) {
      const lock = await locks.take(join(folder, '.lock'), purpose, lockTimeoutMs);
      try {
        return await work();
      } finally {
        lock.release();
      }
    },
  };
}

/** Counts the limits that are new, and those whose end has changed. */
async function countLimits(counters: Counters, limits: readonly Limit[], timeZone: string | null): Promise<void> {
  for (const limit of limits) {
    const day = counters.load(dayOf(Date.parse(limit.since), timeZone));
    const { since, until } = limit;
    if (day.limits[limitKey(limit)]?.until === until) continue;
    await counters.save({ ...day, limits: { ...day.limits, [limitKey(limit)]: { since, until } } });
  }
}

async function settle(parts: LedgerParts, { name, time_zone, model = null }: Counted, run: SettledRun): Promise<void> {
  const { counters, state, save, hold } = openFolder(parts, name);
  await hold('settle', async () => {
    const [key, at, now] = [`${run.task_id}.${run.n}`, Date.parse(run.started_at), parts.clock.now()];
    if (counters.hasCounted(key, at, time_zone)) return;
    await counters.fold(now, time_zone);
    const outcome = run.outcome === 'completed' || run.outcome === 'failed' ? run.outcome : 'other';
    // Refusals were noted when they came.
    const family = familyUnder(model, modelFamilyOf(run.model));
    if (outcome === 'completed') await save(noteSuccess(state(), family));
    const { cost_usd, usage } = run.spent;
    const { input_tokens = 0, output_tokens = 0 } = usage ?? {};
    const day = counters.load(dayOf(at, time_zone));
    const counted = { outcome, input_tokens, output_tokens, cost_usd: cost_usd ?? 0 } as const;
    await counters.save({ ...day, runs: { ...day.runs, [key]: counted } });
  });
}

export function createLedger(parts: LedgerParts): Ledger {
  const { files, clock, paths } = parts;
  const open = (name: string) => openFolder(parts, name);
  return {
    state: (name) => open(name).state(),
    noteUse(name) {
      const { state, save, hold } = open(name);
      return hold('note a use', async () => {
        await save({ ...state(), last_used_at: isoNow(clock) }, true);
      });
    },
    noteRefusal({ name, time_zone }, refusal) {
      const { state, save, hold, counters } = open(name);
      return hold('note a refusal', async () => {
        const next = await save(noteLimit(state(), { ...refusal, now: clock.now() }));
        await countLimits(counters, next.limits, time_zone);
        return next;
      });
    },
    async noteAnswer(name, family) {
      const { state, save, hold } = open(name);
      // As a rule there is nothing to note, and no lock to wait for.
      const before = state();
      if (noteSuccess(before, family) === before) return;
      await hold('note an answer', async () => void (await save(noteSuccess(state(), family))));
    },
    forgive(name) {
      const { state, save, hold } = open(name);
      return hold('forgive', () => save({ ...state(), auth_failures: 0, refused_at: null }));
    },
    reset({ name, time_zone }) {
      const { state, save, hold, counters } = open(name);
      return hold('reset', async () => {
        const before = state();
        const until = isoNow(clock);
        const next = await save({ ...newState, last_used_at: before.last_used_at });
        // They end now, for the counters too.
        await countLimits(
          counters,
          before.limits.map((limit) => ({ ...limit, until })),
          time_zone,
        );
        return next;
      });
    },
    settle: (account, run) => settle(parts, account, run),
    today({ name, time_zone }) {
      const now = clock.now();
      return { ...open(name).counters.today(now, time_zone), resetsAt: nextDayAt(now, time_zone) };
    },
    total: ({ name }) => open(name).counters.total(clock.now()),
    async remove(name) {
      const folder = accountFolder(paths, name);
      if (files.stat(folder)) await open(name).hold('remove', async () => files.remove(folder));
    },
  };
}
