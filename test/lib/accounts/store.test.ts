// Accounts in their home: what is made and changed, what a slip of the pen does not do, and where secrets are.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AccountChange } from '../../../src/lib/accounts/change.ts';
import { filesWith } from '../../support/e2e.ts';
import { openPool } from './pool-home.ts';

const secret = 'sk-ant-a-secret-of-the-test-0123456789';

describe('an account', () => {
  it('keeps its secrets sealed, each for its own place', async () => {
    const { accounts, home, read, write, again } = openPool();
    const change: AccountChange = {
      agent: 'claude',
      api_key: secret,
      secret_env: { OTHER: `${secret}-2` },
      env: { A: '1' },
    };
    await accounts.add('a', change);
    await accounts.add('b', { agent: 'claude', api_key: secret });
    expect(filesWith(home.home, [secret])).toEqual([]);
    expect(fs.statSync(home.paths.key).mode & 0o777).toBe(0o600);
    expect(again().secretsOf(accounts.get('a'))).toEqual({
      api_key: secret,
      auth_token: null,
      secret_env: { OTHER: `${secret}-2` },
    });
    expect(accounts.allSecrets().sort()).toEqual([secret, secret, `${secret}-2`]);
    // The same secret never looks the same, and none can be moved to another account.
    const { a, b } = JSON.parse(read()).accounts;
    expect(a.credentials.api_key).not.toBe(b.credentials.api_key);
    write({ accounts: { a, b: { ...b, credentials: { api_key: a.credentials.api_key } } } });
    expect(() => accounts.secretsOf(accounts.get('b'))).toThrow('The api_key of the account b was changed, or moved');
    expect(accounts.secretsOf(accounts.get('a')).api_key).toBe(secret);
  });

  it('has its defaults, and keeps what it does not know', async () => {
    const { accounts, write, read } = openPool();
    write({ note: 'ours', accounts: { a: { agent: 'claude', mine: 1, credentials: { config_dir: '/x' } } } });
    expect(accounts.get('a')).toMatchObject({ active: true, priority: 5, group: null, max_runs: null, model: null });
    await accounts.edit('a', { priority: 7, group: 'team', max_runs: 2, model: 'opus', time_zone: 'Asia/Shanghai' });
    expect(JSON.parse(read())).toMatchObject({
      note: 'ours',
      accounts: { a: { mine: 1, priority: 7, group: 'team' } },
    });
    await accounts.edit('a', { group: null, model: null, max_runs: null });
    expect(accounts.get('a')).toMatchObject({ priority: 7, group: null, max_runs: null, model: null });
  });

  it.each([
    ['a name that is none', 'A b', { agent: 'claude', config_dir: '/x' }, 'no name'],
    ['a name that leads elsewhere', '../x', { agent: 'claude', config_dir: '/x' }, 'no name'],
    ['a name of the language', '__proto__', { agent: 'claude', config_dir: '/x' }, 'no name'],
    ['no credentials', 'a', { agent: 'claude' }, 'no credentials'],
    ['two ways in', 'a', { agent: 'claude', config_dir: '/x', api_key: secret }, 'exclude each other'],
    ['a key with a blank', 'a', { agent: 'claude', api_key: 'sk-ant x y z' }, 'has blanks'],
    ['an empty key', 'a', { agent: 'claude', api_key: '' }, 'is empty'],
    ['a password in the address', 'a', { agent: 'claude', api_key: secret, base_url: 'https://u:p@x.y' }, 'base URL'],
    ['an address of another kind', 'a', { agent: 'claude', api_key: secret, base_url: 'file:///x' }, 'base URL'],
    ['a priority beyond all', 'a', { agent: 'claude', config_dir: '/x', priority: 101 }, 'priority: must be 100'],
    ['no time zone', 'a', { agent: 'claude', config_dir: '/x', time_zone: 'Nowhere' }, 'time_zone'],
    ['a key for an agent of a person', 'a', { agent: 'mine', api_key: secret }, 'is given a key is not known'],
    ['a variable of ours', 'a', { agent: 'mine', env: { CCDISPATCH_HOME: '/x' } }, "not an account's"],
    ['a folder that is not absolute', 'a', { agent: 'claude', config_dir: 'x' }, 'absolute'],
  ] as [string, string, AccountChange, string][])('is not made with %s', async (_case, name, change, why) => {
    const { accounts, home } = openPool();
    const error = await accounts.add(name, change).catch((cause) => cause);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
    expect(JSON.stringify([error.message, error.hint])).not.toContain('sk-ant');
    expect(fs.existsSync(home.paths.accounts)).toBe(false);
  });

  it('is made once, changed where it is there, and removed with all its folder', async () => {
    const { accounts, home } = openPool();
    await accounts.add('a', { agent: 'claude', api_key: secret });
    await expect(accounts.add('a', { agent: 'claude', api_key: secret })).rejects.toMatchObject({ code: 'usage' });
    await expect(accounts.edit('b', { priority: 1 })).rejects.toMatchObject({ code: 'not-found' });
    await expect(accounts.remove('constructor')).rejects.toMatchObject({ code: 'not-found' });
    accounts.environmentOf(accounts.get('a'));
    await accounts.noteUse('a');
    const person = path.join(home.outside, '.claude/projects');
    fs.writeFileSync(path.join(person, 'kept.jsonl'), 'x');
    await accounts.remove('a');
    expect([accounts.list(), fs.readdirSync(home.paths.accountFolders)]).toEqual([[], []]);
    // The conversations are the person's.
    expect(fs.readdirSync(person)).toEqual(['kept.jsonl']);
    await expect(
      accounts.settle({ task_id: 'task-1-1', status: 'failed', reason: null, runs: [], cost_usd: 0, usage: null }),
    ).resolves.toBe(undefined);
  });
});

