// Somebody who changes accounts, settles runs and notes limits without end, as a process of its own that tests kill:
// `<home> <account that it changes> <account that it counts for> <first time stamp>`. Says what is done on standard output.

import { writeSync } from 'node:fs';
import { createAccounts } from '../../../src/lib/accounts/store.ts';
import { systemDisk } from '../../../src/lib/adapters/disk.ts';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import { pathsOf } from '../../../src/lib/config/paths.ts';

const [home = '', changed = '', counted = '', first = ''] = process.argv.slice(2);
const accounts = createAccounts({
  files: realFiles,
  locks: kernelLocks,
  disk: systemDisk,
  paths: pathsOf(home),
  // Always the same day, also at midnight.
  clock: { now: () => Date.parse('2026-11-20T06:00:00Z') },
  env: {},
});
// Written at once: what was said is known to whoever killed us.
const say = (text: string) => void writeSync(1, `${text}\n`);

await accounts.add(changed, { agent: 'claude', api_key: `sk-ant-${changed}-0123456789`, priority: 0 });
for (let n = 1; ; n++) {
  const task_id = `task-5-${Number(first) + n}`;
  const runs = [{ n: 1, account: counted, started_at: '2026-11-20T05:00:00.000Z', outcome: 'completed' }];
  const usage = { input_tokens: 10, output_tokens: 1 };
  await accounts.settle({ task_id, status: 'completed', reason: null, runs, cost_usd: 0.01, usage });
  say(`settled ${task_id}`);
  await accounts.edit(changed, { api_key: `sk-ant-${changed}-0123456789-${n}`, priority: n % 100 });
  say(`changed ${n}`);
  const resetsAt = Date.parse('2026-11-20T07:00:00Z');
  await accounts.noteRefusal(counted, { kind: 'wall', modelFamily: null, window: `w${first}`, resetsAt });
}
