/** `ccdispatch users quota`: limits what a person may use; `none` lifts a limit. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import type { UserChange } from '../lib/users/change.ts';
import { shellUser } from '../lib/users/store.ts';
import { countFlag } from './flags.ts';
import { printPerson } from './users-shown.ts';

export interface UsersQuotaFlags {
  daily?: string;
  costUsd?: string;
  tokens?: string;
  concurrent?: string;
  timeZone?: string;
  json?: boolean;
}

const none = 'none';

function countOf(flag: string, text: string | undefined): number | null | undefined {
  return text === undefined ? undefined : text === none ? null : countFlag(flag, text, 0);
}

/** Dollars. */
function costOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === none) return null;
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Number(text);
  return fail('usage', `--cost-usd takes an amount in dollars, not "${text}".`, 'Example: --cost-usd 2.50');
}

function changeOf(flags: UsersQuotaFlags): UserChange {
  const limits = {
    daily: countOf('--daily', flags.daily),
    cost_usd: costOf(flags.costUsd),
    tokens: countOf('--tokens', flags.tokens),
    concurrent: countOf('--concurrent', flags.concurrent),
  };
  const quota = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
  const zone = flags.timeZone === undefined ? {} : { time_zone: flags.timeZone === none ? null : flags.timeZone };
  const change = { ...(Object.keys(quota).length > 0 ? { quota } : {}), ...zone };
  if (Object.keys(change).length > 0) return change;
  return fail(
    'usage',
    'Nothing is said about the quota.',
    'Say how much: --daily 10, --cost-usd 5, --tokens 1000000 or --concurrent 2; "none" lifts a limit.',
  );
}

export async function run(app: App, flags: UsersQuotaFlags, id: string): Promise<void> {
  const change = changeOf(flags);
  const users = await app.openUsers(await app.settings());
  await printPerson(app, users, await users.change(id, change, shellUser), flags.json === true);
}
