/** Where the outbox keeps what, and how its files are read without trusting them. */

import { join } from 'node:path';
import type { Paths } from '../config/paths.ts';
import { isChatId } from '../format/task-id.ts';
import type { Language } from '../notifications/notification.ts';
import type { OutboxEntry } from './entry.ts';
import { isNotification } from './parse-notification.ts';

/** Where an entry can come to rest. */
export const settledPlaces = ['sent', 'failed'] as const;
export type SettledPlace = (typeof settledPlaces)[number];

const suffix = '.json';
const deliverySuffix = '.delivery.json';

export interface Layout {
  root: string;
  chat(chatId: string): string;
  entry(chatId: string, key: string): string;
  delivery(chatId: string, key: string): string;
  chatRecord(chatId: string): string;
  settledChats(place: SettledPlace): string;
  settledChat(place: SettledPlace, chatId: string): string;
  settled(place: SettledPlace, chatId: string, key: string): string;
  broken: string;
}

export function layoutOf(paths: Pick<Paths, 'outbox'>): Layout {
  const root = paths.outbox;
  return {
    root,
    chat: (chatId) => join(root, chatId),
    entry: (chatId, key) => join(root, chatId, key + suffix),
    delivery: (chatId, key) => join(root, chatId, key + deliverySuffix),
    chatRecord: (chatId) => join(root, chatId, `chat${deliverySuffix}`),
    settledChats: (place) => join(root, place),
    settledChat: (place, chatId) => join(root, place, chatId),
    settled: (place, chatId, key) => join(root, place, chatId, key + suffix),
    broken: join(root, 'broken'),
  };
}

/** The key of an entry's file, or null for every other file of a chat's folder. */
export function keyOfFile(name: string): string | null {
  if (!name.endsWith(suffix) || name.endsWith(deliverySuffix) || name.startsWith('.')) return null;
  return name.slice(0, -suffix.length);
}

/** The key that a delivery's file belongs to, or null for every other file. */
export function keyOfDelivery(name: string): string | null {
  return name.endsWith(deliverySuffix) ? name.slice(0, -deliverySuffix.length) : null;
}

/** The task that a key belongs to, or the whole key where it belongs to none: keys of tasks start with the task's id and a dot. */
export function taskOfKey(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? key : key.slice(0, dot);
}

export function isProgressKey(key: string): boolean {
  return key.endsWith('.progress');
}

/** `<taskId>.<run>.ended` for `<taskId>.<run>.progress`. */
export function endedKeyFor(key: string): string {
  return key.replace(/\.progress$/, '.ended');
}

const languages: readonly unknown[] = ['en', 'zh', null] satisfies (Language | null)[];

/** An entry, `'newer'` where a later version of this program wrote it (leave it alone), or null where it is broken. */
export function parseEntry(text: string, key: string): OutboxEntry | 'newer' | null {
  let found: Partial<OutboxEntry> | null;
  try {
    found = JSON.parse(text) as Partial<OutboxEntry> | null;
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null || typeof found.schema_version !== 'number') return null;
  if (found.schema_version > 1) return 'newer';
  const isWhole =
    found.key === key &&
    typeof found.chat_id === 'string' &&
    isChatId(found.chat_id) &&
    (found.bot_id === null || typeof found.bot_id === 'string') &&
    (found.thread_id === null || Number.isInteger(found.thread_id)) &&
    (found.reply_to === null || Number.isInteger(found.reply_to)) &&
    languages.includes(found.language) &&
    Number.isFinite(Date.parse(found.created_at ?? '')) &&
    (found.task_id === null || typeof found.task_id === 'string') &&
    isNotification(found.notification);
  return isWhole ? (found as OutboxEntry) : null;
}

/** Any of our own records (delivery, chat, settled), or null where there is none or it is broken. */
export function parseRecord<T extends { schema_version: number }>(text: string | null): T | null {
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as T | null;
    return typeof found === 'object' && found !== null && found.schema_version === 1 ? found : null;
  } catch {
    return null;
  }
}
