// What a person sees of a task from his message to the result: a placeholder at once, one message that follows the run, then the answer with buttons.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { bash, makeGate } from '../support/e2e-model.ts';

const [kim, lou]: [Somebody, Somebody] = [
  { id: 2201, name: 'Kim' },
  { id: 2202, name: 'Lou', language: 'zh-hans' },
];

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({ users: [kim, lou], config: { limits: { maxSessions: 1 } } });
  await scene.startBot();
});
afterAll(() => scene.close());

/** The message as it stands now, with all that it has shown. */
const now = ({ chatId, messageId }: SentMessage) =>
  scene.bot.messages(chatId).find((message) => message.messageId === messageId) as SentMessage;

it('says its place in the line and what it waits for, then time, tool and tokens; the answer comes by itself', async () => {
  const gate = makeGate();
  const sign = path.join(scene.folder, 'hatched');
  scene.plays('blackbird', [{ text: 'A blackbird.' }], { before: () => gate.opened });
  scene.plays('wren', [bash(`until [ -e ${sign} ]; do sleep 0.1; done`), { text: 'It **nests**.' }]);
  scene.says(kim, '/cad draw a blackbird');
  await scene.running(await scene.latestOf('2201'));
  const asked = scene.says(lou, '/cad 画一只 wren');
  const placeholder = await scene.hears(2202, /^⏳ 画一只 wren — 排队中，下一个就是它/, asked);
  expect(placeholder.replyTo).toBe(asked);
  await until('what it waits for', () => now(placeholder).text.includes('所有位置都已占用'));
  const next = scene.says(lou, '/cad 再画一只鸟');
  const behind = await scene.hears(2202, /^⏳ 再画一只鸟 — 排队中，第 2 位/, next);

  gate.open();
  const shown = /^▶️ 画一只 wren — 工作中，.*秒\n🔧 Bash until \[ -e .*\n输入 \d+，输出 \d+/;
  await until('time, tool and tokens', () => shown.test(now(placeholder).text));
  await until('the line to move on', () => now(behind).text.includes('下一个就是它'));

  fs.writeFileSync(sign, '');
  const result = await scene.hears(2202, /^✅ 画一只 wren\nIt nests\./);
  expect(result.messageId).toBeGreaterThan(placeholder.messageId);
  expect(result.html).toContain('<b>nests</b>');
  expect(buttonsOf(result).map(({ text }) => text)).toEqual(['🔁 重试', '📜 日志', '💬 继续', '📁 文件']);
  // All that the run said of itself stood in one place.
  await until('the last word', () => now(placeholder).text === '✅ 画一只 wren — 已完成，见下方');
  const working = scene.bot.messages('2202').filter(({ history }) => history.some((text) => /^▶️ 画一只/.test(text)));
  expect(working.map(({ messageId }) => messageId)).toEqual([placeholder.messageId]);
  for (const taskId of scene.tasksOf('2202')) await scene.ended(taskId);
}, 60_000);
