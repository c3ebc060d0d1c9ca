// Builders for tests about people: persons, and the store over a home with a clock that the test moves.

import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Feature } from '../../../src/lib/users/features.ts';
import type { LiveTasks } from '../../../src/lib/users/quota.ts';
import type { Person, QuotaLimits } from '../../../src/lib/users/record.ts';
import { createUsers, type Users } from '../../../src/lib/users/store.ts';
import { makeHome, type TestHome } from '../../support/home.ts';

export type PersonFields = Partial<Omit<Person, 'features' | 'quota'>> & {
  features?: Feature[];
  quota?: Partial<QuotaLimits>;
};

/** A known, enabled user without features and limits, in UTC. */
export function aPerson({ features = [], quota = {}, ...fields }: PersonFields = {}): Person {
  return {
    id: '5',
    name: 'User A',
    enabled: true,
    role: 'user',
    time_zone: 'UTC',
    language: null,
    account_group: null,
    ...fields,
    features: new Set(features),
    quota: { daily: null, cost_usd: null, tokens: null, concurrent: null, ...quota },
  };
}

/** Tasks that are there all, or none; none of them lives. */
export const noTasks: LiveTasks = { of: () => new Set(), isAwaited: () => false };

export interface PeopleHome {
  home: TestHome;
  users: Users;
  /** Milliseconds since 1970; the test sets it. */
  clock: { at: number };
  /** What `users.json` holds. */
  read(): Record<string, unknown> & { users: Record<string, Record<string, unknown>> };
  /** Writes it as an editor would. */
  write(value: unknown): void;
  /** Another store over the same home, as another process has it. */
  again(): Users;
}

/** People of a home of the test's own. It is 2026-11-20, six in the morning in London. */
export function openPeople(telegram: { allowedUserIds?: string[]; adminIds?: string[] } = {}): PeopleHome {
  const home = makeHome();
  const clock = { at: Date.parse('2026-11-20T06:00:00Z') };
  const settings = { telegram: { allowedUserIds: [], adminIds: [], ...telegram } };
  const opened: Users[] = [];
  const again = () => {
    const users = createUsers({ ...home, clock: { now: () => clock.at }, settings });
    opened.push(users);
    return users;
  };
  onTestFinished(async () => void (await Promise.all(opened.map((users) => users.settled()))));
  return {
    home,
    clock,
    users: again(),
    again,
    read: () => JSON.parse(fs.readFileSync(home.paths.users, 'utf8')),
    write: (value) => fs.writeFileSync(home.paths.users, typeof value === 'string' ? value : JSON.stringify(value)),
  };
}
