/** Telegram's own menus of commands: per language and kind of chat, made from the table. */

import type { CommandMenu } from '../adapters/telegram-api.ts';
import { isPassing, TelegramFailure } from '../errors/telegram-failure.ts';
import type { Language } from '../notifications/notification.ts';
import { backoffMs } from '../outbox/budget.ts';
import type { Person } from '../users/record.ts';
import { mayAdminister } from '../users/rights.ts';
import type { BotCommand } from './command.ts';
import type { BotParts } from './turn.ts';

/** Telegram shows at most 256 characters of a description. */
const maxDescription = 256;

/** The entries of a menu in one language. */
export function menuOf(commands: readonly BotCommand[], language: Language, isAdmin: boolean): CommandMenu['commands'] {
  return commands
    .filter(({ who }) => isAdmin || who !== 'admin')
    .map(({ name, help }) => ({ command: name, description: help[language].slice(0, maxDescription) }));
}

type MenuParts = Pick<BotParts, 'api' | 'log' | 'settings'>;

/** A menu for clients of this language: where the bot speaks only one, that is the menu's, too. */
function menuFor(
  { settings }: MenuParts,
  { commands, client, isAdmin }: { commands: readonly BotCommand[]; client: Language; isAdmin: boolean },
): CommandMenu['commands'] {
  return menuOf(commands, settings.language === 'auto' ? client : settings.language, isAdmin);
}

/**
 * Sets the menu of a person's private chat: in the language he chose, else in that of his client. Refused by Telegram, with a
 * `TelegramFailure`, where he never spoke to the bot.
 */
export async function setMenuOf(parts: MenuParts, commands: readonly BotCommand[], person: Person): Promise<void> {
  const scope = { chatId: person.id };
  const isAdmin = mayAdminister(person);
  const menu = (client: Language) =>
    person.language ? menuOf(commands, person.language, isAdmin) : menuFor(parts, { commands, client, isAdmin });
  await parts.api.setMyCommands({ commands: menu('en'), scope });
  await parts.api.setMyCommands({ commands: menu('zh'), scope, languageCode: 'zh' });
}

async function setAll(parts: MenuParts & Pick<BotParts, 'users'>, commands: readonly BotCommand[]): Promise<void> {
  const { api, log, users } = parts;
  for (const scope of ['private', 'groups'] as const) {
    const menu = (client: Language) => menuFor(parts, { commands, client, isAdmin: false });
    await api.setMyCommands({ commands: menu('en'), scope });
    await api.setMyCommands({ commands: menu('zh'), scope, languageCode: 'zh' });
  }
  for (const person of users.list().filter(mayAdminister)) {
    try {
      await setMenuOf(parts, commands, person);
    } catch (error) {
      if (error instanceof TelegramFailure && isPassing(error)) throw error;
      log.info({ user_id: person.id, error: String(error) }, 'the menu of a private chat was not set');
    }
  }
}

const backoff = { firstMs: 1000, mostMs: 60_000 };

/**
 * Sets all menus: what everybody may use in private chats and groups, and more in the private chats of admins. While the
 * network fails it is tried again, until the signal aborts.
 */
export async function setMenus(
  parts: MenuParts & Pick<BotParts, 'users' | 'clock'>,
  commands: readonly BotCommand[],
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await setAll(parts, commands);
    } catch (error) {
      const reason = error instanceof TelegramFailure && isPassing(error) ? error.reason : null;
      parts.log.warn({ error: String(error), is_tried_again: reason !== null }, 'the menus were not set');
      if (reason === null) return;
      const pauseMs = backoffMs(failures, backoff, Math.random);
      await parts.clock.sleep(reason.kind === 'rate' ? Math.max(pauseMs, reason.retryAfterMs) : pauseMs, signal);
    }
  }
}
