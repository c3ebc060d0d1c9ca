/** Updates on disk from before Telegram is told that they came until long after they were acted on. One process writes here: who holds the bot's lock. */

import { join } from 'node:path';
import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Log } from '../../adapters/log.ts';
import type { RawUpdate } from '../../adapters/telegram-api.ts';
import type { Paths } from '../../config/paths.ts';
import { fail, systemCode } from '../../errors/errors.ts';

/** A kept update, as it stands in its file. */
export interface InboxEntry {
  schema_version: 1;
  update_id: number;
  received_at: string;
  /** As Telegram sent it. */
  update: RawUpdate;
  /** What acting on it will do; null while that is not fixed. */
  plan: object | null;
  /** Updates that are acted on together with this one; null while that is not fixed. */
  part_ids: number[] | null;
}

export interface Inbox {
  /**
   * Keeps updates, durable when it returns; gives those that were not known before, in order. All or, on an error of the
   * disk, none of them. What has no id is passed over.
   */
  keep(updates: readonly RawUpdate[]): Promise<InboxEntry[]>;
  /** All that is not done, in order. Files that do not parse are set aside; those of a later version are left alone. */
  pending(): InboxEntry[];
  /** A kept update, pending or done; null for one that is not known, or no longer. */
  find(updateId: number): InboxEntry | null;
  /**
   * Fixes what acting on an update will do and with which others, durable when it returns; a second plan replaces the first.
   * Throws `not-found` for an update that is not pending.
   */
  plan(updateId: number, plan: object, partIds: readonly number[]): Promise<void>;
  /**
   * These were acted on. Parts are to be named before what they are a part of: killed in between, a part that nobody waits for
   * would be taken for a message of its own. Not awaited by the disk: after a power cut an update may be acted on again.
   */
  done(updateIds: readonly number[]): void;
  /** Forgets what was done more than a week ago. */
  sweepDone(): Promise<void>;
}

export interface InboxParts {
  files: Files;
  paths: Pick<Paths, 'inbox'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
  botId: string;
}

/** Telegram keeps updates for a day: by then none that is done can come again. */
const doneForMs = 7 * 86_400_000;
const oldTemporaryMs = 3_600_000;
/** Between two chunks the event loop gets its turn. */
const chunkSize = 500;

