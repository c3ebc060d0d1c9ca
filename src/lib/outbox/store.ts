/** The outbox as those see it who have something to say, or ask what is still unsaid. Delivery is the deliverer's alone. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { isChatId } from '../format/task-id.ts';
import {
  type AskingNotification,
  isAsking,
  type ProgressNotification,
  type ToldAnswer,
  type ToldChoice,
} from '../notifications/notification.ts';
import { type Delivery, isKey, isResting, keyOf, type NewEntry, type OutboxEntry, type SettledEntry } from './entry.ts';
import {
  endedKeyFor,
  isProgressKey,
  keyOfFile,
  type Layout,
  layoutOf,
  parseEntry,
  parseRecord,
  type SettledPlace,
  settledPlaces,
  taskOfKey,
} from './layout.ts';

export interface OutboxReport {
  /** Entries to be sent, progress not counted. */
  waiting: number;
  /** Of these, entries that only another bot may deliver. */
  ofOtherBots: number;
  /** Entries that can never arrive; at most 50, the latest first. */
  failed: SettledEntry[];
  /** Names of files that were set aside because they do not parse. */
  broken: string[];
}

export interface Outbox {
  /**
   * Puts an entry into the outbox, durably, unless its key was announced before (sent ones included): an event is
   * announced once, whoever announces it and how often. Says whether it was put there now. Chat ids are digits, keys are
   * file names; else throws `usage`.
   */
  announce(entry: NewEntry, key: string): Promise<boolean>;
  /**
   * Says how a run is getting on: overwrites its one progress entry (a placeholder before it starts). Nothing happens
   * when nothing changed or the run's outcome was announced. Costs an fsync: once a second is plenty.
   */
  progress(entry: NewEntry & { notification: ProgressNotification }): Promise<void>;
  /**
   * Notes the answer of a question, so that its message is changed. Nothing happens where that was noted before, or the
   * question was never announced. `chatId` is where it was announced.
   */
  answered(chatId: string, key: string, answer: ToldAnswer | ToldChoice): Promise<void>;
  /** Whether what was announced is still on its way into the chat; an open question that the chat shows is not. */
  isUnderWay(chatId: string, key: string): boolean;
  /** Tasks with something undelivered, whichever bot may deliver it: their folders must stay. */
  pendingTaskIds(): Set<string>;
  /** Whether anything waits that our bot could deliver; progress of live runs does not count. False without a token. */
  hasDeliverable(): boolean;
  report(): OutboxReport;
  /** Forgets settled entries of these tasks, and of no task when settled before `untiedBefore` (milliseconds since 1970). */
  removeSettled(taskIds: ReadonlySet<string>, untiedBefore: number): void;
}

export interface OutboxParts {
  files: Files;
  paths: Pick<Paths, 'outbox'>;
  clock: Pick<Clock, 'now'>;
  /** The number before the colon of the bot's token; null without a token. */
  botId: string | null;
}

export function createOutbox({ files, paths, clock, botId }: OutboxParts): Outbox {
  const layout = layoutOf(paths);

  const compose = (entry: NewEntry, key: string): OutboxEntry => {
    if (!isChatId(entry.chat_id)) {
      fail('usage', `"${entry.chat_id}" is not a chat id.`, 'A chat id is a number such as 123 or -1001234567890.');
    }
    if (!isKey(key)) fail('usage', `"${key}" cannot be the key of a message.`, 'Use letters, digits, dots and dashes.');
    return {
      schema_version: 1,
      key,
      bot_id: botId,
      chat_id: entry.chat_id,
      thread_id: entry.thread_id,
      reply_to: entry.reply_to,
      language: entry.language,
      created_at: isoNow(clock),
      task_id: 'task_id' in entry.notification ? entry.notification.task_id : null,
      notification: entry.notification,
    };
  };

  /** The instant names the version of an entry, so two versions must never have the same. */
  const laterThan = (before: OutboxEntry | null): string =>
    new Date(Math.max(clock.now(), before ? Date.parse(before.created_at) + 1 : 0)).toISOString();

  /** Who delivers watches the folder of all chats: there a chat shows that something is new in it. */
  const ring = (chatId: string) => files.touch(layout.chat(chatId));

  return {
    async announce(entry, key) {
      const whole = compose(entry, key);
      if (isSettled(files, layout, entry.chat_id, key)) return false;
      // The deliverer may settle an equal entry between these lines: before sending it looks for settled ones itself.
      const isNew = await files.create(layout.entry(entry.chat_id, key), `${JSON.stringify(whole)}\n`);
      if (isNew) ring(entry.chat_id);
      return isNew;
    },
    async progress(entry) {
      const key = keyOf(entry.notification);
      const whole = compose(entry, key);
      const path = layout.entry(entry.chat_id, key);
      const isSaid = (said: string) => isSettled(files, layout, entry.chat_id, said);
      const hasEnded = files.stat(layout.entry(entry.chat_id, endedKeyFor(key))) !== null;
      if (hasEnded || isSaid(endedKeyFor(key)) || isSaid(key)) return;
      const before = parseRecord<OutboxEntry>(files.read(path));
      if (before && JSON.stringify(before.notification) === JSON.stringify(entry.notification)) return;
      await files.replace(path, `${JSON.stringify({ ...whole, created_at: laterThan(before) })}\n`);
      ring(entry.chat_id);
    },
    async answered(chatId, key, answer) {
      const path = layout.entry(chatId, key);
      const before = parseEntry(files.read(path) ?? '', key);
      if (before === null || before === 'newer' || !isAsking(before.notification)) return;
      if (before.notification.answer !== null) return;
      const notification = { ...before.notification, answer } as AskingNotification;
      await files.replace(path, `${JSON.stringify({ ...before, notification, created_at: laterThan(before) })}\n`);
      ring(chatId);
    },
    isUnderWay: (chatId, key) => {
      const entry = parseEntry(files.read(layout.entry(chatId, key)) ?? '', key);
      return entry !== null && entry !== 'newer' && isToBeSent(files, layout, chatId, entry);
    },
    pendingTaskIds: () => new Set(listPending(files, layout).map(({ key }) => taskOfKey(key))),
    hasDeliverable: () =>
      botId !== null && listPending(files, layout).some((found) => isDeliverable(files, layout, found, botId)),
    report: () => report(files, layout, botId),
    removeSettled: (taskIds, untiedBefore) => removeSettled(files, layout, taskIds, untiedBefore),
  };
}

