/** Which language a person is spoken to in, and the bot's texts in it. */

import type { Language } from '../notifications/notification.ts';
import type { BotTexts } from './texts.ts';
import { englishBotTexts } from './texts-en.ts';
import { chineseBotTexts } from './texts-zh.ts';

export function botTextsOf(language: Language): BotTexts {
  return language === 'zh' ? chineseBotTexts : englishBotTexts;
}

/** By the person's own choice, else the client's language, else the settings'. */
export function languageOf(chosen: Language | null, clientTag: string | null, setting: Language | 'auto'): Language {
  if (chosen) return chosen;
  if (setting !== 'auto') return setting;
  return clientTag && /^zh\b/i.test(clientTag) ? 'zh' : 'en';
}
