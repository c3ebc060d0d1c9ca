/** One thing to say in a chat, as it lies in the outbox: what its maker wrote, and what became of it. */

import type { Language, Notification } from '../notifications/notification.ts';

/** `outbox/<chatId>/<key>.json`: written by who has something to say, once; a progress entry may be overwritten. */
export interface OutboxEntry {
  schema_version: 1;
  /** Names what happened, without a time: `<taskId>.<run>.ended`, `<taskId>.progress`. */
  key: string;
  /** The number before the colon of the bot's token; null where the maker had no token: any bot may deliver it. */
  bot_id: string | null;
  chat_id: string;
  thread_id: number | null;
  /** The message it answers, if any. */
  reply_to: number | null;
  /** The reader's language; null: the deliverer's default. */
  language: Language | null;
  /** ISO instant. */
  created_at: string;
  /** The task it belongs to: sent entries live as long as that task. Null for entries without a task. */
  task_id: string | null;
  notification: Notification;
}

/** What became of one part (a result may take up to three messages or a document). */
export interface SentPart {
  part: number;
  /** The message's id; null where the sending was ambiguous and the person was told another way. */
  message_id: number | null;
}

/** `outbox/<chatId>/<key>.delivery.json`: written by the deliverer alone, under the outbox lock. */
export interface Delivery {
  schema_version: 1;
  sent: SentPart[];
  /** A request that was begun and whose answer is not known; found at a start it means that we were killed in mid-send. */
  attempt: { part: number; at: string } | null;
  /** Attempts that failed for certain, for the back-off. */
  tries: number;
  /** ISO instant before which nothing is tried again. */
  not_before: string | null;
  /** The first sending of this part was ambiguous: it goes once more, marked as a possible repeat. */
  repeats: number[];
  /** Set when the chat can never get it (blocked, not found): kept for `doctor`. */
  failed: { code: number; description: string; at: string } | null;
}

/** A sent (or failed for good) entry as it lies in `outbox/sent/<chatId>/<key>.json`. */
export interface SettledEntry extends OutboxEntry {
  delivery: Delivery;
  settled_at: string;
}
