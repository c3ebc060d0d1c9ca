// A person whose client speaks Chinese: every sentence of ours in his chat is in Chinese, names and commands apart.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { features } from '../../src/lib/users/features.ts';
import { until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { writes } from '../support/e2e-model.ts';

const li: Somebody = { id: 1051, name: '小丽', language: 'zh-hans' };
const boss: Somebody = { id: 1052, name: '老板', language: 'zh-cn' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({
    users: [],
    config: { telegram: { adminIds: ['900', '1052'] } },
    agents: { sleeps: 'echo started; exec sleep 1000' },
  });
  // A dash is no model's name, and so these words are a task, which may end before all is said.
  scene.plays('x --model -', [{ text: '好的。' }]);
  await scene.startBot();
});
afterAll(() => scene.close());

/** What is no word of ours: commands, options, ids, names of files and features, units, products, and what others said. */
const names = [
  /API Error: 400|ccdispatch tasks \w+|▸ Write|started|gpt/g,
  /\/[a-z]+|\S+\.(txt|json)|task-[\d-]+/g,
  new RegExp(`(?<![a-z])(${features.join('|')}|approve|disable|enable|quota|allow|deny|none|en|zh)(?![a-z])`, 'g'),
  /--[a-z-]+|\b(Telegram|MB|kB|token|high|normal|low|claude|sleeps|root|id)\b/g,
];

const englishIn = (text: string) => names.reduce((rest, name) => rest.replace(name, ''), text).match(/[A-Za-z]{2,}/g);

it('hears nothing in English, from registering to results and refusals', async () => {
  // Who has spoken before is written to in his client's language.
  scene.says(boss, '/start');
  await scene.hears(1052, '你好，老板。');
  scene.says(li, '你好');
  await scene.hears(1051, '我还不认识你');
  scene.says(li, '/register');
  await scene.hears(1051, '我已经转告管理员');
  const question = await scene.hears(1052, '小丽（1051）想使用这个机器人。');
  expect(buttonsOf(question).map(({ text }) => text)).toEqual(['✅ 同意', '🚫 拒绝']);
  await scene.hears(admin.id, '小丽 (1051) wants to use this bot.');
  await scene.presses(boss, question, '同意');
  await scene.hears(1051, '欢迎：你现在可以使用这个机器人了。');

  scene.plays('梨', writes('梨.txt', '梨\n', '写好了。'));
  // As Chinese is written: nothing between the command and what is to be done.
  scene.says(li, '/cad写一个梨');
  const result = await scene.resultIn('1051');
  expect(result.text).toMatch(
    /^✅ 写一个梨\n写好了。\n\n⏱ .* · \$0\.\d+ · 输入 \d+，输出 \d+\n📄 1 个文件有改动：梨\.txt$/,
  );
  scene.plays('坏了', [{ status: 400, message: '出错' }]);
  scene.says(li, '坏了');
  await until('the failure', () => scene.results('1051')[1]);

  scene.says(boss, '/users allow 1051 files');
  await scene.hears(1052, '已更改：1051 小丽 · files');
  const press = async (message: SentMessage, button: string, text: string | RegExp) => {
    await scene.presses(li, message, button);
    return await scene.hears(1051, text);
  };
  await press(result, '继续', '请回复这条消息');
  await press(await press(result, '文件', '写一个梨 的文件'), '梨.txt', '');
  await press(result, '日志', '▸ Write 梨.txt');
  scene.says(li, '/cad --agent sleeps 睡觉');
  const asleep = await until('the third task', () => scene.tasksOf('1051')[2]);
  await scene.running(asleep);
  await sayAll([
    ...['/help', '/start', '/ping', '/status', '/stats', '/quota', '/lang', '/lang zh', '/users', '/hlep', '/whatever'],
    ...['/任务', '任务', '历史', '状态', '统计', '帮助', '配额', '原因', '日志', '注册', '开始', '语言'],
    ...['/cad', '/cad x --yolo', '/cad x --ali', '/cad x --agent gpt', '/cad x --priority 11', '/retry task-1-1'],
    ...['/cad x --model -', `/cancel ${asleep}`, '/cancel', '取消', '/why', '/logs'],
  ]);
  await scene.cli([
    'users',
    'quota',
    '1051',
    '--daily',
    '1',
    '--cost-usd',
    '0.5',
    '--tokens',
    '5',
    '--concurrent',
    '1',
  ]);
  await sayAll(['/quota', '再来一个']);
  await scene.hears(1051, /^你每天 1 个任务的限额已用完，20.* 重置；管理员可以给你更多。$/);
  await sayAll(['/retry'], { agoMs: 7_200_000 });
  scene.says(li, '晚了', { agoMs: 7_200_000 });
  await scene.hears(1051, '这是你 2 小时前发的，当时我不在线。现在运行吗？');

  const file = path.join(scene.home, 'users.json');
  fs.appendFileSync(file, '}');
  await scene.hears(1052, '用户文件有误');
  scene.says(boss, '/users disable 1051');
  scene.says(boss, '/users');
  await scene.quiet();

  const said = [...scene.bot.messages('1051'), ...scene.bot.messages('1052')];
  expect(said.length).toBeGreaterThan(40);
  const shown = said.flatMap((message) => [...message.history, ...buttonsOf(message).map(({ text }) => text)]);
  expect(shown.filter((text) => englishIn(text))).toEqual([]);
  const answers = scene.bot.requests.filter(({ method }) => method === 'answerCallbackQuery');
  expect(answers.filter(({ params }) => englishIn(String(params.text ?? '')))).toEqual([]);
  const menus = scene.bot.requests.filter(
    ({ method, params }) => method === 'setMyCommands' && params.language_code === 'zh',
  );
  expect(menus.length).toBeGreaterThan(1);
});

async function sayAll(texts: readonly string[], options: { agoMs?: number } = {}): Promise<void> {
  for (const text of texts) scene.says(li, text, options);
  await scene.quiet();
}
