// Fifty people dispatch to the same chat at once: fifty tasks of their own, each run once, each result told once.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import { createTelegramApi } from '../../src/lib/adapters/telegram-api.ts';
import { createDeliverer } from '../../src/lib/outbox/deliver.ts';
import { quickRules } from '../lib/outbox/quick-rules.ts';
import { answerOf, effectsFile, wordOf } from '../support/crash-script.ts';
import { hasProc, openStage, until } from '../support/crash-stage.ts';

const many = 50;
const chat = '5005';

it.skipIf(!hasProc)(
  `${many} dispatch processes at once make ${many} tasks, and all of them run`,
  { timeout: 120_000 },
  async () => {
    const stage = await openStage();
    try {
      const { bot, home, cli } = stage;
      const words = Array.from({ length: many }, (_, index) => wordOf(index));
      // Without a token they leave what is to be said to somebody else: Telegram's limits would take a minute for it.
      const env = { TELEGRAM_BOT_TOKEN: undefined };
      const results = await Promise.all(
        words.map((word) => cli(['dispatch', '-g', chat, '-n', word, '--agent', 'counting', `${word} 0`], { env })),
      );
      expect(results.filter(({ exitCode, stderr }) => exitCode !== 0 || stderr !== '')).toEqual([]);
      const ids = results.map(({ stdout }) => stdout.trim());
      expect(new Set(ids).size).toBe(many);
      expect(home.tasks.ids(chat).sort()).toEqual([...ids].sort());

      await until('the worker to leave', () => stage.running().length === 0, 60_000);
      expect([home.queue.waiting(), home.queue.active()]).toEqual([[], []]);
      const api = createTelegramApi({ token: bot.token, apiUrl: bot.url });
      const deliverer = createDeliverer({ ...home, api, clock: systemClock, log: silentLog, rules: quickRules });
      expect(await deliverer.flush(new AbortController().signal)).toBe('empty');
      for (const [index, taskId] of ids.entries()) {
        const word = words[index] as string;
        const task = home.tasks.load(taskId);
        expect(task).toMatchObject({ task_name: word, status: 'completed', result: `This is the ${answerOf(word)}.` });
        expect(task.runs.length).toBe(1);
        expect(readFileSync(join(task.workdir, effectsFile), 'utf8')).toBe(`${word}\n`);
        expect(bot.messages(chat).filter(({ text }) => text.includes(answerOf(word))).length).toBe(1);
      }
    } finally {
      await stage.close();
    }
  },
);
