/** Updates that came together, in one durable file of which each has a name: the disk is waited for once, and names that it loses are given again. */

import { join } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import type { Log } from '../../adapters/log.ts';
import { type InboxEntry, parseEntry, parseLine, renderEntry } from './inbox-entry.ts';

export interface Batches {
  /** Keeps entries, durable when it returns, under the names of all of them; on an error of the disk none of them. */
  keep(entries: readonly InboxEntry[]): Promise<void>;
  /** Makes good what is missing of the batches that an earlier process left: each entry that is not done is found then. */
  restore(): void;
  /** These are done; a batch that has none left is removed. */
  release(updateIds: readonly number[]): void;
}

export interface BatchParts {
  files: Files;
  log: Log;
  root: string;
  /** The file of an update that is not done, and of one that is. */
  pendingPath(updateId: number): string;
  donePath(updateId: number): string;
}

interface Batch {
  path: string;
  /** Not done. */
  open: Set<number>;
}

const namePattern = /^batch-\d{1,16}-\d{1,16}\.jsonl$/;

export function createBatches(parts: BatchParts): Batches {
  const { files, log, root, pendingPath, donePath } = parts;
  const byId = new Map<number, Batch>();

  const remember = (path: string, open: Set<number>) => {
    const batch = { path, open };
    for (const updateId of open) byId.set(updateId, batch);
  };
  const restoreBatch = (path: string) => {
    const entries = loadBatch(files, log, path);
    if (entries === null) return;
    const open = entries.filter(({ update_id }) => files.stat(donePath(update_id)) === null);
    for (const entry of open) {
      const text = files.read(pendingPath(entry.update_id));
      if (text === null || parseEntry(text, entry.update_id) === null) {
        files.remove(pendingPath(entry.update_id));
        files.link(path, pendingPath(entry.update_id));
      }
    }
    if (open.length === 0) files.remove(path);
    else remember(path, new Set(open.map(({ update_id }) => update_id)));
  };

  return {
    async keep(entries) {
      const ids = entries.map(({ update_id }) => update_id);
      const path = join(root, `batch-${ids[0]}-${ids.at(-1)}.jsonl`);
      try {
        await files.replace(path, entries.map(renderEntry).join(''));
        for (const updateId of ids) files.link(path, pendingPath(updateId));
      } catch (error) {
        // Telegram has not been told: it will send them all again, and then none must count as known.
        files.remove(path);
        for (const updateId of ids) files.remove(pendingPath(updateId));
        throw error;
      }
      remember(path, new Set(ids));
    },
    restore() {
      for (const name of files.list(root)) {
        if (!namePattern.test(name)) continue;
        try {
          restoreBatch(join(root, name));
        } catch (error) {
          log.error({ path: join(root, name), error: String(error) }, 'Updates that came together cannot be read.');
        }
      }
    },
    release(updateIds) {
      for (const updateId of updateIds) {
        const batch = byId.get(updateId);
        byId.delete(updateId);
        batch?.open.delete(updateId);
        if (batch?.open.size === 0) files.remove(batch.path);
      }
    },
  };
}

/** The entries of a batch; null where it is to be left alone. */
function loadBatch(files: Files, log: Log, path: string): InboxEntry[] | null {
  const lines = (files.read(path) ?? '').split('\n').filter((line) => line !== '');
  const entries = lines.map(parseLine);
  if (entries.includes('newer')) {
    log.warn({ path }, 'Updates were kept by a later version of the program; they are left alone.');
    return null;
  }
  const whole = entries.filter((entry) => entry !== null && entry !== 'newer');
  if (whole.length < entries.length)
    log.warn({ path, count: entries.length - whole.length }, 'Updates in a batch do not parse; they are passed over.');
  return whole;
}
