/** Draws the messages that are edited as tasks go: best effort, never twice, gone when their run is. */

import { persist } from '../errors/persist.ts';
import { isoNow } from '../format/instant.ts';
import { placeholderKeyboard } from '../notifications/buttons.ts';
import type { ProgressNotification } from '../notifications/notification.ts';
import type { RenderedMessage } from '../notifications/render.ts';
import { type AnswerPlace, renderClosing, renderProgress, renderShared } from '../notifications/render-progress.ts';
import { type ChatRecord, type Delivery, withShared } from './entry.ts';
import type { Move } from './next-move.ts';
import {
  afterFailedSend,
  ask,
  chatIdNow,
  coolDown,
  type DeliveryRoom,
  followMigration,
  formattedFor,
  languageOf,
  leftOutBy,
  putOff,
  type Result,
  TokenRefused,
} from './requests.ts';
import type { ChatView, Item, ProgressItem } from './spool.ts';

type MoveOf<K extends Move['do']> = Extract<Move, { do: K }>;

interface Edit {
  /** The entry whose message it is; null for the shared message. */
  item: Item | null;
  messageId: number;
  text: RenderedMessage;
  /** The entry that has to wait when the network is down; null: nothing is written down. */
  delayed: Item | null;
  /** The message's buttons; it has none without. */
  markup?: object;
}

/** `absent`: there is no message to edit any more. `later`: try again, the reasons are written down. */
interface EditResult {
  outcome: 'done' | 'absent' | 'later';
  result: Result;
}

/** Edits a message. Killed in the middle, it may be done again: an edit to the same text changes nothing. */
export async function editProgress(room: DeliveryRoom, view: ChatView, edit: Edit): Promise<EditResult> {
  const { item, messageId, text, delayed, markup } = edit;
  const chatId = chatIdNow(view);
  const buttons = markup ? { markup } : {};
  const answer = await ask(room, view, () =>
    room.api.editMessage({ chatId, messageId, ...formattedFor(item, text), ...buttons }),
  );
  if (answer.ok) return { outcome: 'done', result: 'done' };
  const { reason, description } = answer;
  if (reason.kind === 'token') throw new TokenRefused(description);
  if (reason.kind === 'rate') {
    await coolDown(room, view, reason.retryAfterMs);
    return { outcome: 'later', result: 'done' };
  }
  if (reason.kind === 'refused' || reason.kind === 'ambiguous') {
    if (delayed) await room.spool.saveDelivery(delayed, putOff(room, delayed));
    return { outcome: 'later', result: 'no-network' };
  }
  if (reason.kind === 'migrated' && (await followMigration(room, view, reason.chatId))) {
    return { outcome: 'later', result: 'done' };
  }
  const leftOut = leftOutBy(reason);
  if (leftOut === 'format' && item && !item.delivery.leave_out.includes(leftOut)) {
    await room.spool.saveDelivery(item, { leave_out: [...item.delivery.leave_out, leftOut] });
    return { outcome: 'later', result: 'done' };
  }
  return { outcome: 'absent', result: 'done' };
}

/** The buttons of a placeholder, where somebody would hear them. */
function buttonsOf(room: DeliveryRoom, item: ProgressItem): { markup?: object } {
  const keyboard = room.hasButtons() ? placeholderKeyboard(item.progress, languageOf(room, item)) : null;
  return keyboard ? { markup: keyboard } : {};
}

/** Sends a run's progress message for the first time, without a sound. */
export async function placeProgress(room: DeliveryRoom, view: ChatView, { item }: MoveOf<'place'>): Promise<Result> {
  const { entry } = item;
  const at = isoNow(room.clock);
  await room.spool.saveDelivery(item, { attempt: { part: 0, at } });
  const { leave_out } = item.delivery;
  const text = renderProgress(item.progress, languageOf(room, item), room.clock.now());
  const answer = await ask(room, view, () =>
    room.api.sendMessage({
      chatId: chatIdNow(view),
      threadId: leave_out.includes('thread') ? null : entry.thread_id,
      replyTo: leave_out.includes('reply') ? null : entry.reply_to,
      silent: true,
      ...formattedFor(item, text),
      ...buttonsOf(room, item),
    }),
  );
  if (!answer.ok) {
    const result = await afterFailedSend(room, view, item, answer);
    // A placeholder that cannot be had is nothing to tell anybody about.
    if (item.delivery.failed) await giveUp(room, { do: 'give-up', item });
    return result;
  }
  const sent = [{ part: 0, message_id: answer.value.messageId }];
  const drawn = { version: entry.created_at, at };
  await persist(room, room.signal, () =>
    room.spool.saveDelivery(item, { sent, attempt: null, tries: 0, not_before: null, drawn }),
  );
  return 'done';
}

/** Brings a run's progress message up to date. */
export async function redraw(room: DeliveryRoom, view: ChatView, { item, messageId }: MoveOf<'edit'>): Promise<Result> {
  const at = isoNow(room.clock);
  const text = renderProgress(item.progress, languageOf(room, item), room.clock.now());
  const { outcome, result } = await editProgress(room, view, {
    item,
    messageId,
    text,
    delayed: item,
    ...buttonsOf(room, item),
  });
  const drawn = { version: item.entry.created_at, at };
  if (outcome === 'done') await room.spool.saveDelivery(item, { drawn, tries: 0, not_before: null });
  // Somebody deleted it: the next move sends a new one.
  if (outcome === 'absent') await room.spool.saveDelivery(item, { sent: [], drawn: null });
  return result;
}

