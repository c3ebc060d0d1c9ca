// Sessions from a chat, with the real claude program: begun, spoken to, interrupted, chosen, ended, in two languages.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/lib/sessions/record.ts';
import { isRunning, until } from '../support/e2e.ts';
import { admin, type BotScene, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { bash, countIn, makeGate } from '../support/e2e-model.ts';

const ada: Somebody = { id: 651, name: 'Ada' };
const bao: Somebody = { id: 652, name: 'Bao', language: 'zh' };
const cem: Somebody = { id: 653, name: 'Cem' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({ users: [ada, bao, cem], config: { limits: { sessionsPerUser: 2 } } });
  await scene.startBot();
});
afterAll(() => scene.close());

type Listed = Session & { state: string };

async function list(...flags: string[]): Promise<Listed[]> {
  return JSON.parse((await scene.cli(['sessions', 'list', '--json', ...flags])).stdout);
}

const ofChat = async (chat: string) => (await list('-g', chat)) as [Listed, ...Listed[]];

it('is begun, spoken to in plain words, and ended', { timeout: 60_000 }, async () => {
  scene.plays('saffron', [{ text: 'I keep it in mind.' }]);
  scene.plays('which spice', [{ text: 'It was saffron.' }]);
  scene.says(ada, '/new kitchen');
  await scene.hears(651, 'Session kitchen has begun');
  scene.says(ada, 'remember saffron');
  await scene.hears(651, 'I keep it in mind.');
  scene.says(ada, 'which spice was it');
  await scene.hears(651, 'It was saffron.');
  expect(countIn(scene.asked('which spice').at(-1), 'remember saffron')).toBe(1);
  const [session] = await ofChat('651');
  expect(session).toMatchObject({ name: 'kitchen', generation: 1, state: 'healthy' });
  scene.says(ada, '/sessions');
  await scene.hears(651, /1 open session:[\s\S]*kitchen · ready · current/);
  scene.says(ada, '/end');
  await scene.hears(651, 'The session kitchen has ended.');
  await until('the end of its agent', () => !isRunning(session.pid as number), 20_000);
  scene.says(ada, '/stop');
  await scene.hears(651, 'This chat speaks to no session.');
});

it('waits its turn, or goes first with /now', { timeout: 60_000 }, async () => {
  const gate = makeGate();
  scene.plays('slow soup', [{ text: 'never said' }], { before: () => gate.opened });
  scene.plays('salad', [{ text: 'The salad is ready.' }]);
  scene.plays('dessert', [{ text: 'Dessert first.' }]);
  scene.says(cem, '/new cook');
  await scene.hears(653, 'Session cook has begun');
  scene.says(cem, 'make slow soup');
  await until('the turn', () => scene.asked('slow soup').length > 0, 20_000);
  scene.says(cem, 'then a salad');
  await until('the second message', () => scene.tasksOf('653')[1]);
  scene.says(cem, '/now dessert, please');
  await scene.hears(653, 'Dessert first.');
  await scene.hears(653, 'The salad is ready.');
  gate.open();
  const tasks = scene.tasksOf('653').map((id) => scene.task(id));
  expect(tasks.map(({ status }) => status)).toEqual(['cancelled', 'completed', 'completed']);
  const [, salad, dessert] = tasks;
  expect((dessert?.started_at ?? '') < (salad?.started_at ?? '')).toBe(true);
  const [session] = await ofChat('653');
  // The agent was interrupted, and stayed.
  expect(session.generation).toBe(1);
});

it('asks in the chat, and takes the answer for the whole session', { timeout: 60_000 }, async () => {
  const command = 'curl -s http://127.0.0.1:9/leek';
  scene.plays('leek', [bash(command), { text: 'Leek tried.' }]);
  scene.says(cem, '/new market');
  await scene.hears(653, 'Session market has begun');
  scene.says(cem, 'try a leek');
  const question = await scene.hears(653, command);
  await scene.presses(cem, question, /session/);
  const first = await scene.hears(653, 'Leek tried.');
  scene.says(cem, 'try a leek again');
  await scene.hears(653, 'Leek tried.', first);
  expect(scene.texts('653').filter((text) => text.includes(command))).toHaveLength(1);
});

