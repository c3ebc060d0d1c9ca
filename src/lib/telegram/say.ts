/** How the bot answers at once: a message in the chat, as a reply. What must arrive goes through the outbox instead. */

import type { Target } from '../adapters/telegram-api.ts';
import { isPassing, TelegramFailure } from '../errors/telegram-failure.ts';
import type { Button } from '../notifications/buttons.ts';
import { formatMarkdown } from '../notifications/markdown.ts';
import type { Language, Notice } from '../notifications/notification.ts';
import { renderRich } from '../notifications/render.ts';
import { splitRich } from '../notifications/split.ts';
import { noticeKey } from '../outbox/entry.ts';
import type { BotParts, Turn } from './turn.ts';

export interface Saying {
  buttons?: Button[][];
  /** Opens the person's answer field for a reply. */
  asksReply?: boolean;
}

const tries = 3;
const longestWaitMs = 5000;
const pauseMs = 500;
/** Telegram takes 4,096 units and 100 marks. */
const limits = { first: 4000, rest: 4000, marks: 95, html: 16_000 };

/** The place where a turn is answered. */
export function placeOf({ asked }: Turn): Target {
  return { chatId: asked.chat.id, threadId: asked.threadId, replyTo: asked.messageId };
}

/** Where the failure says how sending can still succeed: the target to try next; null where it cannot. */
function nextTarget(target: Target, error: unknown): Target | null {
  const reason = error instanceof TelegramFailure ? error.reason : null;
  switch (reason?.kind) {
    case 'rate':
      // Asked before the time that it names, Telegram only lengthens it; after it nobody waits for this answer any more.
      return reason.retryAfterMs <= longestWaitMs ? target : null;
    case 'refused':
      return target;
    case 'thread-gone':
      return target.threadId ? { ...target, threadId: null } : null;
    case 'reply-gone':
      return target.replyTo ? { ...target, replyTo: null } : null;
    case 'migrated':
      return { ...target, chatId: reason.chatId, threadId: null, replyTo: null };
    default:
      // After a broken connection it may be there: what only answers is not said twice.
      return null;
  }
}

/** How long to wait after the failure of this attempt, the first being 1; milliseconds. */
export function pauseAfter(error: unknown, attempt: number): number {
  const reason = error instanceof TelegramFailure ? error.reason : null;
  if (reason?.kind === 'rate') return reason.retryAfterMs;
  return reason?.kind === 'refused' || reason?.kind === 'ambiguous' ? pauseMs * attempt : 0;
}

/** Sends something in a few attempts. What cannot be sent is logged, and gives its failure; null where it may have arrived. */
export async function sendNow(
  { api, clock, log }: Pick<BotParts, 'api' | 'clock' | 'log'>,
  place: Target,
  send: (api: BotParts['api'], target: Target) => Promise<unknown>,
): Promise<TelegramFailure | null> {
  let target = place;
  for (let attempt = 1; ; attempt++) {
    try {
      await send(api, target);
      return null;
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      const next = attempt < tries ? nextTarget(target, error) : null;
      if (next === null) {
        log.warn({ chat_id: target.chatId, error: String(error) }, 'an answer was not sent');
        return error.reason.kind === 'ambiguous' ? null : error;
      }
      target = next;
      await clock.sleep(pauseAfter(error, attempt));
    }
  }
}

/** Sends a text in Markdown; one that is too long is cut. Gives why it cannot have arrived; null where it may have. */
export async function sayTo(
  parts: Pick<BotParts, 'api' | 'clock' | 'log'>,
  place: Target,
  markdown: string,
  { buttons, asksReply }: Saying = {},
): Promise<TelegramFailure | null> {
  const [rich] = splitRich(formatMarkdown(markdown), limits);
  if (!rich) return null;
  const { html, text } = renderRich(rich);
  const forced = asksReply ? { force_reply: true, selective: true } : undefined;
  const markup = buttons ? { inline_keyboard: buttons } : forced;
  const more = markup ? { markup } : {};
  return await sendNow(parts, place, async (api, target) => {
    try {
      await api.sendMessage({ ...target, html, ...more });
    } catch (error) {
      if (!(error instanceof TelegramFailure) || error.reason.kind !== 'unparsable') throw error;
      await api.sendMessage({ ...target, text, ...more });
    }
  });
}

/** Answers where no other answer will come: where the network fails, it throws, and the update is tried again. */
export async function sayOrThrow(turn: Turn, markdown: string): Promise<void> {
  const failure = await sayTo(turn.parts, placeOf(turn), markdown);
  if (failure && isPassing(failure)) throw failure;
}

/** Answers in the chat, as a reply. */
export async function say(turn: Turn, markdown: string, saying: Saying = {}): Promise<void> {
  await sayTo(turn.parts, placeOf(turn), markdown, saying);
}

/** Takes the buttons away from the message that was pressed, where they have done their work. */
export async function takeButtons({ parts, asked }: Turn): Promise<void> {
  if (asked.messageId === null) return;
  try {
    await parts.api.editReplyMarkup({ chatId: asked.chat.id, messageId: asked.messageId, markup: null });
  } catch (error) {
    parts.log.debug({ error: String(error) }, 'buttons could not be taken away');
  }
}

/**
 * Says something that must arrive, whatever happens to the network or to us: through the outbox, and once for each update,
 * however often that is done. As a reply in the chat, or to somebody in private.
 */
export async function announce(
  { parts, asked, language }: Turn,
  notification: Notice,
  to: { id: string; language: Language | null } | null = null,
): Promise<void> {
  const { chat, threadId, messageId } = asked;
  const where = to
    ? { chat_id: to.id, thread_id: null, reply_to: null, language: to.language }
    : { chat_id: chat.id, thread_id: threadId, reply_to: messageId, language };
  await parts.outbox.announce({ ...where, notification }, noticeKey(notification, asked.updateId));
}
