/** The languages that chats are spoken to in. */

import type { Language } from './notification.ts';
import type { Texts } from './texts.ts';
import { englishTexts } from './texts-en.ts';
import { chineseTexts } from './texts-zh.ts';

const tables: Record<Language, Texts> = { en: englishTexts, zh: chineseTexts };

export function textsOf(language: Language): Texts {
  return tables[language];
}

/** The words for a code that may be of another version, and then has none; so has `constructor`, which every object knows. */
export function wordsFor(words: Readonly<Record<string, string>>, code: string): string | null {
  return Object.hasOwn(words, code) ? (words[code] ?? null) : null;
}
