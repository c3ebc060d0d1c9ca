/** Sends what must arrive, part by part, so that nothing is lost and nothing comes twice without saying so. */

import { resultKeyboard } from '../notifications/buttons.ts';
import type { Language } from '../notifications/notification.ts';
import { markRepeat, type Rendered, renderNotification } from '../notifications/render.ts';
import { renderClosing } from '../notifications/render-progress.ts';
import { editProgress } from './draw-progress.ts';
import type { OutboxEntry } from './entry.ts';
import type { Move } from './next-move.ts';
import {
  afterFailedSend,
  ask,
  chatIdNow,
  type DeliveryRoom,
  formattedFor,
  isoNow,
  languageOf,
  persist,
  type Result,
} from './requests.ts';
import type { ChatView, Item } from './spool.ts';

/** Telegram takes 50 MB; an answer is never so long unless something went wrong. */
const longestDocument = 45 * 1024 * 1024;

/** An entry's messages; the same ones whenever it is asked, so that part numbers keep their meaning. */
export function renderEntry(entry: OutboxEntry, fallback: Language): Rendered {
  const { notification } = entry;
  if (notification.kind === 'progress') return { messages: [], document: null };
  return renderNotification(notification, entry.language ?? fallback);
}

export function countParts({ messages, document }: Rendered): number {
  return messages.length + (document ? 1 : 0);
}

/** Sends one part. The attempt is on disk before the request: whoever finds it there knows that nobody knows. */
export async function sendPart(
  room: DeliveryRoom,
  view: ChatView,
  { item, part, isRepeat }: Extract<Move, { do: 'send' }>,
): Promise<Result> {
  await room.spool.saveDelivery(item, { attempt: { part, at: isoNow(room) } });
  const answer = await ask(room, view, () => request(room, view, item, part, isRepeat));
  if (!answer.ok) {
    const result = await afterFailedSend(room, view, item, answer);
    if (item.delivery.failed) await settle(room, item);
    return result;
  }
  const message_id = answer.value.messageId;
  const sent = [...item.delivery.sent, { part, message_id }];
  await persist(room, () => room.spool.saveDelivery(item, { sent, attempt: null, tries: 0, not_before: null }));
  return 'done';
}

function request(room: DeliveryRoom, view: ChatView, item: Item, part: number, isRepeat: boolean) {
  const { entry, delivery } = item;
  const language = languageOf(room, item);
  const rendered = renderEntry(entry, room.language);
  const target = {
    chatId: chatIdNow(view),
    threadId: delivery.leave_out.includes('thread') ? null : entry.thread_id,
    // One reply is enough to show what is answered.
    replyTo: part > 0 || delivery.leave_out.includes('reply') ? null : entry.reply_to,
  };
  const mark = (message: { html: string; text: string }) => (isRepeat ? markRepeat(message, language) : message);
  const message = rendered.messages[part];
  const isLast = part === countParts(rendered) - 1;
  const markup =
    isLast && entry.notification.kind === 'ended' && room.hasButtons()
      ? { markup: resultKeyboard(entry.notification, language) }
      : {};
  if (message) return room.api.sendMessage({ ...target, ...formattedFor(item, mark(message)), ...markup });
  const { document } = rendered;
  if (!document) throw new Error(`The message ${entry.key} has no part ${part}.`);
  const bytes =
    (document.file === null ? null : room.spool.readDocument(document.file, longestDocument)) ??
    Buffer.from(document.text, 'utf8');
  const caption = formattedFor(item, mark(document.caption));
  return room.api.sendDocument({ ...target, name: document.name, bytes, caption });
}

/** The entry is done with. */
export async function settle(room: DeliveryRoom, item: Item): Promise<void> {
  const { entry, delivery } = item;
  const about = { task: entry.task_id, chat: entry.chat_id, key: entry.key };
  if (delivery.failed) room.log.warn({ ...about, ...delivery.failed }, 'A message can never be delivered.');
  else
    room.log.info(
      { ...about, messages: delivery.sent.map(({ message_id }) => message_id) },
      'A message was delivered.',
    );
  await persist(room, () => room.spool.settle(item));
}

/**
 * Says in the run's progress message that it has ended and how to see the answer: an edit may be repeated, a message
 * may not. The part counts as told; where the progress message turns out to be gone, the part will be repeated.
 */
export async function tell(
  room: DeliveryRoom,
  view: ChatView,
  { item, part, progress, messageId }: Extract<Move, { do: 'tell' }>,
): Promise<Result> {
  const { notification } = item.entry;
  if (notification.kind !== 'ended') throw new Error(`Only outcomes are told, not ${item.entry.key}.`);
  const text = renderClosing(progress.progress, notification, 'uncertain', languageOf(room, item));
  const { outcome, result } = await editProgress(room, view, {
    item: progress,
    messageId,
    text,
    delayed: item,
  });
  if (outcome === 'absent') {
    await room.spool.saveDelivery(progress, { sent: [{ part: 0, message_id: null }] });
  } else if (outcome === 'done') {
    const sent = [...item.delivery.sent, { part, message_id: null }];
    await persist(room, () => room.spool.saveDelivery(item, { sent, attempt: null, tries: 0, not_before: null }));
  }
  return result;
}

/** Notes that a part goes once more, and says so. */
export async function noteRepeat(
  room: DeliveryRoom,
  { item, part }: Extract<Move, { do: 'mark-repeat' }>,
): Promise<Result> {
  const repeats = [...new Set([...item.delivery.repeats, part])];
  await room.spool.saveDelivery(item, { attempt: null, repeats });
  return 'done';
}
