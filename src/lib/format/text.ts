/** Text made safe and short for people: one line, cut between characters, nothing invisible. */

/** Made when first needed: it takes longer to make than most commands take to run. */
let segmenter: Intl.Segmenter | undefined;

/** Control characters (tab and newline excepted), bidirectional marks and invisible operators that hide or reorder text. */
const invisible = /(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\u2060-\u2064\ufeff]/gu;

/**
 * Removes what would be invisible or would reorder the text around it; emoji and all scripts stay. Halves of characters,
 * which Telegram refuses, become the replacement character, as they do when they are written to a file.
 */
export function stripInvisible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(invisible, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The text as one line without control characters, for names, tables and message heads. */
export function oneLine(text: string): string {
  return stripInvisible(text).replace(/\s+/g, ' ').trim();
}

/** Cuts to at most `max` UTF-16 units, never inside a character, with `…` where something was cut. */
export function cutText(text: string, max: number, mark = '…'): string {
  if (text.length <= max) return text;
  // The character that holds the first unit without room is not a part any more.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  const end = segmenter.segment(text).containing(max - mark.length)?.index ?? 0;
  return text.slice(0, end) + mark;
}

/** Cuts to at most `max` bytes of UTF-8, never inside a code point. */
export function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text.length > max ? text.slice(0, max) : text, 'utf8');
  if (bytes.length <= max && text.length <= max) return text;
  let end = Math.min(max, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
