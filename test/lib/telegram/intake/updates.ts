/** Updates as Telegram sends them, messages as we read them, and clocks to move by hand, for the tests of the intake. */

import type { Clock } from '../../../../src/lib/adapters/clock.ts';
import type { Log } from '../../../../src/lib/adapters/log.ts';
import type { RawUpdate } from '../../../../src/lib/adapters/telegram-api.ts';
import type { IncomingMessage } from '../../../../src/lib/telegram/incoming.ts';

export const day = 86_400_000;

/** A text message of a person in his private chat. */
export function textUpdate(update_id: number, text = `text ${update_id}`, changes: object = {}): RawUpdate {
  const from = { id: 42, is_bot: false, first_name: 'Ada' };
  const chat = { id: 42, type: 'private', first_name: 'Ada' };
  return { update_id, message: { message_id: update_id, date: 1_763_600_000, from, chat, text, ...changes } };
}

/** The same, read. */
export function messageOf(updateId: number, changes: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    kind: 'message',
    updateId,
    messageId: updateId,
    chat: { id: '42', kind: 'private', title: null },
    threadId: null,
    from: { id: '42', name: 'Ada', username: null, languageCode: 'en', isPerson: true },
    sentAt: 1_763_600_000_000,
    text: `text ${updateId}`,
    files: [],
    albumId: null,
    replyTo: null,
    isAddressed: true,
    isForwarded: false,
    partOf: [],
    partMessageIds: [],
    ...changes,
  };
}

/** Time that passes only where somebody sleeps, and all at once. */
export function jumpingClock(start = 1_763_600_000_000): Clock & { slept: number[]; advance(ms: number): void } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance(ms) {
      now += ms;
    },
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      slept.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A log that keeps its lines as `level message`. */
export function notingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
}

/** Waits until the check gives something true; fails after `limitMs`. */
export async function until<T>(check: () => T | null | undefined | false, limitMs = 8000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = check();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`Waited in vain for: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
