/** What the inbox holds, read again: an update by itself, or a message with all that was planned as a part of it. */

import type { Incoming, IncomingMessage } from '../incoming.ts';
import { type Reader, readUpdate } from '../read-update.ts';
import { mergeAgain } from './gather.ts';
import type { Inbox, InboxEntry } from './inbox.ts';

/** Whose updates they are. */
export type Me = Pick<Reader, 'botId' | 'botName'>;

/** A kept update in our words; null for one that is broken. */
export function readEntry(entry: InboxEntry, me: Me): Incoming | null {
  return readUpdate(entry.update, { ...me, receivedAt: Date.parse(entry.received_at) });
}

/** A message that was planned, whole with its parts, done or not; null where the inbox has no such message (any more). */
export function recallMessage(inbox: Pick<Inbox, 'find'>, updateId: number, me: Me): IncomingMessage | null {
  const entry = inbox.find(updateId);
  const [head] = messageIn(entry, me);
  if (entry === null || head === undefined) return null;
  const partOf = entry.part_ids ?? [];
  const parts = partOf.flatMap((partId) => messageIn(inbox.find(partId), me));
  return { ...mergeAgain(head, parts), partOf };
}

function messageIn(entry: InboxEntry | null, me: Me): IncomingMessage[] {
  const found = entry === null ? null : readEntry(entry, me);
  return found?.kind === 'message' ? [found] : [];
}
