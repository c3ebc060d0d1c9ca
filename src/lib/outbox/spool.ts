/** The outbox as the deliverer sees it: a chat's entries with what became of them. Only the holder of the outbox lock writes here. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import { isoNow } from '../format/instant.ts';
import { createReadings, type Readings } from '../format/stamp.ts';
import type { EndedNotification, ProgressNotification } from '../notifications/notification.ts';
import {
  type ChatRecord,
  type Delivery,
  newChatRecord,
  newDelivery,
  type OutboxEntry,
  type SettledEntry,
} from './entry.ts';
import {
  endedKeyFor,
  isProgressKey,
  keyOfDelivery,
  keyOfFile,
  type Layout,
  parseEntry,
  parseRecord,
  settledPlaces,
} from './layout.ts';
import { isForBot, isSettled, listChats } from './store.ts';

/** An entry and what became of it so far. */
export interface Item {
  entry: OutboxEntry;
  delivery: Delivery;
}

export interface ProgressItem extends Item {
  progress: ProgressNotification;
  /** `live`: its run goes on; `awaiting`: its outcome is about to be sent; `over`: nothing more will be said of the run. */
  stage: 'live' | 'awaiting' | 'over';
}

export interface ChatView {
  chatId: string;
  record: ChatRecord;
  /** What must arrive, in order. */
  musts: Item[];
  progress: ProgressItem[];
}

export interface Spool {
  chats(): string[];
  /**
   * Gives a look at all that our bot may deliver in this chat. Broken files are set aside, doubled entries removed. For one who
   * looks again and again: an entry that has not changed is not read again.
   */
  lookInto(chatId: string): () => ChatView;
  saveDelivery(item: Item, changes: Partial<Delivery>): Promise<void>;
  saveChat(view: ChatView, changes: Partial<ChatRecord>): Promise<void>;
  /** Puts an entry to rest: it was sent, or (with `failed` in its delivery) never can be. */
  settle(item: Item): Promise<void>;
  /** Forgets a progress entry whose run is over: its outcome's entry keeps it from coming back. */
  forget(item: Item): void;
  /** The settled outcome of the run that a progress entry is about. */
  outcomeOf(item: ProgressItem): { ended: EndedNotification; delivery: Delivery } | null;
  /** Up to `maxBytes` of a file with a whole answer; null where there is none. */
  readDocument(path: string, maxBytes: number): Buffer | null;
  /** Removes what writers that were killed in the middle of writing left behind. */
  sweep(): void;
}

export interface SpoolParts {
  files: Files;
  layout: Layout;
  clock: Pick<Clock, 'now'>;
  log: Log;
  botId: string;
}

const oldTemporaryMs = 3_600_000;

export function createSpool(parts: SpoolParts): Spool {
  const { files, layout, clock } = parts;
  const unsettled: Unsettled = new WeakSet();
  const forget = ({ entry }: Item) => {
    const { chat_id, key } = entry;
    unsettled.delete(entry);
    files.remove(layout.delivery(chat_id, key));
    files.remove(layout.entry(chat_id, key));
  };
  return {
    chats: () => listChats(files, layout),
    lookInto(chatId) {
      const known = createReadings<EntryFile>(files);
      return () => loadChat({ ...parts, known, unsettled, forget }, chatId);
    },
    async saveDelivery(item, changes) {
      const delivery = { ...item.delivery, ...changes };
      await files.replace(layout.delivery(item.entry.chat_id, item.entry.key), `${JSON.stringify(delivery)}\n`);
      item.delivery = delivery;
    },
    async saveChat(view, changes) {
      const record = { ...view.record, ...changes };
      await files.replace(layout.chatRecord(view.chatId), `${JSON.stringify(record)}\n`);
      view.record = record;
    },
    async settle(item) {
      const { entry, delivery } = item;
      const settled: SettledEntry = { ...entry, delivery, settled_at: isoNow(clock) };
      const place = delivery.failed ? 'failed' : 'sent';
      unsettled.delete(entry);
      await files.replace(layout.settled(place, entry.chat_id, entry.key), `${JSON.stringify(settled)}\n`);
      forget(item);
    },
    forget,
    outcomeOf({ entry }) {
      for (const place of settledPlaces) {
        const path = layout.settled(place, entry.chat_id, endedKeyFor(entry.key));
        const settled = parseRecord<SettledEntry>(files.read(path));
        if (settled?.notification.kind === 'ended') return { ended: settled.notification, delivery: settled.delivery };
      }
      return null;
    },
    readDocument: (path, maxBytes) => (files.stat(path) ? files.readRange(path, 0, maxBytes) : null),
    sweep() {
      for (const chatId of listChats(files, layout)) {
        for (const name of files.list(layout.chat(chatId))) {
          const path = join(layout.chat(chatId), name);
          const age = clock.now() - (files.stat(path)?.modifiedAt ?? clock.now());
          if (name.startsWith('.tmp-') && age > oldTemporaryMs) files.remove(path);
        }
      }
    },
  };
}

