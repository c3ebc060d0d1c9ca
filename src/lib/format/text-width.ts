/** How many columns of a terminal any text takes. Costly to load, so tables load it only when they hold more than ASCII. */

import stringWidth from 'string-width';
import { oneLine } from './text.ts';

export { oneLine };

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns of the terminal that the text takes. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts to at most `width` terminal columns, never inside a character, with `…` where something was cut. */
export function cutToWidth(text: string, width: number): string {
  if (text.length <= width && widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = widthOf(segment);
    if (used + wide > width - 1) {
      // The last character may fit after all, if nothing follows it.
      return kept.length + segment.length === text.length && used + wide <= width ? text : `${kept.trimEnd()}…`;
    }
    kept += segment;
    used += wide;
  }
  return kept;
}
