// Accounts that are carried to another machine: whole when sealed, without secrets when masked, and never half.

import fs from 'node:fs';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isSealedExport, parseExport, renderExport } from '../../../src/lib/accounts/exchange.ts';
import { maskSecret } from '../../../src/lib/accounts/mask.ts';
import type { Account } from '../../../src/lib/accounts/record.ts';
import {
  isSealed,
  keyIdOf,
  keyOfPassphrase,
  newDerivation,
  newKey,
  seal,
  unseal,
} from '../../../src/lib/accounts/seal.ts';
import { openPool } from './pool-home.ts';

const secret = 'sk-ant-a-secret-of-the-test-0123456789';
const passphrase = 'four words of mine';
const now = Date.parse('2026-11-20T06:00:00Z');

async function exported(withPassphrase: string | null) {
  const { accounts } = openPool();
  await accounts.add('a', {
    agent: 'claude',
    api_key: secret,
    base_url: 'https://x.example',
    priority: 9,
    group: 'team',
  });
  await accounts.add('b', { agent: 'mine', secret_env: { B_KEY: `${secret}-b` }, env: { B: '1' }, max_runs: 2 });
  await accounts.add('c', { agent: 'claude', config_dir: '/login', active: false });
  const all = accounts.list().map((account) => ({ account, secrets: accounts.secretsOf(account) }));
  return { text: renderExport({ accounts: all, passphrase: withPassphrase, now }), before: accounts.list() };
}

const settingsOf = ({ credentials: _, created_at: __, ...rest }: Account) => rest;

