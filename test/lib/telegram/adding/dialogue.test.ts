// The dialogue as data: which question is next, what an answer means, when its time is over, and how its record is read.

import { describe, expect, it } from 'vitest';
import {
  beginDialogue,
  type Dialogue,
  endDialogue,
  type Given,
  goOnWith,
  isInTime,
  isOver,
  lifetimeMs,
  lingerMs,
  parseDialogue,
  stepOf,
} from '../../../../src/lib/telegram/adding/dialogue.ts';
import { hasKey, isKeyAlone, judgeAnswer } from '../../../../src/lib/telegram/adding/judge.ts';

const now = 1_763_600_000_000;
const begun = beginDialogue({ id: 'abc123', userId: '9', threadId: null, language: 'en', updateId: 7 }, now);
const answers: Partial<Given>[] = [
  { name: 'main' },
  { agent: 'claude' },
  { with_url: true },
  { base_url: 'https://api.example.com' },
  { secret: 'sealed' },
  { priority: 5 },
];
/** The dialogue after so many answers, from update 8 on. */
const having = (count: number): Dialogue =>
  answers.slice(0, count).reduce<Dialogue>((dialogue, given, n) => goOnWith(dialogue, given, 8 + n, now), begun);

describe('the questions', () => {
  it.each([
    [0, 'name'],
    [1, 'agent'],
    [2, 'kind'],
    [3, 'url'],
    [4, 'secret'],
    [5, 'priority'],
    [6, 'adding'],
  ] as const)('after %i answers the next one is %s', (count, step) => expect(stepOf(having(count))).toBe(step));

  it('leave the URL out where the key alone is enough, and come back to what is open again', () => {
    expect(stepOf({ ...having(2), with_url: false })).toBe('secret');
    expect(stepOf({ ...having(6), name: null })).toBe('name');
  });

  it('remember which updates brought them forward, and which one brought the secret', () => {
    expect(having(6)).toMatchObject({ acted: [7, 8, 9, 10, 11, 12, 13], secret_from: 12 });
  });
});

describe('the time', () => {
  it.each([
    ['within it', now + 1, now + 1, true],
    ['at its end', now + lifetimeMs, now + lifetimeMs, true],
    ['after it', now + lifetimeMs + 1, now + lifetimeMs + 1, false],
    ['sent within it, come later', now + 1, now + 3 * lifetimeMs, true],
    ['sent by a clock that is ahead', now + 3 * lifetimeMs, now + 1, true],
  ])('%s', (_, sentAt, at, isIn) => expect(isInTime(begun, sentAt, at)).toBe(isIn));

  it('begins anew with each answer', () => {
    const later = goOnWith(begun, { name: 'x' }, 8, now + lifetimeMs);
    expect(Date.parse(later.expires_at)).toBe(now + 2 * lifetimeMs);
  });
});

describe('an end', () => {
  it.each(['cancelled', 'expired', 'refused'] as const)('%s: keeps nothing that was answered', (outcome) => {
    const over = endDialogue(having(6), outcome, 99, now);
    expect(over).toMatchObject({ name: null, agent: null, base_url: null, secret: null, priority: null, outcome });
    expect([isOver(over), isOver(having(6))]).toEqual([true, false]);
    expect(over.acted.at(-1)).toBe(99);
    expect(Date.parse(over.expires_at)).toBe(now + lingerMs);
  });

  it('added: still names the account, and not what it was made of', () => {
    const over = endDialogue(having(6), 'added', 99, now);
    expect(over).toMatchObject({ name: 'main', agent: 'claude', priority: 5, base_url: null, secret: null });
  });
});

describe('an answer', () => {
  const ground = { agents: ['claude', 'codex'], isTaken: (name: string) => name === 'main' };
  it.each([
    ['name', ' spare-2 ', { given: { name: 'spare-2' } }],
    ['name', 'tasks', { given: { name: 'tasks' } }],
    ['name', 'main', { fault: 'nameTaken' }],
    ['name', 'Main', { fault: 'badName' }],
    ['name', 'a b', { fault: 'badName' }],
    ['name', '../up', { fault: 'badName' }],
    ['name', 'x'.repeat(33), { fault: 'badName' }],
    ['agent', 'Claude', { given: { agent: 'claude' } }],
    ['agent', 'gpt', { fault: 'unknownAgent' }],
    ['agent', 'constructor', { fault: 'unknownAgent' }],
    ['kind', 'API key', { fault: 'pressKind' }],
    ['url', 'https://api.example.com/v1', { given: { base_url: 'https://api.example.com/v1' } }],
    ['url', 'api.example.com', { fault: 'badUrl' }],
    ['url', 'ftp://api.example.com', { fault: 'badUrl' }],
    ['url', 'https://me:pass@example.com', { fault: 'badUrl' }],
    ['url', `https://example.com/${'x'.repeat(5000)}`, { fault: 'badUrl' }],
    ['secret', '\n sk-ant-key \n', { given: { secret: 'sk-ant-key' } }],
    ['secret', '   ', { fault: 'badSecret' }],
    ['secret', '\u200b', { fault: 'badSecret' }],
    ['secret', 'short', { fault: 'badSecret' }],
    ['secret', 'sk-ant key', { fault: 'badSecret' }],
    ['secret', 'sk-ant-ключ-00', { fault: 'badSecret' }],
    ['secret', 'k'.repeat(8193), { fault: 'badSecret' }],
    ['priority', '0', { given: { priority: 0 } }],
    ['priority', '100', { given: { priority: 100 } }],
    ['priority', '101', { fault: 'badPriority' }],
    ['priority', '-1', { fault: 'badPriority' }],
    ['priority', 'high', { fault: 'badPriority' }],
  ] as const)('to %s of %j', (step, text, judged) => expect(judgeAnswer(step, text, ground)).toEqual(judged));
});

describe('what looks like a key', () => {
  it.each([
    ['sk-ant-api03-0123456789', true],
    ['0123456789abcdef0123456789abcdef', true],
    ['fix-the-failing-tests-please', false],
    ['fix 1 test', false],
    ['https://example.com/path/12345', false],
    ['登录页面修复一下12345678901234567890', false],
  ])('%j alone: %s', (text, isKey) => expect(isKeyAlone(text)).toBe(isKey));

  it('is found among other words', () => {
    expect(hasKey('here it is: sk-ant-api03-0123456789')).toBe(true);
    expect(hasKey('here it is')).toBe(false);
  });
});

describe('a record', () => {
  it('is read as it was written', () => {
    for (const dialogue of [begun, having(6), endDialogue(having(6), 'added', 1, now)])
      expect(parseDialogue(JSON.stringify(dialogue))).toEqual(dialogue);
  });

  it.each([
    '',
    'null',
    '{',
    JSON.stringify({ ...begun, schema_version: 2 }),
    JSON.stringify({ ...begun, id: '../..' }),
    JSON.stringify({ ...begun, expires_at: 'soon' }),
    JSON.stringify({ ...begun, secret: 5 }),
    JSON.stringify({ ...begun, acted: 'all' }),
  ])('that is none is not: %j', (text) => expect(parseDialogue(text)).toBeNull());
});
