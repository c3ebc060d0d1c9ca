/** Asks Telegram who our bot is: token, network and proxy in one. */

import type { TelegramApi } from '../adapters/telegram-api.ts';
import { TelegramFailure } from '../errors/telegram-failure.ts';
import { error, type Finding, ok } from './finding.ts';

function hintOf(cause: unknown): string {
  const kind = cause instanceof TelegramFailure ? cause.reason.kind : null;
  if (kind === 'token') return 'Get the token from @BotFather (/mybots), and set TELEGRAM_BOT_TOKEN or telegram.token.';
  if (kind === 'rate') return 'Telegram asks for patience; try again later.';
  return 'Check the network; where Telegram is reached through a proxy, set TELEGRAM_PROXY; another server: TELEGRAM_API_URL.';
}

/** `api` is null without a token. */
export async function checkTelegram(api: Pick<TelegramApi, 'getMe'> | null): Promise<Finding> {
  if (!api) return ok('Telegram: no bot token; results stay in the task folders');
  try {
    const { username, id } = await api.getMe();
    return ok(`Telegram: @${username} (${id})`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return error(`Telegram does not answer as it should: ${reason}`, hintOf(cause));
  }
}