describe('an export', () => {
  it('with a passphrase holds everything, and shows nothing', async () => {
    const { text, before } = await exported(passphrase);
    expect(isSealedExport(text)).toBe(true);
    for (const word of [secret, 'x.example', 'team', passphrase]) expect(text).not.toContain(word);
    const there = openPool().accounts;
    const { accounts, incomplete } = parseExport(text, passphrase);
    await there.putAll(accounts, false);
    expect(incomplete).toEqual([]);
    expect(there.list().map(settingsOf)).toEqual(before.map(settingsOf));
    expect(there.secretsOf(there.get('a')).api_key).toBe(secret);
    expect(there.secretsOf(there.get('b')).secret_env).toEqual({ B_KEY: `${secret}-b` });
  });

  it('without one has masks, and what comes of it is switched off until it has secrets', async () => {
    const { text } = await exported(null);
    expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({ secrets: 'masked', accounts: { a: { api_key: 'sk-…6789' } } });
    const there = openPool().accounts;
    const { accounts, incomplete } = parseExport(text, null);
    await there.putAll(accounts, false);
    expect(incomplete).toEqual(['a', 'b']);
    expect(there.list().map(({ name, active }) => [name, active])).toEqual([
      ['a', false],
      ['b', false],
      ['c', false],
    ]);
    await expect(there.edit('a', { active: true })).rejects.toThrow('has no credentials');
    await there.edit('a', { api_key: secret, active: true });
    expect(there.get('a')).toMatchObject({ active: true, priority: 9, group: 'team' });
  });

  it('needs a passphrase that is worth the name', async () => {
    await expect(exported('short')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('an import', () => {
  let text = '';
  beforeEach(async () => {
    // Once for all: to make a key of a passphrase takes its time, and is meant to.
    text ||= (await exported(passphrase)).text;
  });

  it.each([
    [
      'of a newer version',
      (text: string) => text.replace('"schema_version": 1', '"schema_version": 2'),
      passphrase,
      'newer ccdispatch',
    ],
    ['with a wrong passphrase', (text: string) => text, 'four words of his', 'passphrase is another one'],
    ['without a passphrase', (text: string) => text, null, 'passphrase is another one'],
    [
      'that was changed',
      // Not its last letter: some of that one's bits are of no use.
      (text: string) => text.replace(/(.)(.{4}"\s*}\s*)$/, (_, one, end) => `${one === 'A' ? 'B' : 'A'}${end}`),
      passphrase,
      'passphrase is another one',
    ],
    [
      'that would take all memory',
      (text: string) => text.replace('"N": 65536', '"N": 1073741824'),
      passphrase,
      'how it was sealed',
    ],
    [
      'that takes no time to guess',
      (text: string) => text.replace('"N": 65536', '"N": 2'),
      passphrase,
      'how it was sealed',
    ],
    ['that is none', () => '{"users": {}}', passphrase, 'does not say that it is one'],
    ['that is not JSON', () => 'accounts', passphrase, 'it is not JSON'],
    ['that is empty', () => '', passphrase, 'it is not JSON'],
    [
      'of nothing',
      (text: string) => text.replace('"kind": "ccdispatch-accounts"', '"kind": "x"'),
      passphrase,
      'does not say',
    ],
  ] as [string, (text: string) => string, string | null, string][])(
    '%s is refused',
    async (_case, spoil, given, why) => {
      expect(() => parseExport(spoil(text), given)).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringContaining(why) }),
      );
    },
  );

  it('changes nothing where one of its accounts is there or faulty, and replaces where it is asked to', async () => {
    const { accounts, read, home } = openPool();
    await accounts.add('b', { agent: 'claude', config_dir: '/mine' });
    const before = read();
    const { accounts: imported } = parseExport(text, passphrase);
    await expect(accounts.putAll(imported, false)).rejects.toThrow('of these names already: b');
    const faulty = new Map([...imported, ['d', { agent: 'claude', api_key: 'has blanks in it' }] as const]);
    await expect(accounts.putAll(faulty, true)).rejects.toMatchObject({ code: 'usage' });
    const named = new Map([...imported, ['../d', { agent: 'claude', config_dir: '/x' }] as const]);
    await expect(accounts.putAll(named, true)).rejects.toMatchObject({ code: 'usage' });
    expect(read()).toBe(before);
    await accounts.putAll(imported, true);
    expect(accounts.get('b').credentials).toMatchObject({ config_dir: null, env: { B: '1' } });
    expect(fs.existsSync(home.paths.key)).toBe(true);
  });

  it.each([
    ['a kind of value', { a: { agent: 'claude', priority: 'high', api_key: secret } }],
    ['an agent', { a: { api_key: secret } }],
    ['an account', { a: 7 }],
    ['accounts', []],
  ])('with faults in %s is refused', (_case, accounts) => {
    const text = JSON.stringify({ schema_version: 1, kind: 'ccdispatch-accounts', secrets: 'masked', accounts });
    expect(() => parseExport(text, null)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('a sealed text', () => {
  const [key, other] = [newKey(), newKey()];

  it('opens with its key, in its place, and not when any character of it was changed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.nat(), (text, place, index) => {
        const sealed = seal(key, text, place);
        expect([isSealed(sealed), keyIdOf(sealed), unseal(key, sealed, place)]).toEqual([true, key.id, text]);
        expect(unseal(other, sealed, place)).toBe(null);
        expect(unseal(key, sealed, `${place}.`)).toBe(null);
        const at = index % sealed.length;
        // The last character of base64 may hold bits that mean nothing; another letter of the same bits is the same text.
        const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
        const opened = unseal(key, changed, place);
        expect(opened === null || opened === text).toBe(true);
      }),
    );
  });
});

it('a passphrase is the same however its letters are written', () => {
  const derivation = { ...newDerivation(), N: 2 ** 14 };
  const [composed, decomposed] = ['café noir', 'cafe\u0301 noir'].map((one) => keyOfPassphrase(one, derivation).id);
  expect(composed).toBe(decomposed);
});

it.each([
  ['sk-ant-api03-abcdefghijklmnop', 'sk-…mnop'],
  ['abcdefghijklmnopqrst', '…qrst'],
  ['sk-short', 'sk-…'],
  ['hunter2', '…'],
  ['', '…'],
])('%s is shown as %s', (given, shown) => expect(maskSecret(given)).toBe(shown));
