// An admin adds an account by dialogue; the bot is killed while it holds the secret, and the secret is found nowhere but sealed.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { filesWith, until } from '../support/e2e.ts';
import {
  admin,
  type BotProcess,
  type BotScene,
  pendingUpdates,
  type Somebody,
  startBotScene,
} from '../support/e2e-bot.ts';
import { listProcessesWith } from '../support/process-scan.ts';

const sue: Somebody = { id: 811, name: 'Sue' };
const chat = admin.id;
const secret = 'sk-ant-a-key-that-came-by-chat-0123456789-CCCC';
const slip = 'sk-ant-a-key with-a-slip-of-the-clipboard-DDDD';
const words = [secret, slip];

let scene: BotScene;
let bot: BotProcess;
/** What the bots that are gone have said. */
const said: string[] = [];

beforeAll(async () => {
  scene = await startBotScene({ users: [sue], env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' } });
  const added = await scene.cli(['accounts', 'add', 'old', '--api-key', '-'], {
    input: 'sk-ant-an-old-key-0123456789',
  });
  expect(added.exitCode).toBe(0);
  expect((await scene.cli(['accounts', 'disable', 'old'])).exitCode).toBe(0);
  bot = await scene.startBot();
});
afterAll(() => scene.close());

/** Where a secret can be read: in files, in what was sent or said, and among arguments. */
function leaks(): string[] {
  const told = JSON.stringify([scene.bot.messages(), scene.bot.requests, said, bot.said()]);
  const lines = listProcessesWith(scene.folder, process.pid).map(({ command }) => command);
  return [
    ...filesWith(scene.folder, words),
    ...words.filter((word) => told.includes(word)),
    ...lines.filter((line) => words.some((word) => line.includes(word))),
  ];
}

async function killAndRestart(): Promise<void> {
  await bot.kill();
  said.push(bot.said());
  expect(leaks()).toEqual([]);
  scene.bot.setFaults(null);
  bot = await scene.startBot();
}

/** Messages of people that the bot has deleted. */
const deleted = () =>
  scene.bot.requests.flatMap(({ method, params }) => (method === 'deleteMessage' ? [params.message_id] : []));

/** The open question, for the first time or once more. */
const asks = (text: string, after?: SentMessage) => scene.hears(chat, text, after);

describe('adding an account from the chat', () => {
  let question: SentMessage;
  let taskId: string;

  it('is for admins, and for private chats', async () => {
    scene.says(sue, '/accounts');
    expect((await scene.hears(sue.id, 'Only admins may do that.')).markup).toBeNull();
    scene.says(admin, '/accounts', { chat: '-4811' });
    expect((await scene.hears('-4811', 'Write that to me in private.')).markup).toBeNull();
  });

  it('begins with the shell command, and goes on step by step', async () => {
    scene.plays('patient', [{ text: 'Worth the wait.' }]);
    scene.says(admin, '/cad be patient');
    taskId = await scene.latestOf(String(chat));
    scene.says(admin, '/accounts');
    const list = await scene.hears(chat, 'ccdispatch accounts add <name> --api-key -');
    await scene.presses(admin, list, 'Add one here after all');
    await asks('What is it to be called?');
    scene.says(admin, 'chat-key');
    await scene.presses(admin, await asks('Which agent works with it?'), 'claude');
    await scene.presses(admin, await asks('What does it log in with?'), 'Base URL and key');
    await asks('What is the base URL');
    scene.says(admin, scene.model.url);
    question = await asks('Send the key now');
    expect(scene.task(taskId).status).toBe('pending');
  });

  it('takes a secret that was received and not acted on when the bot was killed', async () => {
    // The answer to the first attempt hangs, so that what comes after it waits.
    scene.bot.setFaults((method, params) =>
      method === 'sendMessage' && /That is no key/.test(String(params.text)) ? { kind: 'hang' } : null,
    );
    const slipId = scene.says(admin, slip);
    await until('the answer to hang', () => scene.bot.requests.some(({ fault }) => fault?.kind === 'hang'));
    const secretId = scene.says(admin, secret);
    const names = await until('the secret to be kept', () => {
      const pending = pendingUpdates(scene);
      return pending.length === 2 ? pending : null;
    });
    const inbox = path.join(scene.home, 'inbox', scene.bot.token.split(':')[0] as string);
    for (const name of names) expect(fs.readFileSync(path.join(inbox, name), 'utf8')).toContain('aes-256-gcm:');
    await killAndRestart();
    await asks('That is no key', question);
    question = await asks('The key is kept encrypted.', question);
    expect(question.text).toContain('Your message is deleted.');
    await scene.quiet();
    expect(deleted()).toEqual(expect.arrayContaining([slipId, secretId]));
    expect(leaks()).toEqual([]);
  });

  it('goes on after a second kill, with the secret that the dialogue keeps sealed', async () => {
    const folder = path.join(scene.home, 'inbox', scene.bot.token.split(':')[0] as string, 'dialogues');
    expect(filesWith(folder, ['"secret":"aes-256-gcm:'])).toHaveLength(1);
    await killAndRestart();
    scene.says(admin, 'as high as possible');
    question = await asks('That is no priority.', question);
    await scene.presses(admin, question, '9');
    question = await asks('The account chat-key is there: claude, priority 9.', question);
  });

  it('lets the task go on that waited for an account, and tries the account', async () => {
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', account: 'chat-key' });
    expect(scene.asked('patient').map(({ apiKey }) => apiKey)).toContain(secret);
    await scene.presses(admin, question, 'Try it');
    await scene.hears(chat, 'chat-key works.', question);
  });

  it('leaves the secret nowhere but sealed, and nothing in what was acted on', async () => {
    await scene.quiet();
    expect(await bot.stop()).toBe(0);
    said.push(bot.said());
    await scene.cli(['worker', 'stop']);
    await scene.workerGone();
    expect(leaks()).toEqual([]);
    const sealed = filesWith(scene.home, ['aes-256-gcm:']).map((file) => path.relative(scene.home, file));
    expect(sealed.sort()).toEqual(['accounts.json', 'accounts.json.good']);
    const shown = JSON.parse((await scene.cli(['accounts', 'show', 'chat-key', '--json'])).stdout);
    expect(shown).toMatchObject({ name: 'chat-key', agent: 'claude', priority: 9 });
    // The search does find what is there.
    const leak = path.join(scene.home, 'logs', 'leak.log');
    fs.writeFileSync(leak, secret);
    expect(leaks()).toEqual([leak]);
    fs.rmSync(leak);
  });
});
