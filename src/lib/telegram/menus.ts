/** Telegram's own menus of commands: per language and kind of chat, made from the table. */

import type { CommandMenu } from '../adapters/telegram-api.ts';
import type { Language } from '../notifications/notification.ts';
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

type MenuParts = Pick<BotParts, 'api' | 'log'>;

/** Sets the menu of a person's private chat: in the language he chose, else in that of his client. Refused by Telegram where he never spoke to the bot. */
export async function setMenuOf(
  { api, log }: MenuParts,
  commands: readonly BotCommand[],
  person: Person,
): Promise<void> {
  const scope = { chatId: person.id };
  const menu = (language: Language) => menuOf(commands, language, mayAdminister(person));
  try {
    await api.setMyCommands({ commands: menu(person.language ?? 'en'), scope });
    await api.setMyCommands({ commands: menu(person.language ?? 'zh'), scope, languageCode: 'zh' });
  } catch (error) {
    log.info({ user_id: person.id, error: String(error) }, 'the menu of a private chat was not set');
  }
}

/** Sets all menus: what everybody may use in private chats and groups, and more in the private chats of admins. */
export async function setMenus(
  parts: MenuParts & Pick<BotParts, 'users'>,
  commands: readonly BotCommand[],
): Promise<void> {
  for (const scope of ['private', 'groups'] as const) {
    await parts.api.setMyCommands({ commands: menuOf(commands, 'en', false), scope });
    await parts.api.setMyCommands({ commands: menuOf(commands, 'zh', false), scope, languageCode: 'zh' });
  }
  for (const person of parts.users.list().filter(mayAdminister)) await setMenuOf(parts, commands, person);
}
