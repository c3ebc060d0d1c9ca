/** Names of people's own making, as they stand in texts and on buttons of ours. */

import { cutText, oneLine } from '../format/text.ts';

const mostChars = 40;

/** One line, not too long: for buttons, which know no formatting. */
export function plainName(name: string): string {
  return cutText(oneLine(name), mostChars);
}

/** The same for texts in Markdown: nothing in it counts as formatting. */
export function shown(name: string): string {
  return plainName(name).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}
