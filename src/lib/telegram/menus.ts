/** Telegram's own menus of commands: per language and kind of chat, made from the table. */

import type { Language } from '../notifications/notification.ts';
import { botCommands } from './commands.ts';
import type { BotParts } from './turn.ts';

/** Telegram shows at most 256 characters of a description. */
const maxDescription = 256;

function menu(language: Language, isFor: (who: string) => boolean) {
  return botCommands
    .filter(({ who }) => isFor(who))
    .map(({ name, help }) => ({ command: name, description: help[language].slice(0, maxDescription) }));
}

/** Sets the menus: what everybody may use in private chats and groups, and more in the private chats of admins. */
export async function setMenus({ api, users }: Pick<BotParts, 'api' | 'users'>): Promise<void> {
  const isCommon = (who: string) => who !== 'admin';
  for (const scope of ['private', 'groups'] as const) {
    await api.setMyCommands({ commands: menu('en', isCommon), scope });
    await api.setMyCommands({ commands: menu('zh', isCommon), scope, languageCode: 'zh' });
  }
  for (const admin of users.list().filter(({ role, enabled }) => role === 'admin' && enabled)) {
    // Refused where the admin never spoke to the bot.
    await api
      .setMyCommands({ commands: menu(admin.language ?? 'en', () => true), scope: { chatId: admin.id } })
      .catch(() => {});
  }
}