/** A progress message that may or may not be there counts as absent, for good. */
export async function giveUp(room: DeliveryRoom, { item }: MoveOf<'give-up'>): Promise<Result> {
  const sent = [{ part: 0, message_id: null }];
  await room.spool.saveDelivery(item, { sent, attempt: null, failed: null });
  return 'done';
}

/** A part without a message was told about in the progress message itself: that must stay to be read. */
function placeOf(delivery: Delivery | undefined): AnswerPlace {
  if (delivery?.failed) return 'nowhere';
  return delivery?.sent.some(({ message_id }) => message_id === null) ? 'uncertain' : 'below';
}

/** The last text of a run's progress message; then its entry is done with. */
export async function closeProgress(
  room: DeliveryRoom,
  view: ChatView,
  { item, messageId }: MoveOf<'close'>,
): Promise<Result> {
  const outcome = room.spool.outcomeOf(item);
  const text = renderClosing(item.progress, outcome?.ended ?? null, placeOf(outcome?.delivery), languageOf(room, item));
  const edited = await editProgress(room, view, { item, messageId, text, delayed: item });
  if (edited.outcome !== 'later') await dropProgress(room, item);
  return edited.result;
}

/**
 * The progress entry is done with. It is kept where a message of it stands in the chat, so that an answer to that leads to the
 * task, and where no outcome was announced, so that it does not come back.
 */
export async function dropProgress(room: DeliveryRoom, item: ProgressItem): Promise<void> {
  const hasMessage = item.delivery.sent.some(({ message_id }) => message_id !== null);
  if (room.spool.outcomeOf(item) && !hasMessage) room.spool.forget(item);
  else await room.spool.settle(item);
}

/** Sends the message that many live tasks share. */
export async function placeShared(
  room: DeliveryRoom,
  view: ChatView,
  { items, mark }: MoveOf<'share'>,
): Promise<Result> {
  const at = isoNow(room.clock);
  await room.spool.saveChat(view, { status: { message_id: null, attempt_at: at, drawn: null, drawn_at: null } });
  const [first] = items;
  const answer = await ask(room, view, () =>
    room.api.sendMessage({ chatId: chatIdNow(view), silent: true, html: sharedText(room, items).html }),
  );
  const save = (status: ChatRecord['status'], more: Partial<ChatRecord> = {}) =>
    persist(room, room.signal, () => room.spool.saveChat(view, { status, ...more }));
  if (answer.ok) {
    const message_id = answer.value.messageId;
    const shared = withShared(view.record, message_id, taskIdsOf(items));
    await save({ message_id, attempt_at: null, drawn: mark, drawn_at: at }, { shared });
    return 'done';
  }
  const { reason, description } = answer;
  const isSafe = ['rate', 'refused', 'token', 'migrated'].includes(reason.kind);
  await save(isSafe ? null : { message_id: null, attempt_at: null, drawn: null, drawn_at: null });
  if (reason.kind === 'token') throw new TokenRefused(description);
  if (reason.kind === 'rate') await coolDown(room, view, reason.retryAfterMs);
  if (reason.kind === 'migrated') await followMigration(room, view, reason.chatId);
  const isDown = reason.kind === 'refused' || reason.kind === 'ambiguous';
  if (reason.kind === 'refused' && first) await room.spool.saveDelivery(first, putOff(room, first));
  return isDown ? 'no-network' : 'done';
}

/** Brings the shared message up to date, or closes it where no task is left. */
export async function redrawShared(
  room: DeliveryRoom,
  view: ChatView,
  move: MoveOf<'edit-shared'> | MoveOf<'close-shared'>,
): Promise<Result> {
  const { messageId } = move;
  const items = move.do === 'edit-shared' ? move.items : [];
  const at = isoNow(room.clock);
  const text = sharedText(room, items);
  const delayed = items[0] ?? null;
  const { outcome, result } =
    messageId === null
      ? ({ outcome: 'done', result: 'done' } as EditResult)
      : await editProgress(room, view, { item: null, messageId, text, delayed });
  if (move.do === 'close-shared') {
    if (outcome !== 'later' || result === 'no-network') await room.spool.saveChat(view, { status: null });
  } else if (outcome === 'done') {
    await room.spool.saveChat(view, {
      status: { message_id: messageId, attempt_at: null, drawn: move.mark, drawn_at: at },
      shared: withShared(view.record, move.messageId, taskIdsOf(items)),
    });
  } else if (outcome === 'absent') await room.spool.saveChat(view, { status: null });
  return result;
}

const taskIdsOf = (items: readonly ProgressItem[]) => items.map(({ progress }) => progress.task_id);

function sharedText(room: DeliveryRoom, items: readonly ProgressItem[]): RenderedMessage {
  const language = items.find(({ entry }) => entry.language !== null)?.entry.language ?? room.language;
  const all = items.map(({ progress }): ProgressNotification => progress);
  return renderShared(all, language, room.clock.now());
}
