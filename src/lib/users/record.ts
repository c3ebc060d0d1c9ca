/** The shape of `users.json`, which people edit by hand: how it is read, where it is faulty, and who a record makes of a person. */

import * as z from 'zod/mini';
import { parseDocument, renderDocument } from '../config/kept-document.ts';
import { isTimeZone } from '../format/day.ts';
import type { JsonFault } from '../format/located-json.ts';
import { isUserId } from '../format/task-id.ts';
import { type Feature, isFeature, usualFeatures } from './features.ts';

export type Role = 'user' | 'admin';

/** Limits of a person; null where there is none. A day is one of the person's own time zone. */
export interface QuotaLimits {
  /** Tasks a day. */
  daily: number | null;
  /** Dollars a day; what runs is not ended by it. */
  cost_usd: number | null;
  /** Input and output tokens a day; what runs is not ended by it. */
  tokens: number | null;
  /** Tasks that wait or run at once. */
  concurrent: number | null;
}

export const quotaNames = ['daily', 'cost_usd', 'tokens', 'concurrent'] as const;

/** Somebody who is known to us, allowed or not. */
export interface Person {
  /** Telegram's id. */
  id: string;
  /** May be empty. */
  name: string;
  enabled: boolean;
  role: Role;
  features: ReadonlySet<Feature>;
  quota: QuotaLimits;
  /** IANA name; null for the machine's own. */
  time_zone: string | null;
  /** The language he chose; null where he chose none. */
  language: 'en' | 'zh' | null;
  /** His tasks work with accounts of this group alone; null for all. */
  account_group: string | null;
}

/** Whom the settings let in, as what; null for nobody. */
export type Standing = Role | null;

const count = z.int('must be a whole number').check(z.gte(0, 'must not be negative'));
const limit = <T extends z.ZodMiniType>(type: T) => z.optional(z.nullable(type));

const quota = z.looseObject(
  {
    daily: limit(count),
    cost_usd: limit(z.number('must be an amount in dollars').check(z.gte(0, 'must not be negative'))),
    tokens: limit(count),
    concurrent: limit(count),
  },
  'must be an object',
);

const timeZoneSchema = z
  .string('must be text')
  .check(z.refine(isTimeZone, 'must be the name of a time zone, such as Asia/Shanghai'));

const record = z.looseObject(
  {
    name: z.optional(z.string('must be text')),
    enabled: z.optional(z.boolean('must be true or false')),
    role: z.optional(z.enum(['user', 'admin'], 'must be "user" or "admin"')),
    quota: z.optional(z.nullable(quota)),
    allowed_features: z.optional(z.array(z.string('must be text'), 'must be a list')),
    time_zone: z.optional(z.nullable(timeZoneSchema)),
    language: z.optional(z.nullable(z.enum(['en', 'zh'], 'must be "en" or "zh"'))),
    account_group: z.optional(z.nullable(z.string('must be text').check(z.minLength(1, 'must not be empty')))),
  },
  'must be an object',
);

const document = z.looseObject(
  {
    schema_version: z.optional(z.literal(1, 'was written by a newer ccdispatch; update this one')),
    users: z.record(
      z.string().check(z.refine(isUserId, "must be a person's Telegram id (digits)")),
      record,
      'must be there, as an object with an entry for each person',
    ),
  },
  'must be an object',
);

/** A person's entry; what is absent follows from the settings. */
export type UserRecord = z.infer<typeof record>;
export type UsersDocument = z.infer<typeof document>;

export const emptyDocument: UsersDocument = { schema_version: 1, users: {} };

const recordFields = Object.keys(record.shape);
const quotaFields = [...Object.keys(quota.shape), 'used'];

/** Words that people use for fields of ours; passed over, they would open what was meant to be closed. */
const otherWords: Record<string, string> = {
  disabled: 'enabled',
  blocked: 'enabled',
  banned: 'enabled',
  limit: 'quota',
  limits: 'quota',
  cost: 'cost_usd',
  budget: 'cost_usd',
  perday: 'daily',
  parallel: 'concurrent',
};

const placesIn = ({ users }: UsersDocument) =>
  Object.entries(users).flatMap(([id, entry]) => [
    { path: ['users', id], known: recordFields, entry },
    { path: ['users', id, 'quota'], known: quotaFields, entry: entry.quota },
  ]);

/** The document, or its first fault with its line. Unknown fields are kept. */
export function parseUsers(text: string): { document: UsersDocument } | { fault: JsonFault } {
  return parseDocument<UsersDocument>(text, { schema: document, places: placesIn, otherWords });
}

/** The document as it is written. */
export function renderUsers(value: UsersDocument): string {
  return renderDocument(value);
}

/** What a person is by his record and the settings; null where neither knows him. Field by field the record counts first. */
export function personOf(id: string, entry: UserRecord | undefined, standing: Standing): Person | null {
  if (!entry && standing === null) return null;
  const role = entry?.role ?? standing ?? 'user';
  // An admin's record need not list what he could give himself.
  const usual = standing !== null || role === 'admin' ? usualFeatures : [];
  return {
    id,
    name: entry?.name ?? '',
    enabled: entry?.enabled ?? standing !== null,
    role,
    features: new Set((entry?.allowed_features ?? usual).filter(isFeature)),
    quota: {
      daily: entry?.quota?.daily ?? null,
      cost_usd: entry?.quota?.cost_usd ?? null,
      tokens: entry?.quota?.tokens ?? null,
      concurrent: entry?.quota?.concurrent ?? null,
    },
    time_zone: entry?.time_zone ?? null,
    language: entry?.language ?? null,
    account_group: entry?.account_group ?? null,
  };
}
