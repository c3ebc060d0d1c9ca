/** A user's counters on disk: `usage/<user>/<day>.json`, with what was reserved and what was spent on that day. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { isObject } from '../format/json.ts';
import { parseTaskId } from '../format/task-id.ts';

export interface Spent {
  cost_usd: number;
  /** Input and output. */
  tokens: number;
}

export interface UsageDay {
  schema_version: 1;
  user_id: string;
  /** Of the user's time zone, `2026-11-20`. */
  day: string;
  /** By key ({@link usageKey}): the instant at which it was reserved (ISO). */
  reserved: Record<string, string>;
  /** By the key of the run that spent it, which has its number always: `<taskId>.1`. */
  spent: Record<string, Spent>;
}

/** The key of what a task takes from a quota: its id for the first run, its id and the run's number for a retry. */
export function usageKey(taskId: string, run: number): string {
  return run <= 1 ? taskId : `${taskId}.${run}`;
}

export interface KeyParts {
  taskId: string;
  /** The first run that the reservation covers; the ones that follow by themselves are covered too. */
  run: number;
  /** The millisecond in the task's id: nothing of it was reserved much earlier. */
  ts: number;
}

/** The parts of a key; null for a foreign text. */
export function parseUsageKey(key: string): KeyParts | null {
  const [taskId = '', run = '1', ...more] = key.split('.');
  const ts = parseTaskId(taskId)?.ts;
  return ts === undefined || more.length > 0 || !/^[1-9]\d{0,5}$/.test(run) ? null : { taskId, run: Number(run), ts };
}

export interface UsageDays {
  /** Days that have a file, oldest first. */
  list(userId: string): string[];
  /** The day's counters, empty ones where there is no file; throws `failed` for a file that cannot be read. */
  load(userId: string, day: string): UsageDay;
  /** `isDurable`: on disk when it returns. Otherwise it outlives us, but not a power cut. */
  save(value: UsageDay, isDurable: boolean): Promise<void>;
  /** Removes the files of days before this one, and what killed writers left. For who holds the user's lock. */
  removeBefore(userId: string, day: string): void;
}

const isSpent = (value: unknown) => isObject(value) && Number.isFinite(value.cost_usd) && Number.isFinite(value.tokens);

function parseUsageDay(text: string): UsageDay | null {
  try {
    const { reserved, spent, schema_version, user_id, day } = JSON.parse(text) as UsageDay;
    if (schema_version !== 1 || typeof user_id !== 'string' || typeof day !== 'string') return null;
    if (!isObject(reserved) || !isObject(spent) || !Object.values(spent).every(isSpent)) return null;
    return { schema_version, user_id, day, reserved, spent };
  } catch {
    return null;
  }
}

export function createUsageDays({ files, paths }: { files: Files; paths: Pick<Paths, 'usage'> }): UsageDays {
  const pathOf = (userId: string, day: string) => join(paths.usage(userId), `${day}.json`);
  const list = (userId: string) =>
    files
      .list(paths.usage(userId))
      .flatMap((name) => /^(\d{4,6}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? [])
      .sort();
  return {
    list,
    load(userId, day) {
      const path = pathOf(userId, day);
      const text = files.read(path);
      if (text === null) return { schema_version: 1, user_id: userId, day, reserved: {}, spent: {} };
      // To begin anew would open the quota that the file keeps.
      return (
        parseUsageDay(text) ??
        fail(
          'failed',
          `The counters in ${path} cannot be read.`,
          'Mend the file, or remove it: the day is then counted anew.',
        )
      );
    },
    async save(value, isDurable) {
      const path = pathOf(value.user_id, value.day);
      const text = `${JSON.stringify(value)}\n`;
      if (isDurable) return await files.replace(path, text);
      const temporary = `${path}.tmp`;
      files.makeFolder(paths.usage(value.user_id));
      files.write(temporary, text);
      files.rename(temporary, path);
    },
    removeBefore(userId, day) {
      const folder = paths.usage(userId);
      for (const name of files.list(folder)) if (name.startsWith('.tmp-')) files.remove(join(folder, name));
      for (const one of list(userId)) if (one < day) files.remove(pathOf(userId, one));
    },
  };
}