it('ends once where two chats and a shell end it at the same time, with all that runs and waits in it', {
  timeout: 60_000,
}, async () => {
  const gate = makeGate();
  scene.plays('parsnip', [{ text: 'never said' }], { before: () => gate.opened });
  scene.says(ada, '/new pantry');
  await scene.hears(651, 'Session pantry has begun');
  const [{ session_id: id }] = await ofChat('651');
  const others = scene.tasksOf('651').length;
  scene.says(ada, 'fetch the parsnip');
  await until('the turn', () => scene.asked('parsnip').length > 0, 20_000);
  scene.says(ada, 'and peel it');
  await until('the second message', () => scene.tasksOf('651').length === others + 2);
  const pid = (await ofChat('651'))[0].pid as number;
  const [hers, theirs] = [scene.says(ada, '/end'), scene.says(admin, '/end pantry')];
  const shell = scene.cli(['sessions', 'end', id]);
  // Whoever came later is told that it had ended, or that there is no such session any more.
  const late = /had ended already|There is no open session|This chat speaks to no session/;
  const first = /^The session pantry has ended\.$/;
  const either = new RegExp(`${late.source}|${first.source}`);
  const told = [await scene.hears(651, either, hers), await scene.hears(admin.id, either, theirs)];
  const { exitCode, stderr } = await shell;
  const firsts = [...told.map(({ text }) => first.test(text)), stderr.includes('has ended.')];
  const all = [...told.map(({ text }) => text), exitCode, stderr].join('\n');
  expect(firsts.filter(Boolean), all).toHaveLength(1);
  gate.open();
  const ids = scene.tasksOf('651').slice(others);
  for (const taskId of ids) expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled', session_id: id });
  await until('the end of its agent', () => !isRunning(pid), 20_000);
  await scene.told('651');
  expect(scene.results('651').filter(({ text }) => text.startsWith('⏹'))).toHaveLength(2);
});

it('speaks Chinese, and ends one where no more may be', { timeout: 60_000 }, async () => {
  scene.says(bao, '/new 甲');
  await scene.hears(652, '会话 甲 已开始');
  scene.says(bao, '/new 乙');
  await scene.hears(652, '会话 乙 已开始');
  scene.says(bao, '/new 丙');
  const refused = await scene.hears(652, '你最多可以同时打开 2 个会话');
  await scene.presses(bao, refused, /甲/);
  await scene.hears(652, '会话 甲 已结束');
  scene.says(bao, `/new ${'长'.repeat(300)}`);
  const tooLong = await scene.hears(652, '会话的名字最多 64 个字符');
  scene.says(bao, '/new a/b');
  await scene.hears(652, '会话的名字最多 64 个字符', tooLong);
  scene.says(bao, '/use 乙');
  await scene.hears(652, '会发给 乙');
  expect((await ofChat('652')).map(({ name }) => name)).toEqual(['乙']);
});

it('hands the agent its own commands where they may pass, and any other slash as text', {
  timeout: 60_000,
}, async () => {
  scene.plays('slash-text', [{ text: 'Heard about /etc.' }]);
  const id = (await ofChat('653')).find(({ name }) => name === 'market')?.session_id ?? '';
  const said = await scene.cli(['sessions', 'send', id, '/etc/hosts slash-text', '--wait']);
  expect(said.stdout.trim(), said.stderr).toBe('Heard about /etc.');
  expect(countIn(scene.asked('slash-text').at(-1), 'Message: /etc/hosts')).toBe(1);
  scene.says(cem, '/cost');
  const answered = await until('the task', () =>
    scene
      .tasksOf('653')
      .map((one) => scene.task(one))
      .find(({ prompt }) => prompt === '/cost'),
  );
  const ended = await scene.ended(answered.task_id);
  expect(ended).toMatchObject({ status: 'completed', session_id: id });
  // The agent did it itself: the model was not asked.
  expect(scene.asked('/cost')).toEqual([]);
  scene.says(cem, '/logout');
  await scene.hears(653, 'There is no /logout');
});
