/** One thing to say in a chat, as it lies in the outbox: what its maker wrote, and what became of it. */

import {
  type AlertNotification,
  isAsking,
  type Language,
  type Notice,
  type Notification,
  type TaskNotification,
} from '../notifications/notification.ts';

/** `outbox/<chatId>/<key>.json`: written by who has something to say, once; a progress entry may be overwritten, and a question when it is answered. */
export interface OutboxEntry {
  schema_version: 1;
  /** Names what happened, without a time; see {@link keyOf}. */
  key: string;
  /** The number before the colon of the bot's token; null where the maker had no token: any bot may deliver it. */
  bot_id: string | null;
  chat_id: string;
  thread_id: number | null;
  /** The message it answers, if any. */
  reply_to: number | null;
  /** The reader's language; null: the deliverer's default. */
  language: Language | null;
  /** ISO instant; of the latest overwriting where there was one. */
  created_at: string;
  /** The task it belongs to: settled entries live as long as that task. Null for entries without a task. */
  task_id: string | null;
  notification: Notification;
}

/** What the maker of an entry says; the outbox adds the rest. */
export type NewEntry = Pick<OutboxEntry, 'chat_id' | 'thread_id' | 'reply_to' | 'language' | 'notification'>;

/** What became of one part (a result may take up to three messages, or one and a document). */
export interface SentPart {
  part: number;
  /** The message's id; null where the sending was ambiguous and the person was told another way. */
  message_id: number | null;
}

/** Something that sending goes without, because the chat or Telegram's parser refused it. */
export type LeftOut = 'thread' | 'reply' | 'format';

/** `outbox/<chatId>/<key>.delivery.json`: written by the deliverer alone, under the outbox lock. */
export interface Delivery {
  schema_version: 1;
  sent: SentPart[];
  /** A request that was begun and whose answer is not known; found at a start it means that we were killed in mid-send. */
  attempt: { part: number; at: string } | null;
  /** Attempts in a row that brought no answer to rely on, for the back-off. */
  tries: number;
  /** ISO instant before which nothing is tried again. */
  not_before: string | null;
  /** Parts whose first sending was ambiguous: they go once more, marked as possible repeats. */
  repeats: number[];
  leave_out: LeftOut[];
  /**
   * Of a message that is edited: `created_at` of the version that it shows, when that was drawn, and whether it carries
   * buttons.
   */
  drawn: { version: string; at: string; has_buttons?: boolean } | null;
  /** Set when the chat can never get it (blocked, not found): kept for `doctor`. */
  failed: { kind: string; description: string; at: string } | null;
}

/** An entry that is done with: `outbox/sent/<chatId>/<key>.json`, or `outbox/failed/…` where it can never arrive. */
export interface SettledEntry extends OutboxEntry {
  delivery: Delivery;
  settled_at: string;
}

/** `outbox/<chatId>/chat.delivery.json`: what the deliverer has to remember about a chat. */
export interface ChatRecord {
  schema_version: 1;
  /** The id that the chat has now, where a group became a supergroup. */
  migrated_to: string | null;
  /** Set by a 429: nothing goes to the chat before `until`. */
  cool_down: { since: string; until: string } | null;
  /** The message that many running tasks share while there are many; its id is null while unknown. */
  status: {
    message_id: number | null;
    attempt_at: string | null;
    drawn: string | null;
    drawn_at: string | null;
  } | null;
  /** The latest messages that tasks have shared, oldest first, with the tasks that each spoke of: people answer them. */
  shared?: SharedMessage[];
}

export interface SharedMessage {
  message_id: number;
  task_ids: string[];
}

const mostShared = 20;
const mostSharedTasks = 50;

/** The record's list, with a message and the tasks that it speaks of now added. */
export function withShared(
  { shared = [] }: ChatRecord,
  message_id: number,
  taskIds: readonly string[],
): SharedMessage[] {
  const before = shared.find((one) => one.message_id === message_id)?.task_ids ?? [];
  const task_ids = [...new Set([...before, ...taskIds])].slice(-mostSharedTasks);
  return [...shared.filter((one) => one.message_id !== message_id), { message_id, task_ids }].slice(-mostShared);
}

export const newDelivery: Delivery = {
  schema_version: 1,
  sent: [],
  attempt: null,
  tries: 0,
  not_before: null,
  repeats: [],
  leave_out: [],
  drawn: null,
  failed: null,
};

export const newChatRecord: ChatRecord = { schema_version: 1, migrated_to: null, cool_down: null, status: null };

/** `<taskId>.<run>.ended`: the key of a run's outcome. */
function endedKey(taskId: string, run: number): string {
  return `${taskId}.${run}.ended`;
}

/** `<taskId>.<run>.progress`: the key of a run's progress message. */
function progressKey(taskId: string, run: number): string {
  return `${taskId}.${run}.progress`;
}

/** `<taskId>.<run>.question-<id>`: the key of a question of the run's agent. */
export function questionKey(taskId: string, run: number, approvalId: string): string {
  return `${taskId}.${run}.question-${approvalId}`;
}

/** `<taskId>.<run>.conflict`: the key of the question what becomes of a task's work. */
export function conflictKey(taskId: string, run: number): string {
  return `${taskId}.${run}.conflict`;
}

/** The key of what a task says: the same event always has the same one, whoever announces it. */
export function keyOf(notification: TaskNotification): string {
  if (notification.kind === 'ended') return endedKey(notification.task_id, notification.run);
  if (notification.kind === 'progress') return progressKey(notification.task_id, notification.run);
  if (notification.kind === 'question') {
    return questionKey(notification.task_id, notification.run, notification.approval_id);
  }
  if (notification.kind === 'conflict') return conflictKey(notification.task_id, notification.run);
  if (notification.kind === 'met')
    return `${notification.task_id}.${notification.run}.met-${notification.other_task_id}`;
  if (notification.kind === 'session') {
    return `${notification.task_id}.${notification.run}.session-${notification.code}-${notification.index}`;
  }
  if (notification.kind === 'landed') return `${notification.task_id}.${notification.run}.landed`;
  return `${notification.task_id}.${notification.run}.interim-${notification.index}`;
}

/** The key of what admins are told: the same occurrence always has the same one. */
export function alertEntryKey({ code, subject, since, is_over }: AlertNotification): string {
  const about = subject === null ? code : `${code}-${subject.replace(/[^A-Za-z0-9_-]/g, '_')}`;
  return `alert-${about}-${Date.parse(since)}-${is_over ? 'over' : 'raised'}`;
}

/** The key of what a person is asked or told because of an event that `event` names: an update's id, say. */
export function noticeKey(notice: Notice, event: string | number): string {
  // Where ending one session was not enough, it is asked again.
  const more = notice.kind === 'session-limit' ? `-${notice.open.length}` : '';
  return `${notice.kind}-${event}${more}`;
}

/** Whether the text may be a key: it becomes a file's name. */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,180}$/.test(text) && !text.endsWith('.delivery');
}

/** Whether the chat shows all of an open question: until it is answered there is nothing to do about it. */
export function isResting(entry: OutboxEntry, delivery: Delivery | null): boolean {
  const { notification, created_at } = entry;
  return isAsking(notification) && notification.answer === null && delivery?.drawn?.version === created_at;
}
