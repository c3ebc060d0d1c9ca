// An agent asks in the chat before it uses a tool: allowed, denied, for the task, by the wrong people, after a restart of all, in vain.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { admin, type BotProcess, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { bash } from '../support/e2e-model.ts';

const [wes, xia]: [Somebody, Somebody] = [
  { id: 951, name: 'Wes' },
  { id: 952, name: 'Xia', language: 'zh-hans' },
];
const stranger: Somebody = { id: 959, name: 'Nobody' };
const group = '-9500';

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({ users: [wes, xia] });
  bot = await scene.startBot();
});
afterAll(() => scene.close());

const markFile = (name: string) => path.join(scene.folder, `${name}.mark`);
const isMarked = (name: string) => fs.existsSync(markFile(name));

/** Somebody asks for a task whose agent wants to run a command; gives the question as the chat shows it. */
async function ask(
  who: Somebody,
  chat: string,
  word: string,
  commands = [`touch ${markFile(word)}`],
): Promise<SentMessage> {
  scene.plays(word, [...commands.map((command) => bash(command)), { text: `About ${word}: done.` }]);
  scene.says(who, `/cad mark the ${word}`, { chat });
  return await scene.hears(chat, new RegExp(`^❓ mark the ${word}`));
}

const now = ({ chatId, messageId }: SentMessage) =>
  scene.bot.messages(chatId).find((message) => message.messageId === messageId) as SentMessage;

it('is allowed once, denied, and allowed for the task, by a press each', async () => {
  const [yes, no, task] = await Promise.all([
    ask(wes, '951', 'anvil'),
    ask(wes, '-9510', 'bellow'),
    ask(
      wes,
      '-9520',
      'chisel',
      ['a', 'b'].map((end) => `echo ${end} >> ${markFile('chisel')}; true`),
    ),
  ]);
  expect(buttonsOf(yes).map(({ text }) => text)).toEqual(['✅ Allow once', '🚫 Deny', '☑️ Allow for this task']);
  expect(yes.text).toContain(`touch ${markFile('anvil')}`);
  expect(isMarked('anvil')).toBe(false);
  expect(await scene.presses(wes, yes, 'Allow once')).toBe('Allowed, this once.');
  expect(await scene.presses(wes, no, 'Deny')).toBe('Denied.');
  expect(await scene.presses(wes, task, 'for this task')).toBe('Allowed for this task.');
  await scene.hears(951, 'About anvil: done.');
  await scene.hears('-9510', 'About bellow: done.');
  // The second command is another one, and so another question.
  const second = await scene.hears('-9520', /echo b >>/);
  expect(await scene.presses(wes, second, 'Allow once')).toBe('Allowed, this once.');
  await scene.hears('-9520', 'About chisel: done.');
  expect([isMarked('anvil'), isMarked('bellow')]).toEqual([true, false]);
  expect(fs.readFileSync(markFile('chisel'), 'utf8')).toBe('a\nb\n');
  await until('the messages to say so', () => now(yes).text.includes('allowed once by Wes'));
  expect(now(no).text).toContain('denied by Wes');
  expect(buttonsOf(now(yes))).toEqual([]);
  expect(await scene.presses(wes, yes, 'Deny')).toBe('Too late: allowed once by Wes');
});

it('is answered by a reply in words, too; words that are no answer leave it open', async () => {
  const question = await ask(xia, '952', 'ladle');
  const why = scene.says(xia, '为什么？', { replyTo: question });
  await scene.hears(952, '请回复“好”或“不”', why);
  expect(isMarked('ladle')).toBe(false);
  scene.says(xia, '好', { replyTo: question });
  await scene.hears(952, '已允许这一次。', why);
  await scene.hears(952, 'About ladle: done.');
  expect(isMarked('ladle')).toBe(true);
  await until('the message to say so', () => now(question).text.includes('Xia 允许了一次'));
  expect(scene.tasksOf('952')).toHaveLength(1);
});

it('is answered only by who may: no stranger, nobody of elsewhere, nobody without the right', async () => {
  await scene.cli(['users', 'add', '953', '--name', 'Yan']);
  const yan: Somebody = { id: 953, name: 'Yan' };
  const question = await ask(wes, group, 'dagger');
  const data = buttonsOf(question)[0]?.callback_data ?? '';
  expect(await scene.presses(stranger, question, 'Allow once')).toBe('');
  expect(await scene.presses(yan, question, 'Allow once')).toBe('You may not answer this.');
  expect(await scene.pressesData(xia, { chatId: '952', messageId: 1 }, data)).toBe('你无权答复这个请求。');
  expect(isMarked('dagger')).toBe(false);
  // In the group Xia is one of its known people, and may.
  expect(await scene.presses(xia, question, 'Allow once')).toBe('已允许这一次。');
  await scene.hears(group, 'About dagger: done.');
  expect(isMarked('dagger')).toBe(true);
});

/** Changes the settings of the scene for a while; gives what puts them back. */
function changeConfig(change: object): () => void {
  const file = path.join(scene.home, 'config.json');
  const before = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(before), ...change }));
  return () => fs.writeFileSync(file, before);
}

it('is not answered by who asked for the task, where the settings say so', async () => {
  const putBack = changeConfig({ approvals: { notByRequester: true }, limits: { maxSessions: 7, minFreeMemoryMb: 0 } });
  await until('the settings to hold', async () => {
    const sent = scene.says(wes, '/status');
    return (await scene.hears(951, 'places taken', sent)).text.includes('of 7 places');
  });
  const question = await ask(wes, '951', 'forge');
  expect(await scene.presses(wes, question, 'Allow once')).toBe('You may not answer this.');
  putBack();
  await until('the settings to hold', async () => (await scene.presses(wes, question, 'Deny')) === 'Denied.');
  await scene.hears(951, 'About forge: done.');
  expect(isMarked('forge')).toBe(false);
});

it('waits for its answer although bot and worker are killed and started again', async () => {
  const question = await ask(xia, '952', 'hammer');
  expect(buttonsOf(question).map(({ text }) => text)).toEqual(['✅ 允许一次', '🚫 拒绝', '☑️ 本任务内允许']);
  // What comes after it in the chat says that its sending was written down.
  await scene.hears(952, '❓ mark the hammer — 等待你的答复');
  await bot.kill();
  await scene.killWorker();
  bot = await scene.startBot();
  expect(await scene.presses(xia, question, '允许一次')).toBe('已允许这一次。');
  await scene.hears(952, 'About hammer: done.');
  expect(isMarked('hammer')).toBe(true);
  await until('the message to say so', () => now(question).text.includes('Xia 允许了一次'));
});

it('that nobody answers is denied, and says that it timed out', async () => {
  const putBack = changeConfig({ approvals: { timeoutMinutes: 0.03 } });
  const question = await ask(admin, '900', 'iron');
  await scene.hears(900, 'About iron: done.');
  expect(isMarked('iron')).toBe(false);
  await until('the message to say so', () => now(question).text.includes('timed out, nobody answered within 1.8 s'));
  expect(await scene.pressesData(admin, question, buttonsOf(question)[0]?.callback_data ?? '')).toMatch(
    /^Too late: timed out/,
  );
  putBack();
});