export function createInbox({ files, paths, clock, log, botId }: InboxParts): Inbox {
  const root = paths.inbox(botId);
  const places = { root, done: join(root, 'done'), broken: join(root, 'broken') };
  const pendingPath = (updateId: number) => join(root, fileOf(updateId));
  const donePath = (updateId: number) => join(places.done, fileOf(updateId));
  const isKnown = (updateId: number) =>
    files.stat(pendingPath(updateId)) !== null || files.stat(donePath(updateId)) !== null;
  let keptCount = 0;

  return {
    async keep(updates) {
      const received_at = new Date(clock.now()).toISOString();
      const byId = new Map(updates.filter(hasId).map((update) => [update.update_id, update]));
      if (byId.size < updates.length)
        log.debug({ count: updates.length - byId.size }, 'Updates came doubled or without an id.');
      const fresh = [...byId.values()]
        .filter(({ update_id }) => !isKnown(update_id))
        .sort((a, b) => a.update_id - b.update_id);
      const entries = fresh.map((update): InboxEntry => {
        return { schema_version: 1, update_id: update.update_id, received_at, update, plan: null, part_ids: null };
      });
      if (entries.length > 0) await writeAll(files, root, entries, () => `.tmp-${process.pid}-${keptCount++}`);
      return entries;
    },
    pending: () =>
      files
        .list(root)
        .flatMap((name) => loadPending(files, log, places, name) ?? [])
        .sort((a, b) => a.update_id - b.update_id),
    find(updateId) {
      const text = files.read(pendingPath(updateId)) ?? files.read(donePath(updateId));
      const entry = text === null ? null : parseEntry(text, updateId);
      return entry === 'newer' ? null : entry;
    },
    async plan(updateId, plan, partIds) {
      const text = files.read(pendingPath(updateId));
      const entry = text === null ? null : parseEntry(text, updateId);
      if (entry === null || entry === 'newer') {
        return fail('not-found', `Update ${updateId} is not in the inbox any more.`, 'Send the message again.');
      }
      await files.replace(pendingPath(updateId), lineOf({ ...entry, plan, part_ids: [...partIds] }));
    },
    done(updateIds) {
      for (const updateId of updateIds) moveIfThere(files, pendingPath(updateId), places.done, fileOf(updateId));
    },
    async sweepDone() {
      const isOlder = (path: string, ms: number) =>
        (files.stat(path)?.modifiedAt ?? Number.POSITIVE_INFINITY) < clock.now() - ms;
      const temporary = files.list(root).filter((name) => name.startsWith('.tmp-'));
      for (const name of temporary) if (isOlder(join(root, name), oldTemporaryMs)) files.remove(join(root, name));
      const names = files.list(places.done);
      for (let start = 0; start < names.length; start += chunkSize) {
        for (const name of names.slice(start, start + chunkSize)) {
          if (isOlder(join(places.done, name), doneForMs)) files.remove(join(places.done, name));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const fileOf = (updateId: number) => `${updateId}.json`;
const lineOf = (entry: InboxEntry) => `${JSON.stringify(entry)}\n`;

function hasId(update: RawUpdate): boolean {
  return isUpdateId((update as RawUpdate | null)?.update_id);
}

function isUpdateId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Writes under other names first, so that whatever carries an update's name is whole; one sync of the folder for all. */
async function writeAll(files: Files, root: string, entries: InboxEntry[], nextName: () => string): Promise<void> {
  const writing = entries.map((entry) => ({
    text: lineOf(entry),
    temporary: join(root, nextName()),
    path: join(root, fileOf(entry.update_id)),
  }));
  try {
    const written = await Promise.allSettled(
      writing.map(async ({ temporary, text }) => files.writePlain(temporary, text)),
    );
    for (const one of written) if (one.status === 'rejected') throw one.reason;
    for (const { temporary, path } of writing) files.rename(temporary, path);
    await files.syncFolder(root);
  } catch (error) {
    // Telegram has not been told: it will send them all again, and then none must count as known.
    for (const { temporary, path } of writing) {
      files.remove(temporary);
      files.remove(path);
    }
    throw error;
  }
}

interface Places {
  root: string;
  done: string;
  broken: string;
}

function loadPending(files: Files, log: Log, { root, broken }: Places, name: string): InboxEntry | null {
  const updateId = /^\d{1,16}\.json$/.test(name) ? Number.parseInt(name, 10) : null;
  if (updateId === null) return null;
  const path = join(root, name);
  try {
    const text = files.read(path);
    if (text === null) return null;
    const entry = parseEntry(text, updateId);
    if (entry === 'newer') {
      log.warn({ path }, 'An update was kept by a later version of the program; it is left alone.');
      return null;
    }
    if (entry !== null) return entry;
    log.warn({ path }, 'An update in the inbox does not parse; it was set aside.');
    moveIfThere(files, path, broken, name);
  } catch (error) {
    log.error({ path, error: String(error) }, 'An update in the inbox cannot be read.');
  }
  return null;
}

function parseEntry(text: string, updateId: number): InboxEntry | 'newer' | null {
  try {
    const found = JSON.parse(text) as Partial<InboxEntry> | null;
    if (typeof found?.schema_version === 'number' && found.schema_version > 1) return 'newer';
    const { update, plan, part_ids, received_at } = found ?? {};
    const isWhole =
      found?.schema_version === 1 &&
      found.update_id === updateId &&
      update?.update_id === updateId &&
      Number.isFinite(Date.parse(received_at ?? '')) &&
      typeof plan === 'object' &&
      (part_ids === null || (Array.isArray(part_ids) && part_ids.every(isUpdateId)));
    return isWhole ? (found as InboxEntry) : null;
  } catch {
    return null;
  }
}

/** Moves a file into a folder that may not be there yet; nothing happens where the file is gone. */
function moveIfThere(files: Files, from: string, folder: string, name: string): void {
  const move = () => files.rename(from, join(folder, name));
  try {
    move();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    if (files.stat(from) === null) return;
    files.makeFolder(folder);
    move();
  }
}
