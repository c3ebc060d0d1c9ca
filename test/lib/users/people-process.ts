// Somebody who changes people and reserves quotas without end, as a process of its own that tests kill:
// `<home> <user whose quota it takes> <person it renames> <first time stamp> <daily quota>`. Says what is done on standard output.

import { writeSync } from 'node:fs';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import { pathsOf } from '../../../src/lib/config/paths.ts';
import { createUsers } from '../../../src/lib/users/store.ts';

const [home = '', userId = '', renamed = '', first = '', daily = ''] = process.argv.slice(2);
const users = createUsers({
  files: realFiles,
  locks: kernelLocks,
  paths: pathsOf(home),
  // Always the same day, also at midnight.
  clock: { now: () => Date.parse('2026-11-20T06:00:00Z') },
  settings: { telegram: { allowedUserIds: [], adminIds: [] } },
});
const quota = { daily: Number(daily), cost_usd: null, tokens: null, concurrent: null };
const noTasks = { of: () => new Set<string>(), isAwaited: () => false };
// Written at once: what was said is known to whoever killed us.
const say = (text: string) => void writeSync(1, `${text}\n`);

for (let n = 1; ; n++) {
  const key = `task-${userId}-${Number(first) + n}`;
  const refusal = await users.quotas.reserve({ id: userId, quota, time_zone: 'UTC' }, [key], noTasks);
  say(refusal ? `refused ${key}` : `granted ${key}`);
  await users.change(renamed, { enabled: true, name: `v${n}` }, 'shell');
  say(`named ${n}`);
}
