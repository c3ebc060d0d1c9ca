/** Updates that nobody may read on disk: sealed before they are kept, opened when they are acted on. */

import type { Log } from '../../adapters/log.ts';
import type { RawUpdate } from '../../adapters/telegram-api.ts';
import type { InboxEntry } from './inbox-entry.ts';

/** Which updates hold what nobody may read, and the means to seal them. */
export interface Privacy {
  /** Never throws, whatever the update is. */
  isSecret(update: RawUpdate): boolean;
  /** Throws where there is no key. */
  seal(updateId: number, text: string): string;
  /** Throws where the key is another one. */
  open(updateId: number, sealed: string): string;
}

/** The entry, sealed where it must be. Where there is no key for that it is in memory alone: rather lost than readable. */
export function sealEntry(privacy: Privacy | undefined, log: Log, entry: InboxEntry): InboxEntry {
  if (!privacy?.isSecret(entry.update)) return entry;
  try {
    return { ...entry, sealed: privacy.seal(entry.update_id, JSON.stringify(entry.update)) };
  } catch (error) {
    log.error({ update_id: entry.update_id, error: String(error) }, 'An update could not be sealed; it is not kept.');
    return { ...entry, sealed: '' };
  }
}

/** The entry with its update as it came; null where that is sealed and cannot be opened. */
export function openEntry(privacy: Privacy | undefined, log: Log, entry: InboxEntry): InboxEntry | null {
  if (!entry.sealed) return entry;
  try {
    const text = privacy?.open(entry.update_id, entry.sealed);
    const update = text === undefined ? null : parseUpdate(text);
    if (update?.update_id === entry.update_id) return { ...entry, update };
    log.error({ update_id: entry.update_id }, 'A sealed update does not parse; it is left alone.');
  } catch (error) {
    log.error(
      { update_id: entry.update_id, error: String(error) },
      'A sealed update cannot be opened; it is left alone.',
    );
  }
  return null;
}

/** An error of the parser would quote the text. */
function parseUpdate(text: string): RawUpdate | null {
  try {
    return JSON.parse(text) as RawUpdate;
  } catch {
    return null;
  }
}
