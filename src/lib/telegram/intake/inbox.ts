/** Updates on disk from before Telegram is told that they came until long after they were acted on. One process writes here: who holds the bot's lock. */

import { join } from 'node:path';
import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Log } from '../../adapters/log.ts';
import type { RawUpdate } from '../../adapters/telegram-api.ts';
import type { Paths } from '../../config/paths.ts';
import { fail, systemCode } from '../../errors/errors.ts';
import { isoNow } from '../../format/instant.ts';
import { type Batches, createBatches } from './batches.ts';
import { type InboxEntry, isUpdateId, parseEntry, renderEntry, renderForgotten } from './inbox-entry.ts';
import { openEntry, type Privacy, sealEntry } from './privacy.ts';

export type { InboxEntry } from './inbox-entry.ts';

export interface Inbox {
  /**
   * Keeps updates, durable when it returns; gives those that were not known before, in order. All or, on an error of the
   * disk, none of them. What has no id is passed over.
   */
  keep(updates: readonly RawUpdate[]): Promise<InboxEntry[]>;
  /**
   * All that is not done, in order. Files that do not parse are set aside; those of a later version are left alone, and so are
   * for a day those that are sealed with a key that is not there.
   */
  pending(): InboxEntry[];
  /** A kept update, pending or done; null for one that is not known, or no longer. */
  find(updateId: number): InboxEntry | null;
  /**
   * Fixes what acting on an update will do and with which others, durable when it returns; a second plan replaces the first.
   * Throws `not-found` for an update that is not pending.
   */
  plan(updateId: number, plan: object, partIds: readonly number[]): Promise<void>;
  /**
   * These were acted on; `isForgotten`: of what they held nothing stays. Parts are to be named before what they are a part of: killed in between, a part that nobody waits for
   * would be taken for a message of its own. Not awaited by the disk: after a power cut an update may be acted on again.
   */
  done(updateIds: readonly number[], isForgotten?: boolean): void;
  /** Forgets what was done more than a week ago. */
  sweepDone(): Promise<void>;
}

export interface InboxParts {
  files: Files;
  paths: Pick<Paths, 'inbox'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
  botId: string;
  /** Which updates are sealed on disk; without it none. */
  privacy?: Privacy;
}

/** Telegram keeps updates for a day: by then none that is done can come again. */
const doneForMs = 7 * 86_400_000;
/** So long an update waits that was sealed with a key that is not there. */
const sealedForMs = 86_400_000;
const oldTemporaryMs = 3_600_000;
/** Between two chunks the event loop gets its turn. */
const chunkSize = 500;

export function createInbox({ files, paths, clock, log, botId, privacy }: InboxParts): Inbox {
  const root = paths.inbox(botId);
  const places = { root, done: join(root, 'done'), broken: join(root, 'broken') };
  const pendingPath = (updateId: number) => join(root, fileOf(updateId));
  const donePath = (updateId: number) => join(places.done, fileOf(updateId));
  const isKnown = (updateId: number) =>
    files.stat(pendingPath(updateId)) !== null || files.stat(donePath(updateId)) !== null;
  /** A key that is away for long will not come back, and nobody waits for an answer any more. */
  const forgetOld = ({ update_id, received_at }: InboxEntry): InboxEntry[] => {
    const isOld = Date.parse(received_at) < clock.now() - sealedForMs;
    if (isOld) moveForgotten(files, pendingPath(update_id), places.done, update_id);
    return [];
  };
  const batches = createBatches({ files, log, root, pendingPath, donePath });

  return {
    async keep(updates) {
      const received_at = isoNow(clock);
      const byId = new Map(updates.filter(hasId).map((update) => [update.update_id, update]));
      if (byId.size < updates.length)
        log.debug({ count: updates.length - byId.size }, 'Updates came doubled or without an id.');
      const fresh = [...byId.values()]
        .filter(({ update_id }) => !isKnown(update_id))
        .sort((a, b) => a.update_id - b.update_id);
      const entries = fresh.map((update): InboxEntry => {
        const entry = { schema_version: 1 as const, update_id: update.update_id, received_at, update };
        return sealEntry(privacy, log, { ...entry, plan: null, part_ids: null });
      });
      await keepAll({ files, batches, pendingPath }, entries);
      return entries;
    },
    pending() {
      batches.restore();
      return files
        .list(root)
        .flatMap((name) => loadPending(files, log, places, name) ?? [])
        .flatMap((entry) => openEntry(privacy, log, entry) ?? forgetOld(entry))
        .sort((a, b) => a.update_id - b.update_id);
    },
    find(updateId) {
      const text = files.read(pendingPath(updateId)) ?? files.read(donePath(updateId));
      const entry = text === null ? null : parseEntry(text, updateId);
      return entry === 'newer' || entry === null ? null : openEntry(privacy, log, entry);
    },
    async plan(updateId, plan, partIds) {
      const text = files.read(pendingPath(updateId));
      const entry = text === null ? null : parseEntry(text, updateId);
      if (entry === null || entry === 'newer') {
        return fail('not-found', `Update ${updateId} is not in the inbox any more.`, 'Send the message again.');
      }
      await files.replace(pendingPath(updateId), renderEntry({ ...entry, plan, part_ids: [...partIds] }));
    },
    done(updateIds, isForgotten = false) {
      for (const updateId of updateIds) {
        if (isForgotten) moveForgotten(files, pendingPath(updateId), places.done, updateId);
        else moveIfThere(files, pendingPath(updateId), places.done, fileOf(updateId));
      }
      batches.release(updateIds);
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

/**
 * Removes what an earlier process was writing when it was killed: it may hold what was wiped since. For who holds the bot's lock,
 * before it writes there itself.
 */
export function removeUnfinished(files: Files, folder: string): void {
  for (const name of files.list(folder)) if (name.startsWith('.tmp-')) files.remove(join(folder, name));
}

const fileOf = (updateId: number) => `${updateId}.json`;

function hasId(update: RawUpdate): boolean {
  return isUpdateId((update as RawUpdate | null)?.update_id);
}

interface Keeping {
  files: Files;
  batches: Batches;
  pendingPath(updateId: number): string;
}

/** Sealed ones have a file of their own: a batch stays until all of it is done, and they are to be forgotten before. */
async function keepAll({ files, batches, pendingPath }: Keeping, entries: readonly InboxEntry[]): Promise<void> {
  const sealed = entries.filter((entry) => entry.sealed !== undefined);
  const open = entries.filter((entry) => entry.sealed === undefined);
  const [first] = open;
  try {
    for (const entry of sealed) await keepOne(files, pendingPath(entry.update_id), entry);
    if (open.length > 1) await batches.keep(open);
    else if (first) await keepOne(files, pendingPath(first.update_id), first);
  } catch (error) {
    for (const { update_id } of sealed) files.remove(pendingPath(update_id));
    throw error;
  }
}

/** Telegram has not been told of one that cannot be kept: it comes again, and must not count as known then. */
async function keepOne(files: Files, path: string, entry: InboxEntry): Promise<void> {
  try {
    await files.replace(path, renderEntry(entry));
  } catch (error) {
    files.remove(path);
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

/** The same for an update of which nothing is to stay but that it was there. Killed in between, it is pending still. */
function moveForgotten(files: Files, from: string, folder: string, updateId: number): void {
  const text = files.read(from);
  const entry = text === null ? null : parseEntry(text, updateId);
  if (entry !== null && entry !== 'newer') {
    files.makeFolder(folder);
    files.write(join(folder, fileOf(updateId)), renderForgotten(entry));
  }
  files.remove(from);
}
