/** How commands show accounts: a table or JSON, with masks in the places of secrets. */

import type { App } from '../app.ts';
import { emptyTally, type Tally } from '../lib/accounts/counters.ts';
import { type AccountState, anyFamily, defaultFamily, limitedFamilies } from '../lib/accounts/limits.ts';
import { maskSecret } from '../lib/accounts/mask.ts';
import type { Account } from '../lib/accounts/record.ts';
import { type Accounts, renderAccountsFault } from '../lib/accounts/store.ts';
import { exitCodes } from '../lib/errors/errors.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderInstant } from '../lib/format/instant.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import { type Colours, coloursOf, printJson, printTable } from './output.ts';

/** What keeps an account from being used, or `ready`; `sealed`: its secrets cannot be opened. */
export type AccountStatus = 'ready' | 'disabled' | 'refused' | 'limited' | 'sealed';

interface Opened {
  /** Each with its mask. */
  secrets: { name: string; mask: string }[];
  /** Why they cannot be opened. */
  fault: string | null;
}

function openMasked(accounts: Accounts, account: Account): Opened {
  try {
    const { api_key, auth_token, secret_env } = accounts.secretsOf(account);
    const all = [['api_key', api_key] as const, ['auth_token', auth_token] as const, ...Object.entries(secret_env)];
    const secrets = all.flatMap(([name, secret]) => (secret === null ? [] : [{ name, mask: maskSecret(secret) }]));
    return { secrets, fault: null };
  } catch (error) {
    return { secrets: [], fault: error instanceof Error ? error.message : String(error) };
  }
}

function statusOf({ active }: Account, state: AccountState, { fault }: Opened): AccountStatus {
  if (!active) return 'disabled';
  if (state.refused_at !== null) return 'refused';
  if (fault !== null) return 'sealed';
  return state.limits.length > 0 ? 'limited' : 'ready';
}

/** Counters that cannot be read are no reason to hide the rest. */
function tallies(accounts: Accounts, account: Account): { today: Tally; total: Tally; resets_at: string | null } {
  try {
    const { resetsAt, ...today } = accounts.today(account);
    return { today, total: accounts.total(account), resets_at: new Date(resetsAt).toISOString() };
  } catch {
    return { today: emptyTally, total: emptyTally, resets_at: null };
  }
}

/** All that there is to say of an account, as scripts get it. */
export function accountJson(accounts: Accounts, account: Account) {
  const state = accounts.state(account.name);
  const opened = openMasked(accounts, account);
  const { credentials, ...rest } = account;
  const { base_url, config_dir, login, env } = credentials;
  const until = state.limits.map((limit) => limit.until).sort();
  return {
    ...rest,
    status: statusOf(account, state, opened),
    limited_until: until.at(-1) ?? null,
    limits: state.limits,
    refused_at: state.refused_at,
    last_used_at: state.last_used_at,
    credentials: {
      base_url,
      config_dir,
      login,
      env,
      secrets: Object.fromEntries(opened.secrets.map(({ name, mask }) => [name, mask])),
      fault: opened.fault,
    },
    ...tallies(accounts, account),
  };
}

export type ShownAccount = ReturnType<typeof accountJson>;

export function successRate({ completed, failed }: Tally): number | null {
  return completed + failed > 0 ? completed / (completed + failed) : null;
}

/** How an account logs in, in a few words. */
export function renderCredentials({ credentials }: ShownAccount): string {
  const { base_url, config_dir, login, env, secrets, fault } = credentials;
  const parts = [
    ...Object.entries(secrets).map(([name, mask]) => (name === 'api_key' ? mask : `${name} ${mask}`)),
    ...(fault === null ? [] : ['(sealed)']),
    ...(login ? ['login'] : []),
    ...(config_dir ? [config_dir] : []),
    ...Object.keys(env),
    ...(base_url ? [base_url] : []),
  ];
  return parts.join(' ') || '-';
}

/** The models of a limit, for people. */
export function renderFamily(family: string): string {
  if (family === anyFamily) return 'all models';
  return family === defaultFamily ? 'the default model' : family;
}

function renderStatus({ status, limits }: ShownAccount, colours: Colours): Cell {
  if (status === 'ready') return { text: status, paint: colours.good };
  if (status !== 'limited') return { text: status, paint: colours.bad };
  const parts = limitedFamilies(limits).map(({ family, until }) =>
    family === anyFamily
      ? `limited until ${renderInstant(until)}`
      : `limited for ${renderFamily(family)} until ${renderInstant(until)}`,
  );
  return { text: parts.join(', '), paint: colours.doubtful };
}

function renderToday({ runs, cost_usd, input_tokens, output_tokens }: Tally): string {
  const tokens = input_tokens + output_tokens;
  return [String(runs), cost_usd > 0 ? renderCost(cost_usd) : '', tokens > 0 ? `${renderTokens(tokens)} tokens` : '']
    .filter(Boolean)
    .join(', ');
}

const columns: Column[] = [
  { title: 'NAME' },
  { title: 'AGENT' },
  { title: 'STATUS' },
  { title: 'PRIORITY', align: 'right' },
  { title: 'GROUP' },
  { title: 'TODAY' },
  { title: 'LAST USED' },
  { title: 'CREDENTIALS', canShrink: true },
];

/** Prints accounts; the caller's exit code is `config` where the file is faulty, which is said. */
export async function printAccounts(app: App, accounts: Accounts, isJson: boolean): Promise<number> {
  const shown = accounts.list().map((account) => accountJson(accounts, account));
  const fault = accounts.fault();
  if (isJson) printJson(app, shown);
  else if (shown.length > 0) {
    const colours = await coloursOf(app);
    const rows = shown.map((one): Cell[] => [
      one.name,
      one.agent,
      renderStatus(one, colours),
      String(one.priority),
      one.group ?? '-',
      renderToday(one.today),
      one.last_used_at === null ? '-' : renderInstant(one.last_used_at),
      renderCredentials(one),
    ]);
    await printTable(app, columns, rows);
  } else if (!fault) {
    app.terminal.say(
      'There are no accounts: agents use their own logins. Add one with: ccdispatch accounts add <name> --api-key -\n',
    );
  }
  if (!fault) return 0;
  app.terminal.say(`ccdispatch: ${renderAccountsFault(fault)}\n`);
  return exitCodes.config;
}

/** Says what became of one account; JSON where asked for. */
export function printAccount(app: App, accounts: Accounts, account: Account, isJson: boolean, said: string): void {
  if (isJson) printJson(app, accountJson(accounts, account));
  else app.terminal.say(`${said}\n`);
}
