/** Sends what must arrive, part by part, so that nothing is lost and nothing comes twice without saying so. */

import { persist } from '../errors/persist.ts';
import { isoNow } from '../format/instant.ts';
import {
  conflictKeyboard,
  landedKeyboard,
  noticeKeyboard,
  questionKeyboard,
  resultKeyboard,
} from '../notifications/buttons.ts';
import { isAsking, isNotice, type Language } from '../notifications/notification.ts';
import {
  markRepeat,
  type Rendered,
  type RenderedDocument,
  type RenderedMessage,
  renderNotification,
} from '../notifications/render.ts';
import { renderAlert } from '../notifications/render-alert.ts';
import { renderConflict, renderMet } from '../notifications/render-conflict.ts';
import { renderLanded } from '../notifications/render-landed.ts';
import { renderNotice } from '../notifications/render-notice.ts';
import { renderClosing } from '../notifications/render-progress.ts';
import { renderQuestion } from '../notifications/render-question.ts';
import { renderSession } from '../notifications/render-session.ts';
import { editProgress } from './draw-progress.ts';
import type { OutboxEntry } from './entry.ts';
import type { Move } from './next-move.ts';
import {
  afterFailedSend,
  ask,
  chatIdNow,
  type DeliveryRoom,
  formattedFor,
  languageOf,
  type Result,
} from './requests.ts';
import type { ChatView, Item } from './spool.ts';

/** Telegram takes 50 MB; an answer is never so long unless something went wrong. */
const longestDocument = 45 * 1024 * 1024;

/** An entry's messages; the same ones whenever it is asked, so that part numbers keep their meaning. */
export function renderEntry(entry: OutboxEntry, fallback: Language, hasButtons = false): Rendered {
  const { notification } = entry;
  const language = entry.language ?? fallback;
  if (notification.kind === 'progress') return { messages: [], document: null };
  if (notification.kind === 'question') return renderQuestion(notification, language, hasButtons);
  if (notification.kind === 'conflict') return renderConflict(notification, language, hasButtons);
  if (notification.kind === 'met') return renderMet(notification, language);
  if (notification.kind === 'landed') return renderLanded(notification, language);
  if (notification.kind === 'session') return renderSession(notification, language);
  if (notification.kind === 'alert') return renderAlert(notification, language);
  if (isNotice(notification)) return renderNotice(notification, language, hasButtons);
  return renderNotification(notification, language);
}

export function countParts({ messages, document }: Rendered): number {
  return messages.length + (document ? 1 : 0);
}

type Part = { message: RenderedMessage } | { document: RenderedDocument };

function partsOf({ messages, document, isDocumentFirst }: Rendered): Part[] {
  const texts = messages.map((message): Part => ({ message }));
  const files: Part[] = document ? [{ document }] : [];
  return isDocumentFirst ? [...files, ...texts] : [...texts, ...files];
}

/** The buttons of an entry; null where it has none, or nobody would hear them. */
function keyboardOf({ notification }: OutboxEntry, language: Language, hasButtons: boolean): object | null {
  if (!hasButtons) return null;
  if (notification.kind === 'ended') return resultKeyboard(notification, language);
  if (notification.kind === 'landed') return landedKeyboard(notification, language);
  if (isNotice(notification)) return noticeKeyboard(notification, language);
  if (!isAsking(notification) || notification.answer !== null) return null;
  return notification.kind === 'question'
    ? questionKeyboard(notification, language)
    : conflictKeyboard(notification, language);
}

