// Pausing and going on in a chat, with the bot killed in between: one conversation, one result, and buttons that work once.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/e2e.ts';
import { type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { countIn, makeGate } from '../support/e2e-model.ts';

const pia: Somebody = { id: 951, name: 'Pia', language: 'en' };
const ping: Somebody = { id: 952, name: 'Ping', language: 'zh' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({ users: [pia, ping] });
});
afterAll(() => scene.close());

/** Whether the agent's own record of the conversation holds what its tool gave. */
function isTranscribed(conversation: string | null): boolean {
  const projects = path.join(scene.person, '.claude', 'projects');
  const name = `${conversation}.jsonl`;
  return fs
    .readdirSync(projects, { recursive: true, encoding: 'utf8' })
    .some((file) => file.endsWith(name) && fs.readFileSync(path.join(projects, file), 'utf8').includes('tool_result'));
}

it('pauses what runs, says so with buttons, and goes on at a press, although the bot was killed', async () => {
  const gate = makeGate();
  scene.plays(
    'lynx',
    ({ cwd }) => [
      { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/lynx.txt`, content: 'lynx' } }] },
      { text: 'First half.' },
    ],
    {
      before: ({ toolResults, sessionText }) =>
        toolResults > 0 && sessionText.includes('lynx') ? gate.opened : undefined,
      later: [{ text: 'Second half.' }],
    },
  );
  const bot = await scene.startBot();
  scene.says(pia, '/cad tell of the lynx');
  const taskId = await scene.latestOf('951');
  await until('the model to be asked for the rest', () => scene.asked('lynx').some((one) => one.toolResults > 0));
  await until('the transcript', () => isTranscribed(scene.task(taskId).agent_session_id));
  await scene.hears(951, '⏸ tell of the lynx is being paused. /resume lets it go on.', scene.says(pia, '/pause'));
  const notice = await scene.hears(951, /^⏸ tell of the lynx — paused\n/);
  expect(notice.text).toContain(`/resume ${taskId}`);
  expect(buttonsOf(notice).map(({ text }) => text)).toEqual(['▶️ Go on', '⏹ Cancel', '📜 Log', '📁 Files']);
  await scene.hears(951, 'paused (on request)', scene.says(pia, '/tasks'));
  await bot.kill();
  await scene.workerGone();
  await scene.startBot();
  expect(await scene.presses(pia, notice, '▶️ Go on')).toBe('');
  const result = await scene.hears(951, /^✅ tell of the lynx\nSecond half\./, notice);
  expect(await scene.presses(pia, notice, '▶️ Go on')).toBe('That is not possible any more.');
  expect(scene.task(taskId).runs.map(({ outcome }) => outcome)).toEqual(['paused', 'completed']);
  expect(countIn(scene.asked('lynx').at(-1), 'tell of the lynx')).toBe(1);
  expect(scene.texts(951).filter((text) => text.includes('half.'))).toEqual([result.text]);
  gate.open();
});

it('pauses at a press under the progress, in Chinese, and cancels what is paused', async () => {
  const gate = makeGate();
  scene.plays('panda', [{ text: 'Too late.' }], { before: () => gate.opened });
  scene.says(ping, '/cad tell of the panda');
  await until('the model to be asked', () => scene.asked('panda').length > 0);
  const progress = await scene.hears(952, /^▶️ tell of the panda — 工作中/);
  expect(buttonsOf(progress).map(({ text }) => text)).toEqual(['⏸ 暂停', '⏹ 取消']);
  expect(await scene.presses(ping, progress, '⏸ 暂停')).toBe('');
  await scene.hears(952, '正在暂停 tell of the panda', progress);
  const notice = await scene.hears(952, /^⏸ tell of the panda — 已暂停\n/);
  expect(await scene.presses(ping, notice, '⏹ 取消')).toBe('');
  await scene.hears(952, '⏹ 已取消 tell of the panda。');
  await scene.hears(952, '已经结束了', scene.says(ping, `恢复 ${await scene.latestOf('952')}`));
  expect(scene.task(await scene.latestOf('952'))).toMatchObject({ status: 'cancelled', reason: 'user' });
  gate.open();
});
