/** Text in which nothing can hide: for what a person is to judge word by word, such as a command before it is allowed. */

/**
 * Characters that show nothing, look like a blank, or turn the text around: controls, bidirectional marks, fillers, tags,
 * halves of characters, separators of lines, and blanks of other widths. Not among them: tab, newline and the blank itself,
 * the wide blank of Chinese texts, and what joins or colours an emoji.
 */
const hidden =
  /(?![\t\n \u3000])(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic}))(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Surrogate}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

function show(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // Unicode has pictures of the first 32 and of DEL.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** The text with hidden characters as signs: `␀` for NUL, `␍` for a carriage return, `⟨U+202E⟩` for what has no picture. */
export function showHidden(text: string): string {
  return text.replace(hidden, show);
}
