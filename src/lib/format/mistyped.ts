/** Fields of hand-written files that nobody knows but that are spelt almost like one that is known. */

import { nearestWord } from './nearest.ts';

const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

/**
 * The first field that we do not know but that is spelt almost like one of ours: taken for somebody's own it would silently
 * lift what was meant. `otherWords` are what people call fields of ours, spelt with small letters alone.
 */
export function mistypedField(
  fields: readonly string[],
  known: readonly string[],
  otherWords: Readonly<Record<string, string>> = {},
): { field: string; meant: string } | null {
  for (const field of fields) {
    if (known.includes(field)) continue;
    const word = plain(field);
    const near = nearestWord(word, known.map(plain), word.length > 5 ? 2 : 1);
    const meant = known.find((name) => plain(name) === near || otherWords[word] === name);
    if (meant) return { field, meant };
  }
  return null;
}
