/** Takes a person's message out of the chat, as far as Telegram lets a bot. */

import { TelegramFailure } from '../../errors/telegram-failure.ts';
import { pauseAfter } from '../say.ts';
import type { BotParts } from '../turn.ts';

const tries = 3;
/** Somebody waits to hear whether it is gone. */
const longestWaitMs = 30_000;

/**
 * Deletes messages of a private chat; says whether all are gone. A bot may delete them for 48 hours
 * (https://core.telegram.org/bots/api#deletemessage); asked twice is the same as once.
 */
export async function deleteMessages(
  { api, clock, log }: Pick<BotParts, 'api' | 'clock' | 'log'>,
  chatId: string,
  messageIds: readonly number[],
): Promise<boolean> {
  let areGone = true;
  for (const messageId of messageIds) {
    for (let attempt = 1; ; attempt++) {
      try {
        await api.deleteMessage({ chatId, messageId });
        break;
      } catch (error) {
        if (!(error instanceof TelegramFailure)) throw error;
        const waitMs = pauseAfter(error, attempt);
        const mayHelp = ['rate', 'refused', 'ambiguous'].includes(error.reason.kind);
        if (!mayHelp || waitMs > longestWaitMs || attempt === tries) {
          log.warn({ chat_id: chatId, message_id: messageId, error: String(error) }, 'a message was not deleted');
          areGone = false;
          break;
        }
        await clock.sleep(waitMs);
      }
    }
  }
  return areGone;
}
