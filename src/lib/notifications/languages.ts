/** The languages that chats are spoken to in. */

import type { Language } from './notification.ts';
import type { Texts } from './texts.ts';
import { englishTexts } from './texts-en.ts';
import { chineseTexts } from './texts-zh.ts';

const tables: Record<Language, Texts> = { en: englishTexts, zh: chineseTexts };

export function textsOf(language: Language): Texts {
  return tables[language];
}
