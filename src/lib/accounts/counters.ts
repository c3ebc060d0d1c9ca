/** What an account has done and has been refused, on disk: a file for each day, which counts each run once, and the sums of older days. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import { fail } from '../errors/errors.ts';
import { roundDollars } from '../format/amount.ts';
import { dayOf } from '../format/day.ts';
import { isObject } from '../format/json.ts';
import type { Limit } from './limits.ts';

export interface Tally {
  /** Runs that ended, however. */
  runs: number;
  completed: number;
  failed: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  /** Times at which a limit was met, and how long those that began then kept the account out. */
  times_limited: number;
  limited_ms: number;
}

/** One run, as it is counted. */
export interface CountedRun {
  outcome: 'completed' | 'failed' | 'other';
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
}

export interface AccountDay {
  schema_version: 1;
  day: string;
  /** By `<taskId>.<run>`. */
  runs: Record<string, CountedRun>;
  /** By {@link limitKey}. */
  limits: Record<string, Pick<Limit, 'since' | 'until'>>;
}

/** The sums of days that have no file any more. */
interface Totals extends Tally {
  schema_version: 1;
  /** The last day that they hold; null for none. */
  through: string | null;
}

export const emptyTally: Tally = {
  runs: 0,
  completed: 0,
  failed: 0,
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: 0,
  times_limited: 0,
  limited_ms: 0,
};

const dayMs = 86_400_000;
/** Days have a file for so long: no end of a run is told again later than that. */
const keptMs = 40 * dayMs;

/** Tells limits of a day apart. */
export function limitKey({ model_family, window, since }: Limit): string {
  return [model_family, window, since].join(' ');
}

/** Adds two tallies. */
function addTallies(a: Tally, b: Tally): Tally {
  const names = Object.keys(emptyTally) as (keyof Tally)[];
  const sum = Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Tally;
  return { ...sum, cost_usd: roundDollars(sum.cost_usd) };
}

/** What a day comes to; limits that go on count up to now. */
function tallyOf({ runs, limits }: Pick<AccountDay, 'runs' | 'limits'>, now: number): Tally {
  let tally = emptyTally;
  for (const { outcome, ...used } of Object.values(runs)) {
    tally = addTallies(tally, {
      ...emptyTally,
      ...used,
      runs: 1,
      completed: outcome === 'completed' ? 1 : 0,
      failed: outcome === 'failed' ? 1 : 0,
    });
  }
  for (const { since, until } of Object.values(limits)) {
    const length = Math.max(0, Math.min(Date.parse(until), now) - Date.parse(since));
    tally = addTallies(tally, { ...emptyTally, times_limited: 1, limited_ms: length });
  }
  return tally;
}

/** All methods are for who holds the account's lock, but for those that only look. */
export interface Counters {
  load(day: string): AccountDay;
  save(day: AccountDay): Promise<void>;
  /** Whether the run is counted on this day or one beside it, where it would be by another time zone, or too old to tell. */
  hasCounted(key: string, at: number, timeZone: string | null): boolean;
  /** Takes days that are old into the totals, once a day. */
  fold(now: number, timeZone: string | null): Promise<void>;
  today(now: number, timeZone: string | null): Tally;
  total(now: number): Tally;
}

/** Fields of a file that cannot be read are not guessed: whoever sees it may mend or remove it. */
function parseFile<T extends { schema_version: 1 }>(text: string, path: string, check: (value: T) => boolean): T {
  try {
    const value = JSON.parse(text) as T;
    if (isObject(value) && value.schema_version === 1 && check(value)) return value;
  } catch {
    // Said below.
  }
  return fail(
    'failed',
    `The counters in ${path} cannot be read.`,
    'Mend the file, or remove it: what it counted is then lost.',
  );
}

const isTally = (value: object): boolean =>
  Object.keys(emptyTally).every((name) => Number.isFinite((value as Record<string, unknown>)[name]));

export function createCounters(files: Files, folder: string): Counters {
  const days = join(folder, 'days');
  const totalsPath = join(folder, 'totals.json');
  const pathOf = (day: string) => join(days, `${day}.json`);
  const list = () =>
    files
      .list(days)
      .flatMap((name) => /^(\d{4,6}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? [])
      .sort();
  const loadTotals = (): Totals => {
    const text = files.read(totalsPath);
    if (text === null) return { schema_version: 1, through: null, ...emptyTally };
    return parseFile<Totals>(text, totalsPath, isTally);
  };
  const load = (day: string): AccountDay => {
    const text = files.read(pathOf(day));
    if (text === null) return { schema_version: 1, day, runs: {}, limits: {} };
    return parseFile<AccountDay>(text, pathOf(day), ({ runs, limits }) => isObject(runs) && isObject(limits));
  };
  /** A day that is in the totals does not count again, should its file have outlived that. */
  const isOpen = (day: string, { through }: Totals) => through === null || day > through;
  return {
    load,
    save: (value) => files.replace(pathOf(value.day), `${JSON.stringify(value)}\n`),
    hasCounted(key, at, timeZone) {
      if (!isOpen(dayOf(at, timeZone), loadTotals())) return true;
      return [at - dayMs, at, at + dayMs].some((moment) => Object.hasOwn(load(dayOf(moment, timeZone)).runs, key));
    },
    async fold(now, timeZone) {
      const first = dayOf(now - keptMs, timeZone);
      const old = list().filter((day) => day < first);
      if (old.length === 0) return;
      const totals = loadTotals();
      const fresh = old.filter((day) => isOpen(day, totals));
      if (fresh.length > 0) {
        const sum = fresh.reduce((tally, day) => addTallies(tally, tallyOf(load(day), now)), totals as Tally);
        const next: Totals = { ...sum, schema_version: 1, through: fresh.at(-1) as string };
        await files.replace(totalsPath, `${JSON.stringify(next)}\n`);
      }
      for (const day of old) files.remove(pathOf(day));
    },
    today: (now, timeZone) => tallyOf(load(dayOf(now, timeZone)), now),
    total(now) {
      const totals = loadTotals();
      const { schema_version: _, through: __, ...sum } = totals;
      return list()
        .filter((day) => isOpen(day, totals))
        .reduce((tally, day) => addTallies(tally, tallyOf(load(day), now)), sum as Tally);
    },
  };
}
