// Telegram fails for a while, in each of its ways, under a whole bot: what people wrote is acted on, what must arrive arrives, and whoever runs the bot is told.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BotFault } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { admin, type BotProcess, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';

const ann: Somebody = { id: 2101, name: 'Ann' };
const eve: Somebody = { id: 2102, name: 'Eve', language: 'zh-hans' };

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({ users: [ann], agents: { echoes: 'cat' } });
});
afterEach(async () => {
  scene.bot.setFaults(null);
  await bot.stop();
});
afterAll(() => scene.close());

/** What only answers the moment is tried three times; this is more. */
const timesOver = 4;

/** Lets the first messages to each chat fail, in different ways; gives how many of them have failed. */
function failSends(): Map<string, number> {
  const failed = new Map<string, number>();
  const faults: BotFault[] = [
    { kind: 'drop-before' },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 429, retryAfter: 1 },
    { kind: 'html' },
  ];
  scene.bot.setFaults((method, params) => {
    if (method !== 'sendMessage') return null;
    const chat = String(params.chat_id);
    const count = failed.get(chat) ?? 0;
    if (count >= timesOver) return null;
    failed.set(chat, count + 1);
    return faults[count % faults.length] ?? null;
  });
  return failed;
}

describe('a bot that cannot send for a while', () => {
  it('still asks about what came late, and once; the press runs it', async () => {
    const failed = failSends();
    bot = await scene.startBot();
    scene.says(ann, '/cad --agent echoes better late', { agoMs: 7_230_000 });
    await scene.quiet();
    const question = await scene.hears(2101, 'You sent this 2 h ago, while I was away. Run it now?');
    expect(failed.get('2101')).toBe(timesOver);
    await scene.presses(ann, question, 'Run it now');
    expect(scene.task(await scene.latestOf('2101')).prompt).toBe('better late');
    await scene.ended(await scene.latestOf('2101'));
    expect(scene.texts(2101).filter((text) => text.includes('Run it now?'))).toHaveLength(1);
  });

  it('still gives a stranger his one answer of the day', async () => {
    let failed = 0;
    scene.bot.setFaults((method, { chat_id }) =>
      method === 'sendMessage' && String(chat_id) === '2103' && failed++ < timesOver
        ? { kind: 'status', status: 502 }
        : null,
    );
    bot = await scene.startBot();
    const joe: Somebody = { id: 2103, name: 'Joe' };
    for (const text of ['/start', 'hello?']) scene.says(joe, text);
    await scene.hears(2103, 'I do not know you yet. /register asks');
    await scene.quiet();
    expect([failed, scene.texts(2103).length]).toEqual([timesOver + 1, 1]);
  });

  it('still asks the admins who may come in, and tells him; a shell does it, too', async () => {
    const failed = failSends();
    bot = await scene.startBot();
    scene.says(eve, '/register');
    await scene.quiet();
    const question = await scene.hears(admin.id, 'Eve (2102) wants to use this bot.');
    expect(failed.get('900')).toBe(timesOver);
    expect(buttonsOf(question).map(({ text }) => text)).toEqual(['✅ Let in', '🚫 No']);
    failed.set('2102', 0);
    expect((await scene.cli(['users', 'approve', '2102'])).exitCode).toBe(0);
    await scene.hears(2102, '欢迎：你现在可以使用这个机器人了。');
    expect(failed.get('2102')).toBe(timesOver);
    expect(await scene.presses(admin, question, 'No')).toBe('That is not possible any more.');
    scene.says(eve, '/ping');
    await scene.hears(2102, '我在');
  });
});

describe('a bot that cannot fetch for a while', () => {
  it('still makes a task of a message with a file', async () => {
    await scene.cli(['users', 'allow', '2101', 'files']);
    let failed = 0;
    scene.bot.setFaults((method) => (method === 'getFile' && failed++ < 4 ? { kind: 'drop-before' } : null));
    bot = await scene.startBot();
    const before = scene.tasksOf('2101').length;
    const paper = scene.bot.addFile('paper.txt', Buffer.from('PAPER'));
    scene.says(ann, '', {
      fields: { document: { file_id: paper, file_name: 'paper.txt' }, caption: '/cad --agent echoes read it' },
    });
    const taskId = await until('the task', () => scene.tasksOf('2101')[before]);
    expect(failed).toBe(5);
    expect(fs.readFileSync(path.join(scene.task(taskId).workdir, 'attachments/paper.txt'), 'utf8')).toBe('PAPER');
    await scene.ended(taskId);
  });
});

describe('who runs the bot', () => {
  it('is told that Telegram cannot be reached, from the start or later, and when it can be again', async () => {
    scene.bot.setFaults(() => ({ kind: 'drop-before' }));
    bot = await scene.startBot({ isHeard: false });
    await until('the first complaint', () => bot.said().includes('Telegram cannot be reached'));
    const before = scene.tasksOf('2101').length;
    scene.says(ann, '/cad --agent echoes said to nobody');
    scene.bot.setFaults(null);
    await until('the bot to listen', () => bot.said().includes('listens'));
    const taskId = await until('what was said meanwhile', () => scene.tasksOf('2101')[before]);
    expect(scene.task(taskId).prompt).toBe('said to nobody');
    scene.bot.setFaults((method) => (method === 'getUpdates' ? { kind: 'status', status: 502 } : null));
    // Ends the request that waits, which is not hit.
    scene.says(ann, '/ping');
    await until('the second complaint', () => bot.said().includes('Updates wait at Telegram for a day'));
    scene.bot.setFaults(null);
    await until('the good news', () => bot.said().includes('updates come again'));
    await scene.ended(taskId);
    expect(await bot.stop()).toBe(0);
  });

  it('is told that somebody else takes its updates; a webhook that was left is taken away', async () => {
    const { url, token } = scene.bot;
    await fetch(`${url}/bot${token}/setWebhook?url=https://example.org`);
    bot = await scene.startBot();
    const sent = scene.says(ann, '/ping');
    await scene.hears(2101, 'pong', sent);
    expect(bot.said()).not.toContain('Only one process may poll');
    scene.bot.setFaults((method) =>
      method === 'getUpdates' ? { kind: 'status', status: 409, description: 'Conflict' } : null,
    );
    // Ends the request that waits, which is not hit.
    scene.says(ann, '/ping');
    await until('the complaint', () => bot.said().includes('Only one process may poll'));
    const meanwhile = scene.says(ann, '/ping');
    scene.bot.setFaults(null);
    await scene.hears(2101, 'pong', meanwhile);
    await until('the good news', () => bot.said().includes('updates come again'));
  });

  it('is told that the token is not good any more: then the bot ends, with 3', async () => {
    bot = await scene.startBot();
    const before = scene.tasksOf('2101').length;
    scene.bot.setFaults(() => ({ kind: 'status', status: 401, description: 'Unauthorized' }));
    for (const name of ['one', 'two']) scene.says(ann, `/cad --agent echoes ${name}`);
    expect(await bot.ended).toBe(3);
    expect(bot.said()).toContain('Telegram does not know this bot token.');
    expect(bot.said()).toContain('Set TELEGRAM_BOT_TOKEN.');
    // What was said meanwhile waits for a good one.
    scene.bot.setFaults(null);
    bot = await scene.startBot();
    await until('both tasks', () => scene.tasksOf('2101').length === before + 2);
    for (const taskId of scene.tasksOf('2101').slice(before)) await scene.ended(taskId);
    await scene.hears(2101, /^✅ one\n/);
    await scene.hears(2101, /^✅ two\n/);
  });
});