describe('the key', () => {
  it('that others may read is refused, with the command that mends it', async () => {
    const { accounts, home } = openPool();
    await accounts.add('a', { agent: 'claude', api_key: secret });
    fs.chmodSync(home.paths.key, 0o640);
    for (const tried of [
      () => accounts.secretsOf(accounts.get('a')),
      () => accounts.environmentOf(accounts.get('a')),
    ]) {
      expect(tried).toThrow(
        expect.objectContaining({ code: 'config', hint: expect.stringContaining(`chmod 600 ${home.paths.key}`) }),
      );
    }
    await expect(accounts.edit('a', { api_key: secret })).rejects.toMatchObject({ code: 'config' });
    await expect(accounts.edit('a', { priority: 1 })).resolves.toMatchObject({ priority: 1 });
    expect(accounts.allSecrets()).toEqual([]);
  });

  it.each([
    ['missing', (file: string) => fs.rmSync(file), 'is missing'],
    ['another one', (file: string) => fs.writeFileSync(file, 'ab'.repeat(32)), 'is not the one that sealed'],
    ['no key', (file: string) => fs.writeFileSync(file, 'hello'), 'holds no key'],
  ])('that is %s is named, and none is made beside it', async (_case, spoil, why) => {
    const { accounts, home } = openPool();
    await accounts.add('a', { agent: 'claude', api_key: secret });
    await accounts.add('b', { agent: 'claude', config_dir: '/x' });
    spoil(home.paths.key);
    const before = fs.existsSync(home.paths.key) ? fs.readFileSync(home.paths.key, 'utf8') : null;
    expect(() => accounts.secretsOf(accounts.get('a'))).toThrow(why);
    await expect(accounts.add('c', { agent: 'claude', api_key: secret })).rejects.toMatchObject({ code: 'config' });
    expect(fs.existsSync(home.paths.key) ? fs.readFileSync(home.paths.key, 'utf8') : null).toBe(before);
    // An account without secrets needs none.
    expect(accounts.environmentOf(accounts.get('b')).set).toEqual({ CLAUDE_CONFIG_DIR: '/x' });
    if (why === 'holds no key') return;
    // Who has lost it gives all secrets anew.
    await accounts.edit('a', { api_key: `${secret}-new` });
    expect(accounts.secretsOf(accounts.get('a')).api_key).toBe(`${secret}-new`);
  });

  it('of the environment goes before the file, which is not made then', async () => {
    const { again, home } = openPool();
    const key = 'cd'.repeat(32);
    const accounts = again({ CCDISPATCH_KEY: key });
    await accounts.add('a', { agent: 'claude', api_key: secret });
    expect(fs.existsSync(home.paths.key)).toBe(false);
    expect(again({ CCDISPATCH_KEY: Buffer.from(key, 'hex').toString('base64') }).allSecrets()).toEqual([secret]);
    expect(() => again().secretsOf(accounts.get('a'))).toThrow(`The key ${home.paths.key} is missing`);
    expect(() => again({ CCDISPATCH_KEY: 'short' }).secretsOf(accounts.get('a'))).toThrow('CCDISPATCH_KEY is no key');
  });

  it('is the same for all who make it at once', async () => {
    const { again } = openPool();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map((name) => again().add(name, { agent: 'claude', api_key: `${secret}-${name}` })));
    expect(again().allSecrets()).toEqual(names.map((name) => `${secret}-${name}`));
  });
});

