/** How commands show people: a table with what each may do and has used today, or JSON. */

import type { App } from '../app.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import type { Used } from '../lib/users/quota.ts';
import type { Person, QuotaLimits } from '../lib/users/record.ts';
import type { Registration } from '../lib/users/registrations.ts';
import type { Users } from '../lib/users/store.ts';
import { type Colours, coloursOf, printJson, printTable } from './output.ts';

const columns: Column[] = [
  { title: 'ID' },
  { title: 'NAME', canShrink: true },
  { title: 'STATUS' },
  { title: 'ROLE' },
  { title: 'TODAY' },
  { title: 'QUOTA', canShrink: true },
  { title: 'FEATURES', canShrink: true },
];

/** A person's counters; null where they cannot be read, which no list stumbles over. */
function usedBy(users: Users, person: Person): Used | null {
  try {
    return users.usedToday(person);
  } catch {
    return null;
  }
}

function renderUsed(used: Used | null): string {
  if (!used) return 'unreadable';
  const parts = [String(used.tasks)];
  if (used.cost_usd > 0) parts.push(renderCost(used.cost_usd));
  if (used.tokens > 0) parts.push(`${renderTokens(used.tokens)} tokens`);
  return parts.join(', ');
}

function renderQuota({ daily, cost_usd, tokens, concurrent }: QuotaLimits): string {
  const limits = [
    daily === null ? '' : `${daily} a day`,
    cost_usd === null ? '' : `${renderCost(cost_usd)} a day`,
    tokens === null ? '' : `${renderTokens(tokens)} tokens a day`,
    concurrent === null ? '' : `${concurrent} at once`,
  ];
  return limits.filter(Boolean).join(', ') || '-';
}

function personRow(users: Users, person: Person, colours: Colours): Cell[] {
  const status = person.enabled ? { text: 'enabled', paint: colours.good } : { text: 'disabled', paint: colours.bad };
  return [
    person.id,
    person.name || '-',
    status,
    person.role,
    renderUsed(usedBy(users, person)),
    renderQuota(person.quota),
    [...person.features].join(' ') || '-',
  ];
}

function pendingRow({ user_id, name }: Registration, colours: Colours): Cell[] {
  return [user_id, name || '-', { text: 'pending', paint: colours.doubtful }, '-', '-', '-', '-'];
}

/** What scripts get of a person. */
function personJson(users: Users, { enabled, features, ...person }: Person): object {
  const used = usedBy(users, { enabled, features, ...person });
  return { ...person, status: enabled ? 'enabled' : 'disabled', features: [...features], used };
}

/** Prints people, and those who wait to be let in. */
export async function printPeople(
  app: App,
  users: Users,
  people: readonly Person[],
  waiting: readonly Registration[],
  isJson: boolean,
): Promise<void> {
  if (isJson) {
    const pending = waiting.map(({ user_id, name, asked_at }) => ({ id: user_id, name, status: 'pending', asked_at }));
    return printJson(app, [...people.map((person) => personJson(users, person)), ...pending]);
  }
  const colours = await coloursOf(app);
  const rows = [
    ...people.map((person) => personRow(users, person, colours)),
    ...waiting.map((one) => pendingRow(one, colours)),
  ];
  await printTable(app, columns, rows);
}

/** Prints one person after a change. */
export async function printPerson(app: App, users: Users, person: Person, isJson: boolean): Promise<void> {
  if (isJson) return printJson(app, personJson(users, person));
  await printPeople(app, users, [person], [], false);
}
