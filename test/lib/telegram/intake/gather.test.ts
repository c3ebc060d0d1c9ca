/** Parts of a text and albums: what becomes one, what does not, and that nothing is held for longer than it must be. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingFile, IncomingMessage } from '../../../../src/lib/telegram/incoming.ts';
import { createGather, type Gather, mergeAgain } from '../../../../src/lib/telegram/intake/gather.ts';
import { messageOf } from './updates.ts';

const start = 1_763_600_000_000;
const long = (mark: string, length = 4090) => mark.repeat(length);
const photo = (fileId: string): IncomingFile => ({ fileId, kind: 'photo', name: null, mimeType: null, size: 1 });
const open = (standsAlone: (message: IncomingMessage) => boolean = () => false) =>
  createGather(standsAlone, ({ text }) => text.startsWith('/cad '));

/** Adds messages, a given time apart; gives what came out, the rest at the end included. */
function run(gather: Gather, messages: [message: IncomingMessage, afterMs?: number][]): IncomingMessage[] {
  let now = start;
  const whole = messages.flatMap(([message, afterMs = 100]) => {
    now += afterMs;
    return [...gather.tick(now), ...gather.add(message, now)];
  });
  return [...whole, ...gather.tick(now + 10_000)];
}
const shapes = (whole: IncomingMessage[]) => whole.map(({ updateId, partOf }) => [updateId, ...partOf]);

describe('a text in parts', () => {
  it('is one prompt, of any number of parts, and whole as soon as a short part comes', () => {
    const gather = open();
    expect(gather.add(messageOf(1, { text: long('a') }), start)).toEqual([]);
    expect(gather.nextAt()).toBe(start + 2000);
    expect(gather.add(messageOf(2, { text: long('b', 4000), sentAt: start + 1000 }), start + 1900)).toEqual([]);
    expect(gather.nextAt()).toBe(start + 3900);
    const [whole] = gather.add(messageOf(3, { text: 'end', sentAt: start + 2000 }), start + 2000);
    expect(whole).toMatchObject({ updateId: 1, messageId: 1, partOf: [2, 3], partMessageIds: [2, 3] });
    expect(whole?.text).toBe(`${long('a')}\n${long('b', 4000)}\nend`);
    expect(gather.nextAt()).toBeNull();
  });

  it('that was cut in the middle of a word, or of a character, is put together without a gap', () => {
    const [whole] = run(open(), [
      [messageOf(1, { text: `${long('a', 4095)}\ud83d` })],
      [messageOf(2, { text: '\udc68 and on' })],
    ]);
    expect(whole?.text).toBe(`${long('a', 4095)}👨 and on`);
  });

  it('without a second part goes alone after two seconds', () => {
    const gather = open();
    gather.add(messageOf(1, { text: long('a') }), start);
    expect(gather.tick(start + 1999)).toEqual([]);
    expect(shapes(gather.tick(start + 2000))).toEqual([[1]]);
    expect(gather.tick(start + 9999)).toEqual([]);
  });

  it('counts from 4,000 characters on', () => {
    expect(shapes(open().add(messageOf(1, { text: long('a', 3999) }), start))).toEqual([[1]]);
    expect(shapes(open().add(messageOf(1, { text: long('a', 4000) }), start))).toEqual([]);
  });

  it.each<[string, Partial<IncomingMessage>]>([
    ['from somebody else', { from: { ...messageOf(1).from, id: '43' } }],
    ['in another chat', { chat: { id: '43', kind: 'private', title: null } }],
    ['in another topic', { threadId: 7 }],
    ['sent later', { sentAt: start + 3000 }],
    ['sent before', { sentAt: start - 1000 }],
    ['with a file', { files: [photo('p')] }],
    ['of an album', { albumId: 'g', files: [photo('p')] }],
    ['that was forwarded', { isForwarded: true }],
    ['without a text', { text: '' }],
    ['that is a command', { text: '/cad and another thing' }],
  ])('is not continued by a message %s', (_kind, changes) => {
    expect(shapes(run(open(), [[messageOf(1, { text: long('a') })], [messageOf(2, changes)]])).sort()).toEqual([
      [1],
      [2],
    ]);
  });

  it('is whole at once when its sender says something else', () => {
    const gather = open();
    gather.add(messageOf(1, { text: long('a') }), start);
    expect(shapes(gather.add(messageOf(2, { files: [photo('p')] }), start + 10))).toEqual([[1], [2]]);
    gather.add(messageOf(3, { text: long('a') }), start + 20);
    expect(shapes(gather.add(messageOf(4, { text: long('b'), sentAt: start + 60_000 }), start + 30))).toEqual([[3]]);
  });

  it('is not continued when the second part comes too late, even if nobody looked at the clock', () => {
    const gather = open();
    gather.add(messageOf(1, { text: long('a') }), start);
    expect(shapes(gather.add(messageOf(2), start + 2001))).toEqual([[1], [2]]);
  });

  it('holds up nobody else', () => {
    const gather = open(({ text }) => text.startsWith('/'));
    gather.add(messageOf(1, { text: long('a') }), start);
    expect(shapes(gather.add(messageOf(2, { from: { ...messageOf(1).from, id: '43' } }), start))).toEqual([[2]]);
    expect(shapes(gather.add(messageOf(3, { text: '/cancel' }), start))).toEqual([[3]]);
    expect(shapes(gather.add(messageOf(4, { text: 'end' }), start))).toEqual([[1, 4]]);
  });

  it('comes to an end even where somebody never stops', () => {
    const gather = open();
    const whole = Array.from({ length: 1200 }, (_, n) =>
      gather.add(messageOf(n, { text: long('a') }), start + n),
    ).flat();
    expect(whole.map(({ partOf }) => partOf.length)).toEqual([499, 499]);
  });
});

