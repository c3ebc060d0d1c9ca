/** An outbox in a folder of its own, a Bot API server on loopback and a deliverer between them; all end with the test. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import type { Log } from '../../../src/lib/adapters/log.ts';
import { createTelegramApi } from '../../../src/lib/adapters/telegram-api.ts';
import { pathsOf } from '../../../src/lib/config/paths.ts';
import { type BotApiServer, type SentMessage, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';
import type { ProgressNotification, TaskNotification } from '../../../src/lib/notifications/notification.ts';
import { createDeliverer, type Deliverer } from '../../../src/lib/outbox/deliver.ts';
import { keyOf, type NewEntry } from '../../../src/lib/outbox/entry.ts';
import type { DeliveryRules } from '../../../src/lib/outbox/rules.ts';
import { createOutbox, type Outbox } from '../../../src/lib/outbox/store.ts';
import { quickRules } from './quick-rules.ts';

export interface OutboxHome {
  server: BotApiServer;
  paths: ReturnType<typeof pathsOf>;
  outbox: Outbox;
  /** Log lines as `level message`. */
  logged: string[];
  deliverer(changes?: { token?: string; rules?: Partial<DeliveryRules>; hasButtons?: boolean }): Deliverer;
  /** Runs a deliverer until the test ends or the function is called, which waits for it. */
  start(deliverer?: Deliverer): () => Promise<void>;
  announce(notification: TaskNotification, changes?: Partial<NewEntry>): Promise<boolean>;
  progress(notification: ProgressNotification, changes?: Partial<NewEntry>): Promise<void>;
  /** What a person sees in the chat now. */
  chat(chatId?: string): SentMessage[];
  /** The names of all files below the outbox, sorted. */
  files(): string[];
}

export async function openOutboxHome(): Promise<OutboxHome> {
  const server = await startBotApiServer();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outbox-'));
  const paths = pathsOf(home);
  const botId = server.token.split(':')[0] as string;
  const logged: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => void logged.push(`${level} ${message}`);
  const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const parts = { files: realFiles, locks: kernelLocks, clock: systemClock, paths, log };
  const outbox = createOutbox({ ...parts, botId });
  const entry = { chat_id: '123', thread_id: null, reply_to: null, language: null } as const;
  const running: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    await Promise.all(running.map((stop) => stop()));
    await server.close();
    fs.rmSync(home, { recursive: true, force: true });
  });
  const deliverer: OutboxHome['deliverer'] = ({ token = server.token, rules = {}, hasButtons = false } = {}) => {
    const api = createTelegramApi({ token, apiUrl: server.url });
    return createDeliverer({ ...parts, api, rules: { ...quickRules, ...rules }, hasButtons: () => hasButtons });
  };
  return {
    server,
    paths,
    outbox,
    logged,
    deliverer,
    start(given = deliverer()) {
      const end = new AbortController();
      const done = given.run(end.signal);
      const stop = () => {
        end.abort();
        return done;
      };
      running.push(stop);
      return stop;
    },
    announce: (notification, changes = {}) =>
      outbox.announce({ ...entry, notification, ...changes }, keyOf(notification)),
    progress: (notification, changes = {}) => outbox.progress({ ...entry, ...changes, notification }),
    chat: (chatId = '123') => server.messages(chatId).filter((message) => !message.deleted),
    files: () =>
      fs
        .readdirSync(paths.outbox, { recursive: true, withFileTypes: true })
        .filter((found) => found.isFile())
        .map((found) => path.relative(paths.outbox, path.join(found.parentPath, found.name)))
        .sort(),
  };
}

/** Waits until the check gives something true; fails after `limitMs`. */
export async function until<T>(check: () => T | null | undefined | false, limitMs = 8000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = check();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`Waited in vain for: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