/** Sends one part. The attempt is on disk before the request: whoever finds it there knows that nobody knows. */
export async function sendPart(
  room: DeliveryRoom,
  view: ChatView,
  { item, part, isRepeat }: Extract<Move, { do: 'send' }>,
): Promise<Result> {
  await room.spool.saveDelivery(item, { attempt: { part, at: isoNow(room.clock) } });
  const hasButtons = room.hasButtons();
  const rendered = renderEntry(item.entry, room.language, hasButtons);
  const answer = await ask(room, view, () => request(room, view, item, { rendered, part, isRepeat, hasButtons }));
  if (!answer.ok) {
    const result = await afterFailedSend(room, view, item, answer);
    if (item.delivery.failed) await settle(room, item);
    return result;
  }
  const message_id = answer.value.messageId;
  const sent = [...item.delivery.sent, { part, message_id }];
  const isDrawn = isAsking(item.entry.notification) && part === countParts(rendered) - 1;
  const drawn = isDrawn ? { version: item.entry.created_at, at: isoNow(room.clock), has_buttons: hasButtons } : null;
  await persist(room, room.signal, () =>
    room.spool.saveDelivery(item, { sent, attempt: null, tries: 0, not_before: null, drawn }),
  );
  return 'done';
}

interface PartRequest {
  rendered: Rendered;
  part: number;
  isRepeat: boolean;
  hasButtons: boolean;
}

function request(
  room: DeliveryRoom,
  view: ChatView,
  item: Item,
  { rendered, part, isRepeat, hasButtons }: PartRequest,
) {
  const { entry, delivery } = item;
  const language = languageOf(room, item);
  const target = {
    chatId: chatIdNow(view),
    threadId: delivery.leave_out.includes('thread') ? null : entry.thread_id,
    // One reply is enough to show what is answered.
    replyTo: part > 0 || delivery.leave_out.includes('reply') ? null : entry.reply_to,
  };
  const mark = (message: RenderedMessage) => (isRepeat ? markRepeat(message, language) : message);
  const parts = partsOf(rendered);
  const found = parts[part];
  if (!found) throw new Error(`The message ${entry.key} has no part ${part}.`);
  if ('message' in found) {
    const keyboard = part === parts.length - 1 ? keyboardOf(entry, language, hasButtons) : null;
    const markup = keyboard ? { markup: keyboard } : {};
    return room.api.sendMessage({ ...target, ...formattedFor(item, mark(found.message)), ...markup });
  }
  const { document } = found;
  const bytes =
    (document.file === null ? null : room.spool.readDocument(document.file, longestDocument)) ??
    Buffer.from(document.text, 'utf8');
  const caption = formattedFor(item, mark(document.caption));
  return room.api.sendDocument({ ...target, name: document.name, bytes, caption });
}

/** Brings the message of a question, whatever it is about, up to date. */
export async function amend(
  room: DeliveryRoom,
  view: ChatView,
  { item, messageId }: Extract<Move, { do: 'amend' }>,
): Promise<Result> {
  const { entry, delivery } = item;
  const hasButtons = room.hasButtons();
  const language = languageOf(room, item);
  const rendered = renderEntry(entry, room.language, hasButtons);
  const [whole] = rendered.messages;
  if (!whole) throw new Error(`The message ${entry.key} has no text.`);
  // One that may stand there twice goes on saying so: the other one may be the one that is looked at.
  const text = delivery.repeats.includes(countParts(rendered) - 1) ? markRepeat(whole, language) : whole;
  const keyboard = keyboardOf(entry, language, hasButtons);
  const at = isoNow(room.clock);
  const markup = keyboard ? { markup: keyboard } : {};
  const { outcome, result } = await editProgress(room, view, { item, messageId, text, delayed: item, ...markup });
  const drawn = { version: entry.created_at, at, has_buttons: hasButtons };
  if (outcome === 'done') await room.spool.saveDelivery(item, { drawn, tries: 0, not_before: null });
  if (outcome === 'absent') {
    const isAnswered = isAsking(entry.notification) && entry.notification.answer !== null;
    // Somebody deleted it: an open question is asked once more, an answer needs no message.
    await room.spool.saveDelivery(item, isAnswered ? { drawn } : { sent: delivery.sent.slice(0, -1), drawn: null });
  }
  return result;
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
  await persist(room, room.signal, () => room.spool.settle(item));
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
    await persist(room, room.signal, () =>
      room.spool.saveDelivery(item, { sent, attempt: null, tries: 0, not_before: null }),
    );
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