describe('an album', () => {
  const item = (updateId: number, changes: Partial<IncomingMessage> = {}) =>
    messageOf(updateId, { albumId: 'g', text: '', files: [photo(`p${updateId}`)], ...changes });

  it('is one message, with its captions and files in order, after a second of silence', () => {
    const gather = open();
    gather.add(item(1, { messageId: 12, text: 'second' }), start);
    gather.add(item(2, { messageId: 11, text: '/cad look', isAddressed: true }), start + 900);
    gather.add(item(3, { messageId: 13, isAddressed: false }), start + 1800);
    expect(gather.tick(start + 2799)).toEqual([]);
    const [whole] = gather.tick(start + 2800);
    expect(whole).toMatchObject({
      updateId: 2,
      messageId: 11,
      text: '/cad look\nsecond',
      isAddressed: true,
      partOf: [1, 3],
    });
    expect(whole?.files.map(({ fileId }) => fileId)).toEqual(['p2', 'p1', 'p3']);
  });

  it('is meant for the bot when one of its messages is', () => {
    const [whole] = run(open(), [[item(1, { isAddressed: false })], [item(2)], [item(3, { isAddressed: false })]]);
    expect(whole?.isAddressed).toBe(true);
  });

  it('is whole at once with ten messages', () => {
    const gather = open();
    const whole = Array.from({ length: 10 }, (_, n) => gather.add(item(n), start + n));
    expect(whole.map((found) => found.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('is not mixed with another, nor with another person’s', () => {
    const other = { ...messageOf(1).from, id: '43' };
    const whole = run(open(), [
      [item(1)],
      [item(2, { albumId: 'h' })],
      [item(3, { from: other })],
      [item(4)],
      [item(5, { albumId: 'h' })],
    ]);
    expect(shapes(whole).sort()).toEqual([[1, 4], [2, 5], [3]]);
  });

  it('comes before what its sender said after it', () => {
    const gather = open();
    gather.add(item(1), start);
    expect(gather.add(messageOf(2, { text: 'use these' }), start + 10)).toEqual([]);
    gather.add(item(3), start + 20);
    expect(shapes(gather.tick(start + 1020))).toEqual([[1, 3], [2]]);
  });
});

it('what was one before a restart is one again, whatever came since', () => {
  const head = messageOf(1, { text: long('a') });
  const again = mergeAgain(head, [messageOf(2, { text: 'b', sentAt: start + 9000 })]);
  expect([again.text, again.partOf]).toEqual([`${long('a')}\nb`, [2]]);
  expect(mergeAgain(head, [])).toBe(head);
});

describe('whatever comes', () => {
  const messages = fc.array(
    fc.record({
      kind: fc.constantFrom('short', 'short', 'long', 'full', 'album-a', 'album-b', 'alone'),
      who: fc.constantFrom('1', '2'),
      chat: fc.constantFrom('10', '11'),
      thread: fc.constantFrom(null, 7),
      afterMs: fc.constantFrom(0, 0, 1, 300, 999, 1000, 1001, 1999, 2000, 2001, 5000),
      lateMs: fc.constantFrom(0, 0, 0, 1000, 60_000),
      ticks: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  const keyOf = ({ chat, threadId, from }: IncomingMessage) => `${chat.id}/${threadId}/${from.id}`;

  /** Plays the plan; gives each input with its time, and each output with its time. */
  function play(plan: typeof messages extends fc.Arbitrary<infer T> ? T : never) {
    const gather = open(({ text }) => text === 'alone');
    let now = start;
    const input: { message: IncomingMessage; at: number }[] = [];
    const output: { message: IncomingMessage; at: number }[] = [];
    const emit = (whole: IncomingMessage[], at: number) => output.push(...whole.map((message) => ({ message, at })));
    plan.forEach(({ kind, who, chat, thread, afterMs, lateMs, ticks }, index) => {
      const until = now + afterMs;
      for (let at = gather.nextAt(); ticks && at !== null && at <= until; at = gather.nextAt())
        emit(gather.tick(at), at);
      now = until;
      const texts: Record<string, string> = {
        short: `${index}`,
        long: long('l', 4000),
        full: long('f', 4096),
        alone: 'alone',
      };
      const album = kind.startsWith('album');
      const message = messageOf(index, {
        text: texts[kind] ?? '',
        albumId: album ? kind : null,
        files: album ? [photo(`${index}`)] : [],
        chat: { id: chat, kind: 'group', title: null },
        threadId: thread,
        from: { ...messageOf(0).from, id: who },
        sentAt: Math.floor((now - lateMs) / 1000) * 1000,
      });
      input.push({ message, at: now });
      emit(gather.add(message, now), now);
    });
    for (let at = gather.nextAt(); at !== null; at = gather.nextAt()) emit(gather.tick(at), at);
    return { input, output };
  }

  it('every message comes out once, with its own people, in their order, and nothing waits without end', () => {
    fc.assert(
      fc.property(messages, (plan) => {
        const { input, output } = play(plan);
        const ids = output.flatMap(({ message }) => [message.updateId, ...message.partOf]);
        expect([...ids].sort((a, b) => a - b)).toEqual(input.map((_, index) => index));
        for (const { message } of output) {
          const members = [message.updateId, ...message.partOf].map((id) => input[id]?.message as IncomingMessage);
          expect(new Set(members.map(keyOf)).size).toBe(1);
          expect(new Set(members.map(({ albumId }) => albumId)).size).toBe(1);
          expect(message.files).toHaveLength(members.flatMap(({ files }) => files).length);
        }
        const heads = output.filter(({ message }) => message.text !== 'alone');
        for (const key of new Set(heads.map(({ message }) => keyOf(message)))) {
          const order = heads.filter(({ message }) => keyOf(message) === key).map(({ message }) => message.updateId);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('what cannot be a part, and follows nothing open, comes out at once; so does all that stands alone', () => {
    fc.assert(
      fc.property(messages, (plan) => {
        const { input, output } = play(plan);
        const busy = (key: string, before: number) =>
          input
            .slice(0, before)
            .some(({ message }) => keyOf(message) === key && (message.albumId !== null || message.text.length >= 4000));
        for (const { message, at } of output) {
          const isFree =
            message.text === 'alone' || (/^\d+$/.test(message.text) && !busy(keyOf(message), message.updateId));
          if (isFree) expect(at).toBe(input[message.updateId]?.at);
        }
        expect(output.length).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 400 },
    );
  });
});