interface Pending {
  chatId: string;
  key: string;
}

/** All entries that are not settled, by their names alone. */
function listPending(files: Files, layout: Layout): Pending[] {
  return listChats(files, layout).flatMap((chatId) =>
    files.list(layout.chat(chatId)).flatMap((name) => {
      const key = keyOfFile(name);
      return key === null ? [] : [{ chatId, key }];
    }),
  );
}

/** The chats that have a folder. */
export function listChats(files: Files, layout: Layout): string[] {
  return files.list(layout.root).filter(isChatId);
}

/** Whether this was sent, or failed for good. */
export function isSettled(files: Files, layout: Layout, chatId: string, key: string): boolean {
  return settledPlaces.some((place) => files.stat(layout.settled(place, chatId, key)) !== null);
}

function isDeliverable(files: Files, layout: Layout, { chatId, key }: Pending, botId: string): boolean {
  const entry = parseEntry(files.read(layout.entry(chatId, key)) ?? '', key);
  if (entry === null || entry === 'newer' || !isForBot(entry, botId)) return false;
  return isToBeSent(files, layout, chatId, entry);
}

function isToBeSent(files: Files, layout: Layout, chatId: string, entry: OutboxEntry): boolean {
  const { key } = entry;
  if (!isProgressKey(key)) return !isResting(entry, parseRecord<Delivery>(files.read(layout.delivery(chatId, key))));
  // A live run's progress can wait for whoever comes next; an ended run's message still says that it runs.
  const isOver = entry.notification.kind === 'progress' && entry.notification.state === 'ended';
  return isOver || isSettled(files, layout, chatId, endedKeyFor(key));
}

/** Whether this bot may deliver the entry. */
export function isForBot(entry: OutboxEntry, botId: string): boolean {
  return entry.bot_id === null || entry.bot_id === botId;
}

function report(files: Files, layout: Layout, botId: string | null): OutboxReport {
  const waiting = listPending(files, layout).filter(({ key }) => !isProgressKey(key));
  const isOther = ({ chatId, key }: Pending) => {
    const entry = parseEntry(files.read(layout.entry(chatId, key)) ?? '', key);
    return entry !== null && entry !== 'newer' && botId !== null && !isForBot(entry, botId);
  };
  const failed = listSettled(files, layout, 'failed')
    .map(({ path }) => parseRecord<SettledEntry>(files.read(path)))
    .filter((entry) => entry !== null)
    .sort((a, b) => b.settled_at.localeCompare(a.settled_at));
  return {
    waiting: waiting.length,
    ofOtherBots: waiting.filter(isOther).length,
    failed: failed.slice(0, 50),
    broken: files.list(layout.broken).filter((name) => !name.startsWith('.')),
  };
}

function listSettled(files: Files, layout: Layout, place: SettledPlace): { path: string; key: string }[] {
  return files.list(layout.settledChats(place)).flatMap((chatId) =>
    files.list(layout.settledChat(place, chatId)).flatMap((name) => {
      const key = keyOfFile(name);
      return key === null ? [] : [{ path: layout.settled(place, chatId, key), key }];
    }),
  );
}

function removeSettled(files: Files, layout: Layout, taskIds: ReadonlySet<string>, untiedBefore: number): void {
  for (const { path, key } of settledPlaces.flatMap((place) => listSettled(files, layout, place))) {
    const owner = taskOfKey(key);
    const isUntied = !owner.startsWith('task-');
    const isOld = isUntied && (files.stat(path)?.modifiedAt ?? Number.POSITIVE_INFINITY) < untiedBefore;
    if (taskIds.has(owner) || isOld) files.remove(path);
  }
}
