/** Changes of a person's record, as pure functions: what becomes of it, and what the audit log calls it. */

import type { AuditAct } from './audit.ts';
import { type Feature, isFeature } from './features.ts';
import { type Person, personOf, type QuotaLimits, type Role, type Standing, type UserRecord } from './record.ts';

/** What is to be changed; what is absent stays. */
export interface UserChange {
  /** True lets somebody in, known or not; false keeps him out. */
  enabled?: boolean;
  name?: string;
  role?: Role;
  /** Null lifts a limit. */
  quota?: Partial<QuotaLimits>;
  allow?: readonly Feature[];
  deny?: readonly Feature[];
  /** Null: by his client's language again. */
  language?: 'en' | 'zh' | null;
  /** Null: the machine's own. */
  time_zone?: string | null;
}

/** A person's record, what the settings make of him, and the name he registered with, where he waits for an answer. */
export interface Before {
  id: string;
  entry: UserRecord | undefined;
  standing: Standing;
  registeredAs: string | null;
}

/** Whether nothing is known of the person, so that only letting him in or keeping him out makes sense. */
export function isUnknown({ entry, standing }: Before): boolean {
  return entry === undefined && standing === null;
}

/** A choice of one's own, which is no administrative act. */
export function isOwnChoice(change: UserChange): boolean {
  return Object.keys(change).every((key) => key === 'language');
}

function newEntry({ standing, registeredAs }: Before, change: UserChange): UserRecord {
  const name = change.name ?? registeredAs;
  const named = name === null || name === undefined ? {} : { name };
  // Whom the settings know gets a record of the differences alone, and stays as open or closed as they say.
  if (standing !== null) return named;
  return { name: '', ...named, enabled: change.enabled === true, role: 'user', allowed_features: [] };
}

/** The object with these fields: those that are undefined stay as they are, those that are null go. */
function withFields<T extends object>(value: T, fields: Record<string, unknown>): T {
  const given = Object.entries(fields).filter(([, field]) => field !== undefined);
  const merged = { ...value, ...Object.fromEntries(given) };
  return Object.fromEntries(Object.entries(merged).filter(([name]) => fields[name] !== null)) as T;
}

function withQuota(entry: UserRecord, limits: Partial<QuotaLimits>): UserRecord {
  const quota = withFields(entry.quota ?? {}, limits);
  const { quota: _, ...rest } = entry;
  const isEmpty = Object.keys(quota).every((name) => name === 'used');
  return isEmpty ? rest : { ...entry, quota };
}

function withFeatures(before: Before, entry: UserRecord, { allow = [], deny = [] }: UserChange): UserRecord {
  const person = personOf(before.id, entry, before.standing) as Person;
  const current: string[] = entry.allowed_features ?? [...person.features];
  const denied = new Set<string>(deny);
  const wanted = [...new Set([...current, ...allow])].filter((feature) => !isFeature(feature) || !denied.has(feature));
  return { ...entry, allowed_features: wanted };
}

/** The record after the change; equal to the one before where nothing changes. */
export function applyChange(before: Before, change: UserChange): UserRecord {
  const { enabled, name, role, language, time_zone } = change;
  let entry = withFields(before.entry ?? newEntry(before, change), { name, enabled, role, language, time_zone });
  if (change.quota) entry = withQuota(entry, change.quota);
  if (change.allow || change.deny) entry = withFeatures(before, entry, change);
  return entry;
}

/** What the audit log calls the change. */
export function actOf(before: Before, change: UserChange): AuditAct {
  if (change.enabled === false) return 'disable';
  const isIn = personOf(before.id, before.entry, before.standing)?.enabled === true;
  if (change.enabled === true && !isIn) {
    if (before.registeredAs !== null) return 'approve';
    return isUnknown(before) ? 'add' : 'enable';
  }
  if (change.role) return 'role';
  if (change.quota) return 'quota';
  if (change.allow) return 'allow';
  return change.deny ? 'deny' : 'change';
}
