/** The shape of `accounts.json`, which people may edit by hand: how it is read, and where it is faulty. Secrets stand in it sealed. */

import * as z from 'zod/mini';
import { parseDocument, renderDocument } from '../config/kept-document.ts';
import { isTimeZone } from '../format/day.ts';
import type { JsonFault } from '../format/located-json.ts';
import { isSealed } from './seal.ts';

/** An account's name is also that of its folder. */
export const accountName = /^[a-z0-9][a-z0-9_-]{0,31}$/;
/** Groups, and names of agents, are spelt as profiles are. */
const shortName = /^[a-z][a-z0-9_-]{0,31}$/;
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const highestPriority = 100;
/** Of an account that names none: as much above others as below. */
export const defaultPriority = 5;
const mostRuns = 1000;

/** Whether a text is the address of a service without a password in it. */
export function isServiceUrl(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

const maybe = <T extends z.ZodMiniType>(type: T) => z.optional(z.nullable(type));
const text = z.string('must be text').check(z.minLength(1, 'must not be empty'), z.maxLength(4096, 'is too long'));
const sealed = z.string('must be text').check(z.refine(isSealed, 'must be a sealed secret, as ccdispatch writes it'));
const variable = z.string().check(z.regex(variableName, 'must be the name of an environment variable'));
const short = z.string('must be text').check(z.regex(shortName, 'must be a short lower-case name'));

const credentials = z.looseObject(
  {
    base_url: maybe(
      z
        .string('must be text')
        .check(z.refine(isServiceUrl, 'must be an http(s) URL, without a name or password in it')),
    ),
    api_key: maybe(sealed),
    auth_token: maybe(sealed),
    /** The folder of the agent's own login. */
    config_dir: maybe(z.string('must be text').check(z.regex(/^\//, 'must be an absolute path'))),
    /** Its own login in a folder of ours. */
    login: maybe(z.boolean('must be true or false')),
    env: maybe(z.record(variable, z.string('must be text'), 'must be an object')),
    secret_env: maybe(z.record(variable, sealed, 'must be an object')),
  },
  'must be an object',
);

const account = z.looseObject(
  {
    agent: short,
    active: z.optional(z.boolean('must be true or false')),
    priority: z.optional(
      z
        .int('must be a whole number')
        .check(z.gte(0, 'must not be negative'), z.lte(highestPriority, `must be ${highestPriority} at most`)),
    ),
    group: maybe(short),
    model: maybe(text),
    max_runs: maybe(
      z
        .int('must be a whole number')
        .check(z.gte(1, 'must be 1 at least'), z.lte(mostRuns, `must be ${mostRuns} at most`)),
    ),
    time_zone: maybe(
      z.string('must be text').check(z.refine(isTimeZone, 'must be the name of a time zone, such as Asia/Shanghai')),
    ),
    created_at: maybe(text),
    credentials: z.optional(credentials),
  },
  'must be an object',
);

const document = z.looseObject(
  {
    schema_version: z.optional(z.literal(1, 'was written by a newer ccdispatch; update this one')),
    accounts: z.record(
      z.string().check(z.regex(accountName, 'must be a short lower-case name')),
      account,
      'must be there, as an object with an entry for each account',
    ),
  },
  'must be an object',
);

/** An account's entry; what is absent has its default. */
export type AccountRecord = z.infer<typeof account>;
export type CredentialsRecord = z.infer<typeof credentials>;
export type AccountsDocument = z.infer<typeof document>;

export const emptyAccounts: AccountsDocument = { schema_version: 1, accounts: {} };

/** One credential set that an agent can work with; its secrets are sealed. */
export interface Account {
  name: string;
  agent: string;
  /** A person wants it to be used. */
  active: boolean;
  /** The highest goes first. */
  priority: number;
  group: string | null;
  /** For tasks that name no model. */
  model: string | null;
  /** Runs at once; null without a limit. */
  max_runs: number | null;
  /** Whose midnight begins a day of its counters, as an IANA name; null for the machine's own. */
  time_zone: string | null;
  created_at: string | null;
  credentials: Credentials;
}

export interface Credentials {
  base_url: string | null;
  api_key: string | null;
  auth_token: string | null;
  config_dir: string | null;
  login: boolean;
  env: Record<string, string>;
  secret_env: Record<string, string>;
}

/** The account that an entry describes. */
export function accountOf(name: string, entry: AccountRecord): Account {
  const given = entry.credentials ?? {};
  return {
    name,
    agent: entry.agent,
    active: entry.active ?? true,
    priority: entry.priority ?? defaultPriority,
    group: entry.group ?? null,
    model: entry.model ?? null,
    max_runs: entry.max_runs ?? null,
    time_zone: entry.time_zone ?? null,
    created_at: entry.created_at ?? null,
    credentials: {
      base_url: given.base_url ?? null,
      api_key: given.api_key ?? null,
      auth_token: given.auth_token ?? null,
      config_dir: given.config_dir ?? null,
      login: given.login ?? false,
      env: given.env ?? {},
      secret_env: given.secret_env ?? {},
    },
  };
}

/** The sealed secrets of an entry, by the field that each is bound to. */
export function sealedFields({ credentials: given = {} }: Pick<AccountRecord, 'credentials'>): Map<string, string> {
  const found = new Map<string, string>();
  if (given.api_key) found.set('api_key', given.api_key);
  if (given.auth_token) found.set('auth_token', given.auth_token);
  for (const [name, value] of Object.entries(given.secret_env ?? {})) found.set(`secret_env.${name}`, value);
  return found;
}

const accountFields = Object.keys(account.shape);
const credentialFields = Object.keys(credentials.shape);

/** Words that people use for fields of ours; passed over, they would switch on what was meant to be off. */
const otherWords: Record<string, string> = {
  enabled: 'active',
  disabled: 'active',
  url: 'base_url',
  key: 'api_key',
  token: 'auth_token',
  maxrun: 'max_runs',
  concurrent: 'max_runs',
};

const placesIn = ({ accounts }: AccountsDocument) =>
  Object.entries(accounts).flatMap(([name, entry]) => [
    { path: ['accounts', name], known: accountFields, entry },
    { path: ['accounts', name, 'credentials'], known: credentialFields, entry: entry.credentials },
  ]);

/** The document, or its first fault with its line. Unknown fields are kept; no value is quoted in a fault. */
export function parseAccounts(source: string): { document: AccountsDocument } | { fault: JsonFault } {
  return parseDocument<AccountsDocument>(source, { schema: document, places: placesIn, otherWords });
}

/** The document as it is written. */
export function renderAccounts(value: AccountsDocument): string {
  return renderDocument(value);
}