describe('a faulty accounts.json', () => {
  const good = { accounts: { a: { agent: 'claude', active: false, credentials: { config_dir: '/x' } } } };

  it.each([
    ['is not JSON', '{"accounts": {\n"a": {"agent": "claude",}}}', 2],
    ['has a mistyped field', '{"accounts": {\n"a": {"agent": "claude",\n"enabled": true}}}', 3],
    [
      'has a plain secret',
      '{"accounts": {"a": {"agent": "claude",\n"credentials": {"api_key": "sk-ant-plain-0123456789"}}}}',
      2,
    ],
    ['is of a newer version', '{\n"schema_version": 2, "accounts": {}}', 2],
  ])('that %s leaves all as it was, and cannot be changed', async (_case, text, line) => {
    const { accounts, write, home, read } = openPool();
    write(good);
    accounts.list();
    await accounts.settled();
    write(text);
    expect(accounts.list().map(({ name, active }) => [name, active])).toEqual([['a', false]]);
    expect(accounts.fault()).toMatchObject({ path: home.paths.accounts, line, hasCopy: true });
    expect(JSON.stringify(accounts.fault())).not.toContain('sk-ant-plain');
    await expect(accounts.edit('a', { active: true })).rejects.toMatchObject({ code: 'config' });
    expect(read()).toBe(text);
    write(good);
    expect(accounts.fault()).toBe(null);
  });

  it('without a good copy gives no account, and no run without one either', () => {
    const { accounts, write } = openPool();
    write('{');
    expect([accounts.list(), accounts.isFor('claude')]).toEqual([[], true]);
    const wish = { agent: 'claude', modelFamily: null, group: null, current: null, running: new Map() };
    expect(accounts.choose(wish).account).toBe(null);
  });
});

describe('the folder of an account', () => {
  it('shares conversations and what the person taught, but no settings', async () => {
    const { accounts, home } = openPool();
    const person = path.join(home.outside, '.claude');
    fs.mkdirSync(path.join(person, 'skills'), { recursive: true });
    fs.writeFileSync(path.join(person, 'settings.json'), '{}');
    await accounts.add('a', { agent: 'claude', api_key: secret, base_url: 'https://x.example' });
    await accounts.add('b', { agent: 'claude', api_key: secret });
    const folders = ['a', 'b'].map((name) => {
      const { set, drops } = accounts.environmentOf(accounts.get(name));
      expect(['ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'AWS_PROFILE', 'PATH'].map(drops)).toEqual([
        true,
        true,
        true,
        false,
      ]);
      return set.CLAUDE_CONFIG_DIR as string;
    });
    expect(folders).toEqual([
      path.join(home.paths.accountFolders, 'a/claude'),
      path.join(home.paths.accountFolders, 'b/claude'),
    ]);
    for (const folder of folders) {
      expect(fs.readdirSync(folder).sort()).toEqual(['projects', 'skills']);
      expect(fs.realpathSync(path.join(folder, 'projects'))).toBe(path.join(person, 'projects'));
    }
  });

  it('leads to the person also where an agent under an account runs us', async () => {
    const { accounts, again, home } = openPool();
    await accounts.add('a', { agent: 'claude', api_key: secret });
    const inside = again({ CLAUDE_CONFIG_DIR: path.join(home.paths.accountFolders, 'a/claude') });
    const folder = inside.environmentOf(inside.get('a')).set.CLAUDE_CONFIG_DIR as string;
    expect(fs.realpathSync(path.join(folder, 'projects'))).toBe(path.join(home.outside, '.claude/projects'));
  });
});
