/** Accounts as a file that can be carried to another machine: without secrets, or wholly sealed with a passphrase. */

import { fail } from '../errors/errors.ts';
import { isObject } from '../format/json.ts';
import type { AccountChange } from './change.ts';
import type { Secrets } from './environment.ts';
import { maskSecret } from './mask.ts';
import type { Account } from './record.ts';
import { type Derivation, isDerivation, keyOfPassphrase, newDerivation, seal, unseal } from './seal.ts';

export const exportKind = 'ccdispatch-accounts';
const shortestPassphrase = 8;
/** Where a sealed export's text belongs: nothing else can be put into its place. */
const place = 'ccdispatch accounts export';

/** An account as it is carried: with its secrets open, or with masks in their places. */
type Carried = Omit<AccountChange, 'login'> & { login?: boolean };

interface ExportFile {
  schema_version: number;
  kind: string;
  exported_at: string;
  secrets: 'masked' | 'sealed';
  /** Of a masked one. */
  accounts?: Record<string, Carried>;
  /** Of a sealed one: how the passphrase becomes a key, and the accounts, as JSON, sealed with it. */
  derivation?: Derivation;
  sealed?: string;
}

function carry({ name: _, created_at: __, credentials, ...rest }: Account, secrets: Secrets): Carried {
  const { base_url, config_dir, login, env } = credentials;
  return { ...rest, base_url, config_dir, login, env, ...secrets };
}

function withMasks(secrets: Secrets): Secrets {
  const mask = (secret: string | null) => (secret === null ? null : maskSecret(secret));
  const variables = Object.entries(secrets.secret_env).map(([name, secret]) => [name, maskSecret(secret)]);
  return {
    api_key: mask(secrets.api_key),
    auth_token: mask(secrets.auth_token),
    secret_env: Object.fromEntries(variables),
  };
}

export interface ExportRequest {
  accounts: readonly { account: Account; secrets: Secrets }[];
  /** Null: secrets are masked. */
  passphrase: string | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** The text of an export. Throws `usage` for a passphrase that is too short. */
export function renderExport({ accounts, passphrase, now }: ExportRequest): string {
  const carried = (open: (secrets: Secrets) => Secrets) =>
    Object.fromEntries(accounts.map(({ account, secrets }) => [account.name, carry(account, open(secrets))]));
  const head = { schema_version: 1, kind: exportKind, exported_at: new Date(now).toISOString() };
  if (passphrase === null) {
    return `${JSON.stringify({ ...head, secrets: 'masked', accounts: carried(withMasks) }, null, 2)}\n`;
  }
  if (passphrase.length < shortestPassphrase) {
    fail(
      'usage',
      `The passphrase is too short.`,
      `Use ${shortestPassphrase} characters at least; several words are best.`,
    );
  }
  const derivation = newDerivation();
  const sealed = seal(keyOfPassphrase(passphrase, derivation), JSON.stringify(carried((secrets) => secrets)), place);
  return `${JSON.stringify({ ...head, secrets: 'sealed', derivation, sealed }, null, 2)}\n`;
}

export interface Imported {
  accounts: Map<string, AccountChange>;
  /** Names of those whose secrets, or whose login, the file does not hold: they come switched off. */
  incomplete: string[];
}

const noExport = (why: string): never =>
  fail('usage', `The file is no export of accounts: ${why}.`, 'Make one with: ccdispatch accounts export <file>');

function parseFile(text: string): ExportFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return noExport('it is not JSON');
  }
  if (!isObject(value) || value.kind !== exportKind) return noExport('it does not say that it is one');
  const { schema_version: version, secrets } = value;
  if (typeof version === 'number' && version > 1) {
    fail(
      'usage',
      `The file was written by a newer ccdispatch (version ${version}).`,
      'Update ccdispatch on this machine.',
    );
  }
  if (version !== 1) return noExport('it names no version');
  if (secrets !== 'masked' && secrets !== 'sealed') return noExport('it does not say what became of the secrets');
  return value as unknown as ExportFile;
}

/** Whether a passphrase is needed to read the file; throws `usage` for one that is no export. */
export function isSealedExport(text: string): boolean {
  return parseFile(text).secrets === 'sealed';
}

function openSealed({ derivation, sealed }: ExportFile, passphrase: string): unknown {
  if (!isDerivation(derivation) || typeof sealed !== 'string') return noExport('how it was sealed is not told');
  const opened = unseal(keyOfPassphrase(passphrase, derivation), sealed, place);
  if (opened !== null) return JSON.parse(opened);
  return fail(
    'usage',
    'The passphrase is another one, or the file was changed.',
    'Nothing was imported. Try it again.',
  );
}

const texts = ['agent', 'group', 'model', 'time_zone', 'base_url', 'config_dir'] as const;
const numbers = ['priority', 'max_runs'] as const;

/** The fields of a carried account that are of the right kind; what they must hold is checked where they are put in place. */
function readCarried(name: string, value: unknown): AccountChange {
  if (!isObject(value) || typeof value.agent !== 'string') return noExport(`the account ${name} is none`);
  const change: Record<string, unknown> = {};
  const take = (field: string, isRight: (given: unknown) => boolean) => {
    const given = value[field];
    if (given === undefined || given === null) return;
    if (!isRight(given)) noExport(`${name}.${field} is of the wrong kind`);
    change[field] = given;
  };
  const isText = (given: unknown) => typeof given === 'string';
  const isTexts = (given: unknown) => isObject(given) && Object.values(given).every(isText);
  for (const field of [...texts, 'api_key', 'auth_token']) take(field, isText);
  for (const field of numbers) take(field, Number.isInteger);
  for (const field of ['active', 'login']) take(field, (given) => typeof given === 'boolean');
  for (const field of ['env', 'secret_env']) take(field, isTexts);
  return change as AccountChange;
}

/** Reads an export. Throws `usage`, with nothing done, for a newer version, a wrong passphrase, and what is no export. */
export function parseExport(text: string, passphrase: string | null): Imported {
  const file = parseFile(text);
  const isSealed = file.secrets === 'sealed';
  const found = isSealed ? openSealed(file, passphrase ?? '') : file.accounts;
  if (!isObject(found)) return noExport('it holds no accounts');
  const incomplete: string[] = [];
  const accounts = new Map<string, AccountChange>();
  for (const [name, value] of Object.entries(found)) {
    const change = readCarried(name, value);
    const hasSecrets = Boolean(change.api_key || change.auth_token || Object.keys(change.secret_env ?? {}).length > 0);
    if (!change.login && (isSealed || !hasSecrets)) {
      accounts.set(name, change);
      continue;
    }
    incomplete.push(name);
    const { api_key: _, auth_token: __, secret_env: ___, ...rest } = change;
    accounts.set(name, { ...(isSealed ? change : rest), active: false });
  }
  return { accounts, incomplete };
}
