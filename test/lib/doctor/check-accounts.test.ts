// What the doctor says of accounts: nothing where there are none, and what makes runs wait.

import fs from 'node:fs';
import { expect, it } from 'vitest';
import { checkAccounts } from '../../../src/lib/doctor/check-accounts.ts';
import { openPool } from '../accounts/pool-home.ts';

const secret = 'sk-ant-a-secret-of-the-test-0123456789';

it('says nothing without accounts, and names those that are fine', async () => {
  const { accounts, home } = openPool();
  expect(checkAccounts({ ...home, accounts })).toEqual([]);
  await accounts.add('a', { agent: 'claude', api_key: secret });
  await accounts.add('b', { agent: 'claude', config_dir: home.outside, active: false });
  expect(checkAccounts({ ...home, accounts })).toEqual([{ level: 'ok', what: 'Accounts: a, b', hint: null }]);
});

it('names a key that others may read once, with the command that closes it', async () => {
  const { accounts, home } = openPool();
  await accounts.add('a', { agent: 'claude', api_key: secret });
  await accounts.add('b', { agent: 'claude', api_key: secret });
  fs.chmodSync(home.paths.key, 0o604);
  expect(checkAccounts({ ...home, accounts })).toEqual([
    {
      level: 'error',
      what: `Others on this machine may read the key ${home.paths.key} (mode 604).`,
      hint: expect.stringContaining(`chmod 600 ${home.paths.key}`),
    },
  ]);
});

it('names a faulty file, a folder that is gone, and an agent that nobody can work for', async () => {
  const { accounts, home, write } = openPool();
  await accounts.add('a', { agent: 'claude', config_dir: `${home.outside}/gone` });
  expect(checkAccounts({ ...home, accounts })).toMatchObject([
    { level: 'warning', what: expect.stringContaining('/gone') },
  ]);
  await accounts.edit('a', { config_dir: home.outside, active: false });
  expect(checkAccounts({ ...home, accounts })).toMatchObject([
    { level: 'warning', what: 'No account for claude is switched on and accepted: its tasks wait.' },
  ]);
  write('{"accounts": {\n"a": 7}}');
  expect(checkAccounts({ ...home, accounts })).toMatchObject([
    {
      level: 'error',
      what: expect.stringContaining('line 2: accounts.a: must be an object'),
      hint: expect.stringContaining('EDITOR'),
    },
  ]);
});
