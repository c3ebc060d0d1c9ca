// Ids of tasks become names of folders: only what is an id is read as one, and reading gives back what was built.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChatId, parseTaskId, renderTaskId } from '../../../src/lib/format/task-id.ts';

const chat = fc.oneof(
  fc.constant('local'),
  fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }).map((id) => String(id)),
);

describe('a task id', () => {
  it.each([
    ['task-local-1763600000000', { chatId: 'local', ts: 1763600000000 }],
    ['task-123-0', { chatId: '123', ts: 0 }],
    ['task--1001234567890-1763600000000', { chatId: '-1001234567890', ts: 1763600000000 }],
  ])('%s has these parts', (id, parts) => expect(parseTaskId(id)).toEqual(parts));

  it.each([
    '',
    'task-local',
    'task-LOCAL-1',
    'task-local-1 ',
    ' task-local-1',
    'task-local-1\n',
    'task-local--1',
    'task-local-007',
    'task-local-9999999999999999',
    'task---5-1',
    'task-../..-1',
    'task-12x-1',
    'task-local-1.1',
    `task-${'1'.repeat(21)}-1`,
    'task-１２-1',
    '.tmp-task-local-1-77',
  ])('%j is none', (text) => expect(parseTaskId(text)).toBe(null));

  it('is read as it was built, and built as it was read', () => {
    fc.assert(
      fc.property(chat, fc.integer({ min: 0, max: 999_999_999_999_999 }), (chatId, ts) => {
        const id = renderTaskId({ chatId, ts });
        expect(parseTaskId(id)).toEqual({ chatId, ts });
        expect(id).toMatch(/^[a-z0-9-]+$/);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^task-(local|-?\d{1,3})-\d{1,17}$/), (text) => {
        const parts = parseTaskId(text);
        if (parts) expect(renderTaskId(parts)).toBe(text);
      }),
    );
  });
});

describe('a chat id', () => {
  it.each(['1', '-1001234567890', '9'.repeat(20)])('%s is one', (text) => expect(isChatId(text)).toBe(true));
  it.each(['', 'local', '-', '--5', '1 ', '../1', '+5', '1.0', '9'.repeat(21)])('%j is none', (text) =>
    expect(isChatId(text)).toBe(false),
  );
});
