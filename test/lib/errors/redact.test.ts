// No secret gets past the redactor, and ordinary words do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, createRedactor, secretsOf } from '../../../src/lib/errors/redact.ts';

const botToken = '123456789:AAHfiqksKZ8WmR2zMnQgA-xyz_0123456789';

describe('secretsOf', () => {
  it('takes those that the environment itself names, whatever they are called', () => {
    const env = { CCDISPATCH_MASK: 'FIRST,THIRD', FIRST: 'first-value', SECOND: 'second-value', THIRD: 'third-value' };
    expect(secretsOf(env)).toEqual(['first-value', 'third-value']);
  });

  it('takes variables by their names, and leaves short and harmless ones', () => {
    const env = {
      TELEGRAM_BOT_TOKEN: botToken,
      ANTHROPIC_API_KEY: 'key-of-a-person',
      SERVICE_APIKEY: 'another-key',
      db_password: 'open-sesame',
      CLIENT_SECRET: 'secret-word',
      CCDISPATCH_KEY: 'key-of-accounts',
      KEYBOARD_LAYOUT: 'anything',
      SSH_AUTH_SOCK: '/tmp/ssh/agent.1',
      AUTH: 'short',
      PATH: '/usr/bin:/bin',
      EMPTY_TOKEN: undefined,
    };
    expect(secretsOf(env)).toEqual([
      botToken,
      'key-of-a-person',
      'another-key',
      'open-sesame',
      'secret-word',
      'key-of-accounts',
    ]);
  });
});

describe('known shapes', () => {
  const redact = createRedactor();
  it.each([
    ['a bot token', `token ${botToken}.`, 'token 123456789:***.'],
    ['a bot token in a URL', `POST /bot${botToken}/sendMessage`, 'POST /bot123456789:***/sendMessage'],
    ['a key', 'key=sk-ant-api03-abcdefghij_KLMNOP', 'key=sk-***'],
    ['a bearer token', 'Authorization: Bearer abc.DEF/123=', 'Authorization: Bearer ***'],
    ['a password in a URL', 'http://user:pass%40word@proxy:8080/', 'http://user:***@proxy:8080/'],
  ])('%s is masked', (_kind, text, masked) => expect(redact(text)).toBe(masked));

  it.each([
    'task-123-1763600000000',
    'at 12:30',
    'https://host:8080/a@b',
    'the bearer of news',
    'risk-averse-people',
    '{"url":"http://host:80","mail":"a@b.c"}',
  ])('ordinary text stays: %s', (text) => expect(redact(text)).toBe(text));

  it('masks every occurrence, call after call', () => {
    const text = `${botToken} ${botToken}`;
    expect([redact(text), redact(text)]).toEqual(Array(2).fill('123456789:*** 123456789:***'));
  });
});

describe('given secrets', () => {
  it('are masked literally, the longer ones first', () => {
    const redact = createRedactor(['abc.def', 'abc.def.ghi', 'abcXdef$&']);
    expect(redact('abc.def.ghi abc.def abcXdef$& abcYdef')).toBe('*** *** *** abcYdef');
  });

  it('that are short words are not: they would blank half of a text', () => {
    expect(createRedactor(['the', ''])('the cat')).toBe('the cat');
  });

  it('alone are masked where the text is an answer: other words of it may look like secrets', () => {
    const mask = createMask(['my-own-secret']);
    expect(mask('sk-learn-is-a-library, my-own-secret is not')).toBe('sk-learn-is-a-library, *** is not');
    expect(mask(`{"key":"my-own-secret","url":"http://user:pass@host"}`)).toBe(
      '{"key":"***","url":"http://user:pass@host"}',
    );
  });

  it('never show, in plain text or within JSON', () => {
    const secret = fc.string({ minLength: 6, maxLength: 30, unit: 'grapheme' }).filter((text) => !text.includes('*'));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, other) => {
        const redact = createRedactor(secrets);
        const text = secrets.map((one) => `${other}${one}`).join(' ');
        for (const one of secrets) {
          expect(redact(text)).not.toContain(one);
          expect(JSON.parse(redact(JSON.stringify({ text }))).text).not.toContain(one);
        }
      }),
    );
  });
});
