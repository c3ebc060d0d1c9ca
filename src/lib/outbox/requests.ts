/** What every request of the deliverer has in common: the answer as a value, and what a failure changes. */

import type { Clock } from '../adapters/clock.ts';
import type { Log } from '../adapters/log.ts';
import type { Formatted, TelegramApi } from '../adapters/telegram-api.ts';
import { persist } from '../errors/persist.ts';
import { type FailureReason, TelegramFailure } from '../errors/telegram-failure.ts';
import { isoNow } from '../format/instant.ts';
import type { Language } from '../notifications/notification.ts';
import type { RenderedMessage } from '../notifications/render.ts';
import { type Budget, backoffMs } from './budget.ts';
import type { Delivery, LeftOut } from './entry.ts';
import type { DeliveryRules } from './rules.ts';
import type { ChatView, Item, Spool } from './spool.ts';
import type { Turns } from './turns.ts';

/** What delivering a chat needs. */
export interface DeliveryRoom {
  api: TelegramApi;
  spool: Spool;
  budget: Budget;
  /** What all chats share. */
  turns: Turns;
  clock: Clock;
  log: Log;
  /** From 0 up to 1, for jitter. */
  random(): number;
  rules: DeliveryRules;
  /** For readers whose language nobody knows. */
  language: Language;
  /** Whether somebody hears presses of buttons: messages carry some only then. */
  hasButtons(): boolean;
  /** Delivery ends; waits are over. */
  signal: AbortSignal;
}

/** What a move has come to, as far as the lane cares. */
export type Result = 'done' | 'no-network';

/** The token is not valid (any more): nothing can be delivered until it is changed. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: FailureReason; description: string };

/** Does a request; failures of the port become values. */
export async function ask<T>(room: DeliveryRoom, view: ChatView, work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof TelegramFailure)) throw error;
    room.log.info({ chat: view.chatId, kind: error.reason.kind }, error.message);
    return { ok: false, reason: error.reason, description: error.message };
  }
}

/** The chat's id as Telegram knows it now. */
export function chatIdNow(view: ChatView): string {
  return view.record.migrated_to ?? view.chatId;
}

/** The reader's language. */
export function languageOf(room: DeliveryRoom, { entry }: Item): Language {
  return entry.language ?? room.language;
}

export function formattedFor(item: Item | null, message: RenderedMessage): Formatted {
  return item?.delivery.leave_out.includes('format') ? { text: message.text } : { html: message.html };
}

/** Silences the chat for as long as Telegram asks, durably: the next process must keep to it, too. */
export async function coolDown(room: DeliveryRoom, view: ChatView, retryAfterMs: number): Promise<void> {
  const now = room.clock.now();
  room.budget.slowDown(view.chatId, now);
  const until = new Date(now + retryAfterMs).toISOString();
  await persist(room, room.signal, () =>
    room.spool.saveChat(view, { cool_down: { since: new Date(now).toISOString(), until } }),
  );
}

/** The changes that put an entry's next attempt off. */
export function putOff(room: DeliveryRoom, item: Item): Pick<Delivery, 'tries' | 'not_before'> {
  const tries = item.delivery.tries + 1;
  const delay = backoffMs(tries, room.rules.backoff, room.random);
  return { tries, not_before: new Date(room.clock.now() + delay).toISOString() };
}

/** What an entry has to go without after this failure; null where that is not the matter. */
export function leftOutBy(reason: FailureReason): LeftOut | null {
  if (reason.kind === 'unparsable') return 'format';
  if (reason.kind === 'thread-gone') return 'thread';
  return reason.kind === 'reply-gone' ? 'reply' : null;
}

/** Follows a group to its new id; false where we are there already. */
export async function followMigration(room: DeliveryRoom, view: ChatView, chatId: string): Promise<boolean> {
  if (view.record.migrated_to === chatId) return false;
  room.log.info({ chat: view.chatId, now: chatId }, 'The group has become a supergroup.');
  await persist(room, room.signal, () => room.spool.saveChat(view, { migrated_to: chatId }));
  return true;
}

/**
 * What a failed first sending changes in an entry's delivery. A text that cannot be sent even without what was refused
 * has failed for good. Throws {@link TokenRefused}.
 */
export async function afterFailedSend(
  room: DeliveryRoom,
  view: ChatView,
  item: Item,
  answer: { reason: FailureReason; description: string },
): Promise<Result> {
  const { reason, description } = answer;
  const save = (changes: Partial<Delivery>) => persist(room, room.signal, () => room.spool.saveDelivery(item, changes));
  const leftOut = leftOutBy(reason);
  if (reason.kind === 'rate') {
    await save({ attempt: null });
    await coolDown(room, view, reason.retryAfterMs);
    return 'done';
  }
  if (reason.kind === 'refused' || reason.kind === 'ambiguous') {
    // An attempt that stays open is what "nobody knows" looks like on disk.
    await save({ ...putOff(room, item), ...(reason.kind === 'refused' ? { attempt: null } : {}) });
    return 'no-network';
  }
  if (reason.kind === 'token') {
    await save({ attempt: null });
    throw new TokenRefused(description);
  }
  if (leftOut !== null && !item.delivery.leave_out.includes(leftOut)) {
    await save({ attempt: null, leave_out: [...item.delivery.leave_out, leftOut] });
    return 'done';
  }
  if (reason.kind === 'migrated' && (await followMigration(room, view, reason.chatId))) {
    await save({ attempt: null });
    return 'done';
  }
  await save({ attempt: null, failed: { kind: reason.kind, description, at: isoNow(room.clock) } });
  return 'done';
}
