/** The record of a kept update: its shape, its text, and how the text is read again. */

import type { RawUpdate } from '../../adapters/telegram-api.ts';

/** A kept update, as it stands in its file. */
export interface InboxEntry {
  schema_version: 1;
  update_id: number;
  received_at: string;
  /** As Telegram sent it; on disk the bare id, where `sealed` is there or what it held is forgotten. */
  update: RawUpdate;
  /** The update for nobody to read; empty where it could not be sealed, and is in memory alone. */
  sealed?: string;
  /** What acting on it will do; null while that is not fixed. */
  plan: object | null;
  /** Updates that are acted on together with this one; null while that is not fixed. */
  part_ids: number[] | null;
}

export function renderEntry(entry: InboxEntry): string {
  const update = entry.sealed === undefined ? entry.update : bareUpdate(entry.update_id);
  return `${JSON.stringify({ ...entry, update })}\n`;
}

/** The entry of an update that was acted on, without anything that the update held. */
export function renderForgotten({ sealed: _, ...entry }: InboxEntry): string {
  return renderEntry({ ...entry, update: bareUpdate(entry.update_id) });
}

const bareUpdate = (update_id: number): RawUpdate => ({ update_id }) as RawUpdate;

/** The ids that Telegram gives. */
export function isUpdateId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The entry of this id in a file of one or more; null where it has none, `newer` for what a later version wrote. */
export function parseEntry(text: string, updateId: number): InboxEntry | 'newer' | null {
  const lines = text.split('\n').filter((line) => line !== '');
  const [only] = lines;
  const line = lines.length > 1 ? lines.find((one) => one.includes(`"update_id":${updateId},`)) : only;
  const entry = line === undefined ? null : parseLine(line);
  return entry === 'newer' || entry?.update_id === updateId ? entry : null;
}

/** An entry, whichever it is. */
export function parseLine(line: string): InboxEntry | 'newer' | null {
  try {
    const found = JSON.parse(line) as Partial<InboxEntry> | null;
    if (typeof found?.schema_version === 'number' && found.schema_version > 1) return 'newer';
    const { update_id, update, sealed, plan, part_ids, received_at } = found ?? {};
    const isWhole =
      found?.schema_version === 1 &&
      isUpdateId(update_id) &&
      update?.update_id === update_id &&
      (sealed === undefined || typeof sealed === 'string') &&
      Number.isFinite(Date.parse(received_at ?? '')) &&
      typeof plan === 'object' &&
      (part_ids === null || (Array.isArray(part_ids) && part_ids.every(isUpdateId)));
    return isWhole ? (found as InboxEntry) : null;
  } catch {
    return null;
  }
}
