/** Values of flags, read strictly: what is not wholly a number, duration, size or chat is a usage error. */

import { fail } from '../lib/errors/errors.ts';
import { parseDuration, parseSize } from '../lib/format/duration.ts';
import { isChatId, localChat } from '../lib/format/task-id.ts';

/** A whole number of at least `min`. */
export function countFlag(flag: string, text: string, min = 1): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min))
    fail('usage', `${flag} takes a whole number from ${min} on, not "${text}".`, `Example: ${flag} 20`);
  return value;
}

/** Milliseconds. */
export function durationFlag(flag: string, text: string): number {
  return (
    parseDuration(text) ??
    fail('usage', `${flag} takes a duration, not "${text}".`, `Examples: ${flag} 90s, ${flag} 2h, ${flag} 30d`)
  );
}

/** Bytes. */
export function sizeFlag(flag: string, text: string): number {
  return (
    parseSize(text) ?? fail('usage', `${flag} takes a size, not "${text}".`, `Examples: ${flag} 500MB, ${flag} 5GB`)
  );
}

/** A Telegram chat id, or `local` for tasks that name no chat. */
export function chatFlag(flag: string, text: string): string {
  if (text === localChat || isChatId(text)) return text;
  return fail(
    'usage',
    `${flag} takes a chat id, not "${text}".`,
    `A chat id is a number such as 123 or -1001234567890; tasks without a chat have "${localChat}".`,
  );
}
