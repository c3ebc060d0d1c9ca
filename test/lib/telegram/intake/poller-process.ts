/** A poller as a process of its own, for tests that kill it: `<home> <API root> <token> <folder of acts>`, until SIGTERM. Each act is a folder, made once and named by its updates. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { realFiles } from '../../../../src/lib/adapters/files.ts';
import { silentLog } from '../../../../src/lib/adapters/log.ts';
import { createTelegramApi } from '../../../../src/lib/adapters/telegram-api.ts';
import { pathsOf } from '../../../../src/lib/config/paths.ts';
import { createInbox } from '../../../../src/lib/telegram/intake/inbox.ts';
import { runIntake } from '../../../../src/lib/telegram/intake/intake.ts';

const [home = '', apiUrl = '', token = '', acts = ''] = process.argv.slice(2);
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
const api = createTelegramApi({ token, apiUrl, timeoutMs: 2000 });
const parts = { files: realFiles, clock: systemClock, log: silentLog, paths: pathsOf(home) };

await runIntake({
  ...parts,
  api,
  inbox: createInbox({ ...parts, botId: api.botId }),
  signal: end.signal,
  me: { botId: api.botId, botName: 'ccdispatch_bot' },
  isControl: ({ kind }) => kind === 'press',
  isCommand: ({ text }) => text.startsWith('/'),
  async handle(incoming, handling) {
    const isReplay = handling.plan !== null;
    const updateIds = [incoming.updateId, ...(incoming.kind === 'message' ? incoming.partOf : [])];
    if (!isReplay) await handling.fix({ act: `${updateIds.join('.')}-${randomUUID()}` });
    const { act } = handling.plan as { act: string };
    await sleep(Math.random() * 4);
    try {
      fs.mkdirSync(path.join(acts, act));
    } catch (error) {
      // A replay finds what it had done already; nobody else may.
      if (!isReplay || (error as { code?: string }).code !== 'EEXIST') fs.mkdirSync(path.join(acts, `double-${act}`));
    }
    await sleep(Math.random() * 4);
  },
  onTrouble() {},
  pollRules: { pollSeconds: 20, backoff: { firstMs: 5, mostMs: 40 }, fruitlessMs: 20 },
});
