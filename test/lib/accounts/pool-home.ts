// Builders for tests about accounts: the store over a home of the test's own, with a clock that the test moves.

import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import type { EndedTask } from '../../../src/lib/accounts/ledger.ts';
import { type Accounts, createAccounts } from '../../../src/lib/accounts/store.ts';
import { systemDisk } from '../../../src/lib/adapters/disk.ts';
import { makeHome, type TestHome } from '../../support/home.ts';

export interface AccountsHome {
  home: TestHome;
  accounts: Accounts;
  /** Milliseconds since 1970; the test sets it. */
  clock: { at: number };
  /** What `accounts.json` holds, as text. */
  read(): string;
  /** Writes it as an editor would. */
  write(value: unknown): void;
  /** Another store over the same home, as another process has it. */
  again(env?: Record<string, string>): Accounts;
}

/** It is 2026-11-20, six in the morning in London. */
export function openPool(env: Record<string, string> = {}): AccountsHome {
  const home = makeHome();
  const clock = { at: Date.parse('2026-11-20T06:00:00Z') };
  const opened: Accounts[] = [];
  const again = (more = env) => {
    const parts = { ...home, disk: systemDisk, clock: { now: () => clock.at } };
    const accounts = createAccounts({ ...parts, env: { HOME: home.outside, ...more } });
    opened.push(accounts);
    return accounts;
  };
  onTestFinished(async () => void (await Promise.all(opened.map((accounts) => accounts.settled()))));
  return {
    home,
    clock,
    accounts: again(),
    again,
    read: () => fs.readFileSync(home.paths.accounts, 'utf8'),
    write: (value) => fs.writeFileSync(home.paths.accounts, typeof value === 'string' ? value : JSON.stringify(value)),
  };
}

/** A task whose one run has ended well, and cost something. */
export function endedTask(fields: Partial<EndedTask> & { account?: string | null } = {}): EndedTask {
  const { account = 'a', ...rest } = fields;
  return {
    task_id: 'task-5-1795154400000',
    status: 'completed',
    reason: null,
    runs: [{ n: 1, account, started_at: '2026-11-20T05:00:00.000Z', outcome: 'completed' }],
    cost_usd: 0.1,
    usage: { input_tokens: 100, output_tokens: 20 },
    ...rest,
  };
}
