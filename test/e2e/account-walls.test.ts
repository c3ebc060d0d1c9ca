// Walls where nobody can take over: the agent's own login goes on at its reset, or as `limits.onWall` says, at a word of a person.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import { type CliOptions, until } from '../support/e2e.ts';
import { type BotProcess, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { countIn, type Steps } from '../support/e2e-model.ts';

const wen: Somebody = { id: 961, name: 'Wen', language: 'en' };
const lin: Somebody = { id: 962, name: 'Lin', language: 'zh' };
/** A login of the agent's own: only with one of those does a service say when its quota is reset. */
const login = 'sk-ant-oat01-login-of-the-walls-test-0123456789';
const key = 'sk-ant-api03-account-of-the-walls-test-0123456789';

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({
    users: [wen, lin],
    env: { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: login },
  });
  bot = await scene.startBot();
});
afterAll(() => scene.close());
beforeEach(() => onWall('resume'));

/** Changes the setting under the worker at work. */
function onWall(what: 'resume' | 'ask' | 'stop'): void {
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8'));
  const changed = { ...config, limits: { ...config.limits, onWall: what } };
  fs.writeFileSync(`${file}.next`, JSON.stringify(changed), { mode: 0o600 });
  fs.renameSync(`${file}.next`, file);
}

/** Writes a file, then meets the wall that stands as long as `isUp`; said to go on it finishes. */
function playWall(word: string, resetsInMs: number) {
  const wall = {
    isUp: true,
    /** In milliseconds since 1970, whole seconds as services name them; counted from when the wall was first met. */
    resetAt: 0,
  };
  const refusal = () => {
    wall.resetAt ||= Math.ceil((Date.now() + resetsInMs) / 1000) * 1000;
    return {
      status: 429,
      message: 'You have hit your usage limit.',
      headers: {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(wall.resetAt / 1000),
      },
    };
  };
  const done = { text: `The ${word} is done.` };
  const steps: Steps = ({ cwd, toolResults }) => [
    { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/${word}.txt`, content: word } }] },
    wall.isUp && toolResults > 0 ? refusal() : done,
  ];
  scene.plays(word, steps, { later: () => [wall.isUp ? refusal() : done] });
  return wall;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const wait = '⏳ Wait for the reset';

const cli = async (args: string[], options?: CliOptions) => {
  const { stdout, stderr, exitCode } = await scene.cli(args, options);
  expect({ args, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, stderr: '' });
  return stdout;
};
const why = async (taskId: string) => JSON.parse(await cli(['tasks', 'why', taskId, '--json']));
const paused = (taskId: string) =>
  until(`${taskId} to be paused`, () => {
    const task = scene.task(taskId);
    return task.status === 'paused' && task.runs.every(({ ended_at }) => ended_at !== null) ? task : null;
  });

/** It went on where it had stopped: the prompt was said once, the first half is kept, and there is one result. */
async function expectWhole(taskId: string, word: string, chat: string, account: string | null = null): Promise<void> {
  const task = await scene.ended(taskId);
  expect(task).toMatchObject({ status: 'completed', reason: null, account, result: `The ${word} is done.` });
  expect(fs.readFileSync(path.join(task.workdir, `${word}.txt`), 'utf8')).toBe(word);
  const requests = scene.asked(`the ${word}`);
  const isFirst = ({ sessionText, toolResults }: ModelRequest) => sessionText.includes(word) && toolResults === 0;
  expect(requests.filter(isFirst)).toHaveLength(1);
  expect(requests.at(-1)?.sessionText).toContain('Continue where you stopped');
  expect(countIn(requests.at(-1), `the ${word}`)).toBe(1);
  await scene.told(chat);
  expect(scene.results(chat).filter(({ text }) => text.includes(`The ${word} is done.`))).toHaveLength(1);
}

it('the login of the agent itself: paused, with until when, and goes on by itself at the reset', async () => {
  const wall = playWall('QUINCE', 5000);
  scene.says(wen, '/cad the QUINCE');
  const taskId = await scene.latestOf('961');
  const task = await paused(taskId);
  expect(task).toMatchObject({ reason: 'limit', account: null, runs: [{ outcome: 'paused', account: null }] });
  expect(Date.parse(task.resume_at as string)).toBe(wall.resetAt);
  wall.isUp = false;
  const notice = await scene.hears(961, /^⏸ the QUINCE — paused: the usage limit is reached\n/);
  expect(notice.text).toContain('It goes on by itself at');
  expect(await why(taskId)).toMatchObject({ status: 'paused', waits_for: 'limit', until: task.resume_at });
  await expectWhole(taskId, 'QUINCE', '961');
  expect(Date.parse(scene.task(taskId).runs[1]?.started_at as string)).toBeGreaterThanOrEqual(wall.resetAt);
});

it.each([
  ['ten years ahead is waited for eight days', 3650 * dayMs, 8 * dayMs],
  ['that has passed is waited for a minute', -dayMs, 60_000],
])('a reset %s', async (_case, ahead, waitedMs) => {
  const word = ahead > 0 ? 'CHIVES' : 'CRESS';
  const wall = playWall(word, ahead);
  const began = Date.now();
  const taskId = await scene.dispatch(['-g', '966', '-p', `the ${word}`]);
  const task = await paused(taskId);
  const metAt = Date.parse(task.resume_at as string) - waitedMs;
  expect(metAt).toBeGreaterThan(began);
  expect(metAt).toBeLessThan(Date.now());
  wall.isUp = false;
  await cli(['tasks', 'resume', taskId]);
  expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: `The ${word} is done.` });
});

it('asks in the chat where that is wanted: a press goes on at once, and asks again where the wall still stands', async () => {
  onWall('ask');
  const wall = playWall('MEDLAR', hourMs);
  scene.says(wen, '/cad the MEDLAR');
  const first = await scene.hears(961, /^⏸ the MEDLAR — paused: the usage limit is reached\nThe limit is reset at /);
  expect(first.text).toContain('It goes on when somebody says so.');
  expect(buttonsOf(first).map(({ text }) => text)).toEqual(['▶️ Go on', '⏹ Cancel', wait, '📜 Log', '📁 Files']);
  const taskId = await scene.latestOf('961');
  expect(await paused(taskId)).toMatchObject({ reason: 'limit', resume_at: null });
  expect(await scene.presses(wen, first, '▶️ Go on')).toBe('');
  const second = await scene.hears(961, /^⏸ the MEDLAR — paused/, first);
  expect(await scene.presses(wen, first, '▶️ Go on')).toBe('That is not possible any more.');
  wall.isUp = false;
  await paused(taskId);
  expect(await scene.presses(wen, second, '▶️ Go on')).toBe('');
  await expectWhole(taskId, 'MEDLAR', '961');
  expect(scene.task(taskId).runs.map(({ outcome }) => outcome)).toEqual(['paused', 'paused', 'completed']);
});

it('waits for the reset where that is pressed, although bot and worker are killed then, and goes on by itself', async () => {
  onWall('ask');
  const wall = playWall('LOVAGE', 9000);
  scene.says(wen, '/cad the LOVAGE');
  const notice = await scene.hears(961, /^⏸ the LOVAGE — paused/);
  const taskId = await scene.latestOf('961');
  expect(await paused(taskId)).toMatchObject({ reason: 'limit', resume_at: null });
  expect(await scene.presses(wen, notice, wait)).toBe('');
  await scene.hears(961, '⏳ the LOVAGE goes on by itself at');
  expect(Date.parse(scene.task(taskId).resume_at as string)).toBe(wall.resetAt);
  await bot.kill();
  await scene.killWorker();
  wall.isUp = false;
  bot = await scene.startBot();
  expect(await scene.presses(wen, notice, wait)).toBe('That is not possible any more.');
  await expectWhole(taskId, 'LOVAGE', '961');
  expect(Date.parse(scene.task(taskId).runs[1]?.started_at as string)).toBeGreaterThanOrEqual(wall.resetAt);
});

it('waits beyond the reset for who says nothing, in his language, and stops at a press', async () => {
  onWall('ask');
  const wall = playWall('SORREL', 2000);
  scene.says(lin, '/cad the SORREL');
  const notice = await scene.hears(962, /^⏸ the SORREL — 已暂停：已达到用量上限\n上限将在 /);
  expect(notice.text).toContain('需要有人确认后才会继续');
  const taskId = await scene.latestOf('962');
  await paused(taskId);
  wall.isUp = false;
  await until('the reset', () => Date.now() > wall.resetAt);
  // Whatever goes on by itself would have: the worker has looked at what is paused since.
  await scene.ended(await scene.dispatch(['-p', 'something else']));
  await scene.ended(await scene.dispatch(['-p', 'something else again']));
  expect(scene.task(taskId)).toMatchObject({ status: 'paused', reason: 'limit', resume_at: null });
  expect(scene.task(taskId).runs).toHaveLength(1);
  expect(await scene.presses(lin, notice, '⏹ 取消')).toBe('');
  await scene.hears(962, '⏹ 已取消 the SORREL。');
  expect(scene.task(taskId)).toMatchObject({ status: 'cancelled', reason: 'user' });
  expect(await scene.presses(lin, notice, /继续/)).toBe('现在已经不能这样做了。');
});

it('asks a person at a shell, who says so there', async () => {
  onWall('ask');
  const wall = playWall('RADISH', hourMs);
  const taskId = await scene.dispatch(['-g', '963', '-p', 'the RADISH']);
  await paused(taskId);
  const { text, waits_for, until: end } = await why(taskId);
  expect({ waits_for, end }).toEqual({ waits_for: 'limit', end: null });
  expect(text).toContain('The limit is reset at');
  expect(text).toContain(`ccdispatch tasks resume ${taskId}`);
  expect(text).toContain('--at-reset');
  await cli(['tasks', 'resume', taskId, '--at-reset']);
  const waiting = await why(taskId);
  expect(waiting.text).toContain('and goes on by itself at');
  expect(Date.parse(waiting.until)).toBe(wall.resetAt);
  const again = await scene.cli(['tasks', 'resume', taskId, '--at-reset']);
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("for somebody's word") });
  wall.isUp = false;
  await cli(['tasks', 'resume', taskId]);
  await expectWhole(taskId, 'RADISH', '963');
});

it('fails where that is wanted, says why, and can be retried', async () => {
  onWall('stop');
  const wall = playWall('TURNIP', hourMs);
  const taskId = await scene.dispatch(['-g', '964', '-p', 'the TURNIP']);
  expect(await scene.ended(taskId)).toMatchObject({
    status: 'failed',
    reason: 'limit',
    resume_at: null,
    runs: [{ outcome: 'failed' }],
  });
  await scene.told('964');
  expect(scene.results('964').map(({ text }) => text.split('\n')[0])).toEqual([
    '❌ the TURNIP — failed: the usage limit is reached',
  ]);
  wall.isUp = false;
  await cli(['tasks', 'retry', taskId]);
  await expectWhole(taskId, 'TURNIP', '964');
});

it('holds the messages of a session that were said after one at the wall, until somebody lets that go on', async () => {
  onWall('ask');
  const wall = playWall('FENNEL', hourMs);
  scene.plays('afterwards', [{ text: 'Afterwards.' }]);
  scene.says(wen, '/new garden');
  await scene.hears(961, 'Session garden has begun');
  const said = scene.says(wen, 'the FENNEL');
  const notice = await scene.hears(961, /^⏸ [\s\S]*The limit is reset at/, said);
  const before = scene.tasksOf('961').length;
  scene.says(wen, 'afterwards');
  const second = await until('the second message', () => scene.tasksOf('961')[before]);
  await until('it to wait', async () => (await why(second)).waits_for === 'session_paused');
  wall.isUp = false;
  await scene.presses(wen, notice, '▶️ Go on');
  await scene.hears(961, 'The FENNEL is done.');
  await scene.hears(961, 'Afterwards.');
  scene.says(wen, '/end');
  await scene.hears(961, 'The session garden has ended.');
});

it('lets a task go on, where accounts are known, as soon as one is free', async () => {
  onWall('ask');
  await cli(['accounts', 'add', 'only', '--api-key', '-', '--base-url', scene.model.url], { input: key });
  const wall = playWall('CELERY', hourMs);
  const taskId = await scene.dispatch(['-g', '965', '-p', 'the CELERY']);
  expect(await paused(taskId)).toMatchObject({ reason: 'limit', account: 'only', resume_at: null });
  await cli(['tasks', 'resume', taskId]);
  // It was asked to go on, and nobody is free: it waits for that, without a slot.
  const waiting = await why(taskId);
  expect(waiting).toMatchObject({ status: 'pending', waits_for: 'account' });
  expect(waiting.text).toContain('All accounts for claude have met a limit. One is free again at');
  wall.isUp = false;
  await cli(['accounts', 'reset', 'only']);
  await expectWhole(taskId, 'CELERY', '965', 'only');
});
