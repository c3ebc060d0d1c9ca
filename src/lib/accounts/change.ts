/** Changes of an account's entry, as pure functions: what becomes of it, its secrets sealed for their places, and what makes no sense. */

import { fail } from '../errors/errors.ts';
import { variablesOfAgent } from './environment.ts';
import {
  type AccountRecord,
  accountName,
  accountOf,
  type CredentialsRecord,
  isServiceUrl,
  variableName,
} from './record.ts';
import { placeOf, type SealKey, seal } from './seal.ts';

/** What is to be changed; what is absent stays, and null takes it away. Secrets are as they are, not sealed. */
export interface AccountChange {
  agent?: string;
  active?: boolean;
  priority?: number;
  group?: string | null;
  model?: string | null;
  max_runs?: number | null;
  time_zone?: string | null;
  base_url?: string | null;
  api_key?: string | null;
  auth_token?: string | null;
  config_dir?: string | null;
  login?: boolean | null;
  /** By variable; null takes one away. */
  env?: Record<string, string | null>;
  secret_env?: Record<string, string | null>;
}

/** Headers take nothing else; a blank or a line's end in a key is a slip of the clipboard. */
const keyShape = /^[!-~]{6,8192}$/;
const longestSecret = 64 * 1024;

/** Throws `usage` for a name that no account can have. */
export function checkName(name: string): void {
  if (accountName.test(name)) return;
  fail(
    'usage',
    'That is no name for an account.',
    'Names have up to 32 small letters, digits, - and _, and begin with a letter or digit.',
  );
}

/** Whether a text can be a key or token at all. */
export function isKey(text: string): boolean {
  return keyShape.test(text);
}

function checkKey(what: string, value: string | null | undefined): void {
  if (typeof value !== 'string' || isKey(value)) return;
  fail(
    'usage',
    value === ''
      ? `The ${what} is empty.`
      : `What was given as the ${what} is none: it has blanks, or is too short or long.`,
    'Give it alone on a line, as the service shows it.',
  );
}

function checkVariables(change: AccountChange): void {
  const both = [...Object.entries(change.env ?? {}), ...Object.entries(change.secret_env ?? {})];
  for (const [name, value] of both) {
    if (!variableName.test(name))
      fail('usage', `"${name}" is no name of a variable.`, 'Example: CLAUDE_CODE_USE_BEDROCK');
    if (/^CCDISPATCH_|^(PATH|HOME|TELEGRAM_BOT_TOKEN)$/.test(name)) {
      fail('usage', `${name} is not an account's to set.`, 'Leave it out.');
    }
    if (value !== null && (value === '' || value.includes('\0') || value.length > longestSecret)) {
      fail('usage', `The value of ${name} is empty, or cannot be a variable's.`, 'Give another one.');
    }
  }
}

/** Throws `usage` for values that cannot be meant. */
function checkChange(change: AccountChange): void {
  checkKey('API key', change.api_key);
  checkKey('auth token', change.auth_token);
  checkVariables(change);
  if (typeof change.base_url === 'string' && !isServiceUrl(change.base_url)) {
    fail(
      'usage',
      'The base URL is no http(s) URL, or holds a name and password.',
      'Example: --base-url https://api.example.com; the key goes into --api-key -',
    );
  }
}

/** The object with these fields: those that are undefined stay as they are, those that are null go. */
function withFields<T extends object>(value: T, fields: object): T {
  const merged = Object.fromEntries(Object.entries(value));
  for (const [name, field] of Object.entries(fields)) {
    if (field === null) delete merged[name];
    else if (field !== undefined) merged[name] = field;
  }
  return merged as T;
}

/** The same for one of variables; null where none are left. */
function withVariables(
  value: Record<string, string> | null | undefined,
  fields: Record<string, string | null> | undefined,
): Record<string, string> | null | undefined {
  if (!fields) return undefined;
  const next = withFields(value ?? {}, fields);
  return Object.keys(next).length > 0 ? next : null;
}

/** Seals what is text; null and undefined stay what they mean. */
function sealerFor(name: string, key: SealKey | null) {
  return (field: string, secret: string | null | undefined): string | null | undefined => {
    if (typeof secret !== 'string') return secret;
    if (!key) throw new Error('a secret was given without a key to seal it with');
    return seal(key, secret, placeOf(name, field));
  };
}

/** Whether the change brings a secret, so that a key is needed. */
export function bringsSecret({ api_key, auth_token, secret_env = {} }: AccountChange): boolean {
  return [api_key, auth_token, ...Object.values(secret_env)].some((value) => typeof value === 'string');
}

/** The entry after the change, not yet judged. `key` is needed for one that brings a secret. */
export function applyChange(
  name: string,
  entry: AccountRecord | null,
  change: AccountChange,
  key: SealKey | null,
): AccountRecord {
  checkChange(change);
  const sealed = sealerFor(name, key);
  const { agent, active, priority, group, model, max_runs, time_zone } = change;
  const before: AccountRecord = entry ?? { agent: agent ?? 'claude' };
  const secrets = Object.entries(change.secret_env ?? {}).map(
    ([variable, value]) => [variable, sealed(`secret_env.${variable}`, value) ?? null] as const,
  );
  const old = before.credentials ?? {};
  const credentials = withFields<CredentialsRecord>(old, {
    base_url: change.base_url,
    api_key: sealed('api_key', change.api_key),
    auth_token: sealed('auth_token', change.auth_token),
    config_dir: change.config_dir,
    login: change.login,
    env: withVariables(old.env, change.env),
    secret_env: withVariables(old.secret_env, change.secret_env && Object.fromEntries(secrets)),
  });
  return { ...withFields(before, { agent, active, priority, group, model, max_runs, time_zone }), credentials };
}

/** Throws `usage` for an entry that no agent could work with. */
export function checkEntry(name: string, entry: AccountRecord): void {
  const { agent, active, credentials } = accountOf(name, entry);
  const { api_key, auth_token, config_dir, login, base_url, env, secret_env } = credentials;
  const ways = [
    [api_key, '--api-key'],
    [auth_token, '--auth-token'],
    [config_dir, '--config-dir'],
    [login, '--login'],
  ].flatMap(([value, flag]) => (value ? [flag] : []));
  if (ways.length > 1) {
    fail(
      'usage',
      `${ways.join(' and ')} exclude each other.`,
      'An account has one way in; take the other away with --clear.',
    );
  }
  const known = variablesOfAgent(agent);
  if (!known && (ways.length > 0 || base_url)) {
    fail(
      'usage',
      `How the agent "${agent}" is given a key is not known.`,
      'Name its variables: --secret-env NAME=- for secrets, --env NAME=value for the rest.',
    );
  }
  if (auth_token && known && !known.authToken) {
    fail('usage', `The agent "${agent}" has no auth tokens.`, 'Use --api-key -, or --secret-env NAME=-');
  }
  // One that is switched off may wait for them.
  if (!active || ways.length + Object.keys(env).length + Object.keys(secret_env).length > 0) return;
  fail(
    'usage',
    `The account ${name} has no credentials.`,
    'Give one: --api-key -, --auth-token -, --config-dir <path>, --login, or --secret-env NAME=-',
  );
}
