/** What admins are to know without asking: found in facts about the installation, each told once, and once when it is over; pure. */

import { type AccountState, isAvailable } from '../accounts/limits.ts';
import type { AlertCode } from '../notifications/notification.ts';

export interface AlertFacts {
  /** `model`: of its own, for runs that name none. */
  accounts: readonly { name: string; active: boolean; model?: string | null; state: AccountState }[];
  /** Outcomes of the runs that ended in the last hour. */
  outcomes: readonly string[];
  /** Bytes; null where it cannot be told. */
  freeDisk: number | null;
  /** For how long the oldest message of the outbox has been waiting, in milliseconds; 0 for none. */
  outboxMs: number;
  /** The same of what people wrote to the bot. */
  inboxMs: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Something that is wrong now. */
export interface FoundAlert {
  code: AlertCode;
  /** The account that it is about; null for none. */
  subject: string | null;
  /** A number that belongs to it: accounts that are left, per cent of tasks, bytes, milliseconds. */
  amount: number;
}

const hourMs = 3_600_000;
const longLimitMs = 6 * hourMs;
const leastAccounts = 2;
const leastTasks = 10;
const failingShare = 0.1;
const lowDiskBytes = 1024 ** 3;
/** Told once, it is over only with so much more: a disk that hovers about the mark is told once. */
const enoughDiskBytes = 1.5 * lowDiskBytes;
const stuckMs = 10 * 60_000;

function ofAccounts({ accounts, now }: AlertFacts): FoundAlert[] {
  const found: FoundAlert[] = [];
  const available = accounts.filter((account) => isAvailable(account, { modelFamily: null, now })).length;
  // One account alone is no pool.
  if (accounts.length >= leastAccounts && available < leastAccounts) {
    found.push({ code: 'few_accounts', subject: null, amount: available });
  }
  for (const { name, active, state } of accounts) {
    if (!active) continue;
    if (state.refused_at !== null) found.push({ code: 'account_refused', subject: name, amount: 0 });
    const longest = Math.max(0, ...state.limits.map(({ since, until }) => Date.parse(until) - Date.parse(since)));
    if (longest > longLimitMs) found.push({ code: 'account_limited', subject: name, amount: longest });
  }
  return found;
}

function ofTasks({ outcomes }: AlertFacts): FoundAlert[] {
  const ended = outcomes.filter((outcome) => outcome === 'completed' || outcome === 'failed');
  const share = ended.filter((outcome) => outcome === 'failed').length / Math.max(1, ended.length);
  if (ended.length < leastTasks || share <= failingShare) return [];
  return [{ code: 'tasks_failing', subject: null, amount: Math.round(share * 100) }];
}

/** An alert that stays the same for as long as it lasts. */
export const alertKey = ({ code, subject }: Pick<FoundAlert, 'code' | 'subject'>) =>
  subject === null ? code : `${code}.${subject}`;

/** What is wrong now; `told` holds the keys of what admins know already. */
export function findAlerts(facts: AlertFacts, told: ReadonlySet<string>): FoundAlert[] {
  const { freeDisk, outboxMs, inboxMs } = facts;
  const least = told.has('disk_low') ? enoughDiskBytes : lowDiskBytes;
  return [
    ...ofAccounts(facts),
    ...ofTasks(facts),
    ...(freeDisk !== null && freeDisk < least ? [{ code: 'disk_low', subject: null, amount: freeDisk } as const] : []),
    ...(outboxMs > stuckMs ? [{ code: 'outbox_stuck', subject: null, amount: outboxMs } as const] : []),
    ...(inboxMs > stuckMs ? [{ code: 'bot_stuck', subject: null, amount: inboxMs } as const] : []),
  ];
}

/** An alert as it is kept while it lasts, and until its end was told. */
export interface KeptAlert extends FoundAlert {
  /** ISO instant; names this occurrence. */
  since: string;
  isTold: boolean;
  isOver: boolean;
}

/**
 * The alerts after another look: what is new is to be told, and what is over is to be told so. One that came and went before
 * anybody heard of it is dropped; one that comes again before its end was told goes on.
 */
export function nextAlerts(kept: readonly KeptAlert[], found: readonly FoundAlert[], now: number): KeptAlert[] {
  const before = new Map(kept.map((alert) => [alertKey(alert), alert]));
  const current = new Set(found.map(alertKey));
  const since = new Date(now).toISOString();
  const open = found.map((alert): KeptAlert => {
    const same = before.get(alertKey(alert));
    if (!same) return { ...alert, since, isTold: false, isOver: false };
    return same.isOver ? { ...same, isOver: false, isTold: true } : same;
  });
  const over = kept
    .filter((alert) => !current.has(alertKey(alert)) && (alert.isTold || alert.isOver))
    .map((alert): KeptAlert => (alert.isOver ? alert : { ...alert, isOver: true, isTold: false }));
  return [...open, ...over];
}
