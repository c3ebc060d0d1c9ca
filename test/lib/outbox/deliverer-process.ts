/** A deliverer as a process of its own, for tests that kill it: `<home> <API root> <token>`, until SIGTERM. */

import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import { silentLog } from '../../../src/lib/adapters/log.ts';
import { createTelegramApi } from '../../../src/lib/adapters/telegram-api.ts';
import { pathsOf } from '../../../src/lib/config/paths.ts';
import { createDeliverer } from '../../../src/lib/outbox/deliver.ts';
import { quickRules } from './quick-rules.ts';

const [home = '', apiUrl = '', token = ''] = process.argv.slice(2);
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
const deliverer = createDeliverer({
  api: createTelegramApi({ token, apiUrl, timeoutMs: 2000 }),
  files: realFiles,
  locks: kernelLocks,
  clock: systemClock,
  paths: pathsOf(home),
  log: silentLog,
  rules: quickRules,
});
await deliverer.run(end.signal);
