/** How the bot answers at once: a message in the chat, as a reply. What must arrive goes through the outbox instead. */

import type { Target } from '../adapters/telegram-api.ts';
import { TelegramFailure } from '../errors/telegram-failure.ts';
import type { Button } from '../notifications/buttons.ts';
import { formatMarkdown } from '../notifications/markdown.ts';
import { renderRich } from '../notifications/render.ts';
import { splitRich } from '../notifications/split.ts';
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

function pauseAfter(error: unknown, attempt: number): number {
  const reason = error instanceof TelegramFailure ? error.reason : null;
  if (reason?.kind === 'rate') return Math.min(reason.retryAfterMs, longestWaitMs);
  return reason?.kind === 'refused' ? pauseMs * attempt : 0;
}

/** Sends something in a few attempts; says whether it may have arrived. What cannot be sent is only logged. */
export async function sendNow(
  { api, clock, log }: Pick<BotParts, 'api' | 'clock' | 'log'>,
  place: Target,
  send: (api: BotParts['api'], target: Target) => Promise<unknown>,
): Promise<boolean> {
  let target = place;
  for (let attempt = 1; ; attempt++) {
    try {
      await send(api, target);
      return true;
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      const next = attempt < tries ? nextTarget(target, error) : null;
      if (next === null) {
        log.warn({ chat_id: target.chatId, error: String(error) }, 'an answer was not sent');
        return error.reason.kind === 'ambiguous';
      }
      target = next;
      await clock.sleep(pauseAfter(error, attempt));
    }
  }
}

/** Sends a text in Markdown; one that is too long is cut. */
export async function sayTo(
  parts: Pick<BotParts, 'api' | 'clock' | 'log'>,
  place: Target,
  markdown: string,
  { buttons, asksReply }: Saying = {},
): Promise<void> {
  const [rich] = splitRich(formatMarkdown(markdown), limits);
  if (!rich) return;
  const { html, text } = renderRich(rich);
  const forced = asksReply ? { force_reply: true, selective: true } : undefined;
  const markup = buttons ? { inline_keyboard: buttons } : forced;
  const more = markup ? { markup } : {};
  await sendNow(parts, place, async (api, target) => {
    try {
      await api.sendMessage({ ...target, html, ...more });
    } catch (error) {
      if (!(error instanceof TelegramFailure) || error.reason.kind !== 'unparsable') throw error;
      await api.sendMessage({ ...target, text, ...more });
    }
  });
}

/** Answers in the chat, as a reply. */
export async function say(turn: Turn, markdown: string, saying: Saying = {}): Promise<void> {
  await sayTo(turn.parts, placeOf(turn), markdown, saying);
}
