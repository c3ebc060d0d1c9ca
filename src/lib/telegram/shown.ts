/** Names of people's own making, as they stand in texts and on buttons of ours. */

import { cutText, oneLine } from '../format/text.ts';

const mostChars = 40;

/** One line, not too long: for buttons, which know no formatting. */
export function plainName(name: string): string {
  return cutText(oneLine(name), mostChars);
}

/** A task that runs without permission prompts says so wherever it is named. */
interface Titled {
  task_name: string;
  options?: { yolo?: boolean };
}

/** A task's name on a button. */
export function plainTitle({ task_name, options }: Titled): string {
  return `${plainName(task_name)}${options?.yolo ? ' ⚠️ YOLO' : ''}`;
}

/** A task's name in a text in Markdown. */
export function title({ task_name, options }: Titled): string {
  return `${shown(task_name)}${options?.yolo ? ' (⚠️ YOLO)' : ''}`;
}

/** The same for texts in Markdown: nothing in it counts as formatting. */
export function shown(name: string): string {
  return plainName(name).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}
