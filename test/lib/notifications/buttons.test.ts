// What buttons carry: it fits, comes back as it was, and nothing else is taken for it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePress, encodePress, type PressAction } from '../../../src/lib/notifications/buttons.ts';

const actions: PressAction[] = [
  'retry',
  'log',
  'continue',
  'files',
  'cancel',
  'file',
  'approveUser',
  'runOld',
  'allow',
];
const chat = fc.oneof(fc.constant('local'), fc.bigInt(-(10n ** 13n), 10n ** 13n).map(String));
const taskId = fc.tuple(chat, fc.integer({ min: 0, max: 9_999_999_999_999 })).map(([id, ts]) => `task-${id}-${ts}`);
const press = fc.record({
  action: fc.constantFrom(...actions),
  taskId: fc.option(taskId),
  run: fc.integer({ min: 0, max: 99_999 }),
  detail: fc.stringMatching(/^[A-Za-z0-9_-]{0,16}$/),
});

describe('the data of a button', () => {
  it('comes back as it was, in at most 64 bytes', () => {
    fc.assert(
      fc.property(press, (one) => {
        const data = encodePress(one);
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
        expect(decodePress(data)).toEqual(one);
      }),
    );
  });

  it('is refused where it would not fit', () => {
    const long = {
      action: 'file',
      taskId: 'task--1001234567890-1763600000000',
      run: 1,
      detail: 'x'.repeat(40),
    } as const;
    expect(() => encodePress(long)).toThrow(RangeError);
  });

  it.each(['', 'rt', 'xx:5/1:1:', 'rt:../../x/1:1:', 'rt:5/1:1:a b', 'rt:5/1:1:x:y', 'rt:-/1:1:', 'rt:5/1:-1:'])(
    'forged %j is nothing',
    (data) => expect(decodePress(data)).toBeNull(),
  );

  it('is never thrown over', () => {
    fc.assert(
      fc.property(fc.string(), (data) => {
        expect(() => decodePress(data)).not.toThrow();
      }),
    );
  });
});
