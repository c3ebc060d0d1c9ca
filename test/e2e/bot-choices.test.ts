// What an agent of a session asks people itself: choices by a button or in words, several questions at once, and plans.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelReply, ModelRequest } from '../../src/lib/demo/model-server.ts';
import { until } from '../support/e2e.ts';
import { type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { countIn } from '../support/e2e-model.ts';

const dee: Somebody = { id: 661, name: 'Dee' };
const fan: Somebody = { id: 662, name: 'Fan', language: 'zh' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({ users: [dee, fan] });
  await scene.startBot();
});
afterAll(() => scene.close());

const option = (label: string, description: string) => ({ label, description });
const colour = {
  question: 'Which colour shall the door have?',
  header: 'Colour',
  multiSelect: false,
  options: [option('Red', 'as the old one'), option('Blue', 'as the sky')],
};
const sizes = {
  question: 'Which sizes?',
  header: 'Sizes',
  multiSelect: true,
  options: [option('S', ''), option('L', '')],
};
const asks = (...questions: object[]): ModelReply => ({
  toolUses: [{ name: 'AskUserQuestion', input: { questions } }],
});
const exit: ModelReply = { toolUses: [{ name: 'ExitPlanMode', input: {} }] };
/** The agent keeps its plan in a file, and tells the model in which. */
const writesPlan = (request: ModelRequest, content: string): ModelReply => {
  const [file_path] = /\/[^ "]*\/plans\/[\w-]+\.md/.exec(JSON.stringify(request.body)) ?? [];
  return { toolUses: [{ name: 'Write', input: { file_path, content } }] };
};

it('offers its choices as buttons, and takes the one that is pressed', { timeout: 60_000 }, async () => {
  scene.plays('paint the door', [asks(colour), { text: 'The door is painted.' }]);
  scene.says(dee, '/new door');
  await scene.hears(661, 'Session door has begun');
  scene.says(dee, 'paint the door');
  const question = await scene.hears(661, 'asks you');
  expect(question.text).toContain('Which colour shall the door have?\n• Red: as the old one\n• Blue: as the sky');
  expect(buttonsOf(question).map(({ text }) => text)).toEqual(['Red', 'Blue']);
  expect(await scene.presses(dee, question, 'Blue')).toBe('Passed on.');
  await scene.hears(661, 'The door is painted.');
  expect(countIn(scene.asked('paint the door').at(-1), '=\\"Blue')).toBe(1);
  const shown = () => scene.bot.messages('661').find(({ messageId }) => messageId === question.messageId);
  await until('the answer in the message', () => shown()?.text.includes('Dee: Blue'));
  expect(await scene.presses(dee, question, 'Red')).toBe('Too late: Dee: Blue');
});

it('takes a reply as the answer in words, to one question or to all', { timeout: 60_000 }, async () => {
  scene.plays('paint the gate', [asks(colour), asks(colour, sizes), { text: 'The gate is painted.' }]);
  scene.says(dee, 'paint the gate');
  const one = await scene.hears(661, 'Or reply to this message in your own words.');
  scene.says(dee, 'like moss, please', { replyTo: one.messageId });
  const both = await scene.hears(661, 'Reply to this message with your answer.');
  expect(buttonsOf(both)).toEqual([]);
  expect(both.text).toContain('Sizes\nWhich sizes?\n• S\n• L');
  scene.says(dee, 'whatever is cheap', { replyTo: both.messageId });
  await scene.hears(661, 'The gate is painted.');
  const asked = scene.asked('paint the gate').at(-1);
  expect(countIn(asked, 'like moss, please')).toBe(1);
  expect(countIn(asked, 'whatever is cheap')).toBe(2);
  // The replies were answers, and no messages to the session.
  expect(scene.tasksOf('661')).toHaveLength(2);
});

it('shows a plan whole, hears what to change about it, and what is allowed', { timeout: 60_000 }, async () => {
  scene.plays('renovate', (request) => [
    ...[writesPlan(request, '# Plan\n\n1. Tear down'), exit],
    ...[writesPlan(request, '1. Repair'), exit, { text: 'Renovated.' }],
  ]);
  await scene.cli(['sessions', 'new', 'house', '-g', '662', '--permission-mode', 'plan']);
  scene.says(fan, 'renovate');
  const first = await scene.hears(662, '要照这个计划做吗？');
  expect(first.text).toContain('1. Tear down');
  expect(buttonsOf(first).map(({ text }) => text)).toEqual(['✅ 允许一次', '🚫 拒绝']);
  scene.says(fan, '不要拆', { replyTo: first.messageId });
  const second = await scene.hears(662, '1. Repair');
  expect(countIn(scene.asked('renovate').at(-1), '不要拆')).toBe(1);
  expect(await scene.presses(fan, second, '允许一次')).toBe('已允许这一次。');
  await scene.hears(662, 'Renovated.');
});

it('is answered from a shell, in words where it wants words', { timeout: 60_000 }, async () => {
  scene.plays('mow the lawn', [asks(colour), { text: 'Mown.' }]);
  const { stdout } = await scene.cli(['sessions', 'new', 'lawn', '-g', '663']);
  const id = stdout.trim();
  const taskId = (await scene.cli(['sessions', 'send', id, 'mow the lawn'])).stdout.trim();
  const open = async () =>
    (JSON.parse((await scene.cli(['approvals', 'list', '--json'])).stdout) as { id: string; task_id: string }[]).find(
      ({ task_id }) => task_id === taskId,
    );
  const question = await until('the question', open, 20_000);
  const refused = await scene.cli(['approvals', 'allow', question.id]);
  expect(refused.stderr).toContain('wants an answer in words');
  expect((await scene.cli(['approvals', 'answer', question.id, 'green', 'as grass'])).exitCode).toBe(0);
  expect(await scene.ended(taskId)).toMatchObject({ result: 'Mown.' });
  expect(countIn(scene.asked('mow the lawn').at(-1), 'green as grass')).toBe(1);
});
