// A bot that is killed at moments all along the way of a secret and of the answer that adds its account: each is added once, and nothing leaks.

import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccounts } from '../../src/lib/accounts/store.ts';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { systemDisk } from '../../src/lib/adapters/disk.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import { openDialogues, privacyOf } from '../../src/lib/telegram/adding/dialogues.ts';
import { createInbox } from '../../src/lib/telegram/intake/inbox.ts';
import { filesWith } from '../support/e2e.ts';
import { admin, type BotProcess, type BotScene, buttonsOf, startBotScene } from '../support/e2e-bot.ts';
import { openHome } from '../support/home.ts';

const rounds = 6;
/** From before the update was fetched to after it was acted on. */
const stepMs = 16;
const chat = admin.id;
const secretOf = (round: number) => `sk-ant-key-of-round-${round}-0123456789`;
const secrets = Array.from({ length: rounds }, (_, round) => secretOf(round));

const botId = () => scene.bot.token.split(':')[0] as string;

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene();
  bot = await scene.startBot();
});
afterAll(() => scene.close());

async function killAfter(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await bot.kill();
  expect(filesWith(scene.home, secrets)).toEqual([]);
  bot = await scene.startBot();
}

it('adds each account once, with its own secret, and leaves none of them readable', async () => {
  for (let round = 0; round < rounds; round++) {
    const began = scene.says(admin, '/accounts');
    await scene.presses(admin, await scene.hears(chat, 'ccdispatch accounts add', began), 'Add one here');
    await scene.hears(chat, 'What is it to be called?', began);
    scene.says(admin, `round-${round}`);
    await scene.presses(admin, await scene.hears(chat, 'Which agent', began), 'claude');
    await scene.presses(admin, await scene.hears(chat, 'What does it log in with?', began), 'API key');
    await scene.hears(chat, 'Send the key now', began);
    const sent = scene.says(admin, secretOf(round));
    await killAfter(round * stepMs);
    const question = await scene.hears(chat, 'Which priority', sent);
    expect(
      scene.bot.requests.some(({ method, params }) => method === 'deleteMessage' && params.message_id === sent),
    ).toBe(true);
    const five = buttonsOf(question).find(({ text }) => text === '5');
    scene.bot.pushCallback(String(chat), question.messageId, five?.callback_data ?? '', { id: chat });
    await killAfter(round * stepMs);
    await scene.hears(chat, `The account round-${round} is there`, sent);
    await scene.quiet();
  }
  await bot.stop();
  const accounts = createAccounts({ ...openHome(scene.home), clock: systemClock, disk: systemDisk, env: scene.env });
  expect(accounts.list().map((account) => accounts.secretsOf(account).api_key)).toEqual(secrets);
  expect(filesWith(scene.home, secrets)).toEqual([]);
  // What stays sealed are the commands that came soon after an earlier dialogue.
  const home = { ...openHome(scene.home), clock: systemClock, log: silentLog };
  const privacy = privacyOf(openDialogues(home, botId()), accounts.safe, botId());
  const inbox = createInbox({ ...home, botId: botId(), privacy });
  const sealed = filesWith(home.paths.inbox(botId()), ['aes-256-gcm:']).map((file) => path.basename(file, '.json'));
  // What a killed bot was writing is gone, too.
  expect(sealed.filter((name) => !/^\d+$/.test(name))).toEqual([]);
  const kept = sealed.map((id) => inbox.find(Number(id))?.update as { message?: { text?: string } } | undefined);
  expect(kept.map((update) => update?.message?.text)).toEqual(Array.from({ length: rounds - 1 }, () => '/accounts'));
  const told = JSON.stringify([scene.bot.messages(), scene.bot.requests, bot.said()]);
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
}, 120_000);
