// Questions in chats: who may press, what he hears, and answers that come after both bot and worker were killed.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from '../support/e2e.ts';
import { answersOf, questionShown, waitForQuestion } from '../support/e2e-approvals.ts';
import { admin, type BotProcess, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { bash } from '../support/e2e-model.ts';

const ada: Somebody = { id: 801, name: 'Ada' };
const bao: Somebody = { id: 802, name: '宝', language: 'zh-hans' };
/** Known, and without the right to answer. */
const eve: Somebody = { id: 803, name: 'Eve' };
const group = '-1008001';
/** Each with a chat of his own, so that nobody takes one test's message for another's. */
const people = [811, 812, 813].map((id): Somebody => ({ id, name: `Person ${id}` })) as [Somebody, Somebody, Somebody];

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({ hasBotInConfig: true, users: [ada, bao, ...people] });
  const known = { users: { [eve.id]: { name: 'Eve', enabled: true, role: 'user', allowed_features: [] } } };
  fs.writeFileSync(path.join(scene.home, 'users.json'), JSON.stringify(known), { mode: 0o600 });
  bot = await scene.startBot();
});
afterAll(() => scene.close());

/** A task whose agent asks to run one command; gives the file that the command makes. */
function playCommand(word: string, said: string): string {
  const file = path.join(scene.folder, `${word}.txt`);
  scene.plays(word, [bash(`echo done > ${file}`), { text: said }]);
  return file;
}

describe('a question in a chat', () => {
  it('is answered by a button, once', async () => {
    const file = playCommand('garden', 'It grows.');
    scene.says(ada, '/cad water the garden');
    const question = await scene.hears(ada.id, 'may it use Bash?');
    expect(question.text).toContain(`echo done > ${file}`);
    expect(buttonsOf(question).map(({ text }) => text)).toEqual(['✅ Allow once', '🚫 Deny', '☑️ Allow for this task']);
    expect(await scene.presses(ada, question, 'Allow once')).toBe('Allowed, this once.');
    expect((await scene.resultIn(String(ada.id))).text).toContain('It grows.');
    expect(fs.readFileSync(file, 'utf8')).toBe('done\n');
    const answered = await scene.hears(ada.id, 'allowed once by Ada');
    expect([answered.messageId, answered.markup]).toEqual([question.messageId, null]);
    // A client that still shows the buttons gets nowhere.
    expect(await scene.presses(ada, question, 'Deny')).toBe('Too late: allowed once by Ada');
  });

  it('speaks the language of whoever asked', async () => {
    const file = playCommand('茶馆', '没有茶。');
    scene.says(bao, '/cad 去茶馆');
    const question = await scene.hears(bao.id, '可以使用 Bash 吗？');
    expect(await scene.presses(bao, question, '拒绝')).toBe('已拒绝。');
    expect((await scene.resultIn(String(bao.id))).text).toContain('没有茶。');
    expect(fs.existsSync(file)).toBe(false);
    await scene.hears(bao.id, '宝 已拒绝');
  });

  it('of a group is for those who have the right, and for those who see the task', async () => {
    const file = playCommand('orchard', 'Picked.');
    scene.says(ada, '/cad pick the orchard', { chat: group });
    const question = await scene.hears(group, 'may it use Bash?');
    expect(await scene.presses(eve, question, 'Allow once')).toBe('You may not answer this.');
    const stranger = { id: 804, name: 'Mallory' };
    expect(await scene.presses(stranger, question, 'Allow once')).not.toContain('Allowed');
    // Its buttons, sent from a chat of one's own: he has the right, and does not see the task there.
    const [allow] = buttonsOf(question);
    const elsewhere = { chatId: String(bao.id), messageId: 1 };
    expect(await scene.pressesData(bao, elsewhere, allow?.callback_data ?? '')).toBe('你无权答复这个请求。');
    for (const data of ['al:::zzzzzzzzzzzz', 'al:::', 'at::9:../../users']) {
      expect(await scene.pressesData(ada, question, data), data).not.toContain('Allowed');
    }
    expect(fs.existsSync(file)).toBe(false);
    expect(await scene.presses(bao, question, 'Allow for this task')).toBe('已允许，本任务内有效。');
    await scene.hears(group, 'allowed for this task by 宝');
    expect((await scene.resultIn(group)).text).toContain('Picked.');
    expect(fs.existsSync(file)).toBe(true);
  });

  it('is answered after both bot and worker were killed and started anew', async () => {
    const [who] = people;
    const file = playCommand('phoenix', 'Risen.');
    scene.says(who, '/cad raise the phoenix');
    const taskId = await scene.latestOf(String(who.id));
    await waitForQuestion(scene, taskId);
    const question = await scene.hears(who.id, 'may it use Bash?');
    await questionShown(scene, String(who.id));
    await Promise.all([bot.kill(), scene.killWorker()]);
    expect(isRunning(scene.latestRun(taskId).pid)).toBe(true);
    bot = await scene.startBot();
    expect(await scene.presses(who, question, 'Allow once')).toBe('Allowed, this once.');
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'Risen.', runs: [{ n: 1 }] });
    expect(fs.existsSync(file)).toBe(true);
    await scene.told(String(who.id));
    expect(scene.texts(who.id).filter((text) => text.includes('Risen.'))).toHaveLength(1);
    await scene.hears(who.id, 'allowed once by Person 811');
  });

  it('is answered by a press that came while the bot was away', async () => {
    const [, who] = people;
    playCommand('mail', 'Read.');
    scene.says(who, '/cad read the mail');
    const taskId = await scene.latestOf(String(who.id));
    await waitForQuestion(scene, taskId);
    const question = await scene.hears(who.id, 'may it use Bash?');
    await questionShown(scene, String(who.id));
    await bot.kill();
    const told = scene.presses(who, question, 'Deny');
    bot = await scene.startBot();
    expect(await told).toBe('Denied.');
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Read.' });
    expect(answersOf(scene, taskId)).toMatchObject([{ answer: 'deny', how: 'person', by: String(who.id) }]);
  });

  it('of a task that was cancelled has lost its buttons', async () => {
    const [, , who] = people;
    playCommand('river', 'never said');
    scene.says(who, '/cad cross the river');
    const question = await scene.hears(who.id, 'may it use Bash?');
    const taskId = await scene.latestOf(String(who.id));
    scene.says(who, `/cancel ${taskId}`);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled' });
    const closed = await scene.hears(who.id, 'no longer asked');
    expect([closed.messageId, closed.markup]).toEqual([question.messageId, null]);
    expect(await scene.presses(who, question, 'Allow once')).toBe('Too late: no longer asked');
  });
});

describe('where the requester may not answer', () => {
  let strict: BotScene;
  beforeAll(async () => {
    strict = await startBotScene({ users: [ada], config: { approvals: { notByRequester: true } } });
    await strict.startBot();
  });
  afterAll(() => strict.close());

  it('somebody else has to', async () => {
    const file = path.join(strict.folder, 'gate.txt');
    strict.plays('gate', [bash(`touch ${file}`), { text: 'Through.' }]);
    strict.says(ada, '/cad go through the gate', { chat: group });
    const question = await strict.hears(group, 'may it use Bash?');
    expect(await strict.presses(ada, question, 'Allow once')).toBe('You may not answer this.');
    expect(fs.existsSync(file)).toBe(false);
    expect(await strict.presses(admin, question, 'Allow once')).toBe('Allowed, this once.');
    expect((await strict.resultIn(group)).text).toContain('Through.');
    expect(fs.existsSync(file)).toBe(true);
  });
});