/** What an entry's file says; null where it is broken. */
type EntryFile = OutboxEntry | 'newer' | null;

/**
 * Entries, as they were read, that nobody had settled: only the holder of the lock settles, so they are not until we do so. What
 * is announced once more is another file, and so another entry.
 */
type Unsettled = WeakSet<OutboxEntry>;

interface LoadParts extends SpoolParts {
  known: Readings<EntryFile>;
  unsettled: Unsettled;
  forget(item: Item): void;
}

function loadChat(parts: LoadParts, chatId: string): ChatView {
  const { files, layout, known, unsettled, forget } = parts;
  const names = files.list(layout.chat(chatId));
  const keys = names.map(keyOfFile).filter((key) => key !== null);
  known.retain(new Set(keys.map((key) => layout.entry(chatId, key))));
  // Deliveries are ours alone: what is not in the list is not there.
  const delivered = new Set(names.map(keyOfDelivery));
  const items = keys.map((key) => loadItem(parts, chatId, key, delivered.has(key))).filter((item) => item !== null);
  const fresh = items.filter((item) => {
    if (unsettled.has(item.entry)) return true;
    const isDoubled = isSettled(files, layout, chatId, item.entry.key);
    if (isDoubled) forget(item);
    else unsettled.add(item.entry);
    return !isDoubled;
  });
  const waiting = new Set(fresh.map(({ entry }) => entry.key));
  const progress = fresh.flatMap((item): ProgressItem[] => {
    const { notification, key } = item.entry;
    if (notification.kind !== 'progress') return [];
    const isOver = () => notification.state === 'ended' || isSettled(files, layout, chatId, endedKeyFor(key));
    const stage = waiting.has(endedKeyFor(key)) ? 'awaiting' : isOver() ? 'over' : 'live';
    return [{ ...item, progress: notification, stage }];
  });
  const record = parseRecord<ChatRecord>(files.read(layout.chatRecord(chatId))) ?? newChatRecord;
  return {
    chatId,
    record,
    musts: fresh.filter(({ entry }) => entry.notification.kind !== 'progress').sort(byUrgency),
    progress: progress.sort(byAge),
  };
}

/** An agent stands still until its question is answered: those go before everything else. */
function byUrgency(a: Item, b: Item): number {
  const rank = ({ entry: { notification } }: Item) => (notification.kind === 'question' ? 0 : 1);
  return rank(a) - rank(b) || byAge(a, b);
}

function byAge(a: Item, b: Item): number {
  const rank = ({ entry: { notification } }: Item) => (notification.kind === 'ended' ? 1 : 0);
  return (
    a.entry.created_at.localeCompare(b.entry.created_at) ||
    rank(a) - rank(b) ||
    a.entry.key.localeCompare(b.entry.key, 'en', { numeric: true })
  );
}

function loadItem(
  { files, layout, log, botId, known }: LoadParts,
  chatId: string,
  key: string,
  isDelivered: boolean,
): Item | null {
  const path = layout.entry(chatId, key);
  const entry = known.get(path, () => {
    const text = files.read(path);
    // Gone meanwhile: as little ours as one that is too new.
    return text === null ? 'newer' : parseEntry(text, key);
  });
  if (entry === 'newer' || (entry !== null && !isForBot(entry, botId))) return null;
  if (entry === null || entry.chat_id !== chatId || isProgressKey(key) !== (entry.notification.kind === 'progress')) {
    log.warn({ path }, 'A message in the outbox does not parse; it was set aside.');
    files.makeFolder(layout.broken);
    void files.move(path, join(layout.broken, `${chatId}.${key}.json`)).catch(() => {});
    return null;
  }
  const text = isDelivered ? files.read(layout.delivery(chatId, key)) : null;
  if (text === null) return { entry, delivery: newDelivery };
  const delivery = parseRecord<Delivery>(text);
  if (delivery !== null) return { entry, delivery: { ...newDelivery, ...delivery } };
  log.warn(
    { path: layout.delivery(chatId, key) },
    'What became of a message is unreadable; it counts as possibly sent.',
  );
  return { entry, delivery: unknownDelivery(key) };
}

/** For an entry whose own record is lost: a progress message counts as absent, all parts of others as possible repeats. */
function unknownDelivery(key: string): Delivery {
  return isProgressKey(key)
    ? { ...newDelivery, sent: [{ part: 0, message_id: null }] }
    : { ...newDelivery, repeats: [0, 1, 2, 3] };
}
