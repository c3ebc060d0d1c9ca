// The bot is killed at any moment and started again: nothing is lost, nothing is done twice. And who has the bot's locks.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { filesWith, until } from '../support/e2e.ts';
import { type BotProcess, type BotScene, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { makeGate } from '../support/e2e-model.ts';

const somebody = (id: number): Somebody => ({ id, name: `Person ${id}` });
const [sue, tom, una] = [somebody(801), somebody(802), somebody(803)];

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({
    users: [sue, tom, una],
    agents: { echoes: 'cat', sleeps: 'echo started; exec sleep 1000' },
  });
});
afterEach(() => bot.stop());
afterAll(() => scene.close());

const lockOf = (name: string) =>
  JSON.parse(fs.readFileSync(path.join(scene.home, `${name}-${scene.bot.token.split(':')[0]}.lock`), 'utf8') || '{}');

describe('messages that come while the bot is down', () => {
  it('are acted on when it returns; a cancel means what was sent before it, and nothing that came after', async () => {
    scene.says(sue, '/cad --agent sleeps first');
    scene.says(sue, '/cancel');
    scene.says(sue, '/cad --agent echoes second');
    bot = await scene.startBot();
    await scene.hears(801, /first is (being ended|cancelled)/);
    await until('both tasks', () => scene.tasksOf('801').length === 2);
    const [first, second] = scene.tasksOf('801') as [string, string];
    expect([scene.task(first).prompt, scene.task(second).prompt]).toEqual(['first', 'second']);
    expect((await scene.ended(first)).status).toBe('cancelled');
    expect((await scene.ended(second)).status).toBe('completed');
    await bot.stop();

    scene.says(tom, '/cancel');
    scene.says(tom, '/cad --agent echoes third');
    bot = await scene.startBot();
    await scene.hears(802, 'Nothing of yours waits or runs here.');
    expect((await scene.ended(await scene.latestOf('802'))).status).toBe('completed');
  });
});

describe('a bot that is killed', () => {
  it('at moments all along the way makes each task once, and answers each press once', async () => {
    const chat = '803';
    const prompts = Array.from({ length: 8 }, (_, index) => `echo number ${index}.`);
    bot = await scene.startBot();
    for (const [index, prompt] of prompts.entries()) {
      scene.says(una, `/cad --agent echoes ${prompt}`);
      // From before the update was fetched to after its task was announced.
      await new Promise((resolve) => setTimeout(resolve, index * 18));
      await bot.kill();
      bot = await scene.startBot({ isHeard: index % 3 === 0 });
    }
    await until('all tasks', () => scene.tasksOf(chat).length >= prompts.length);
    await scene.quiet();
    for (const taskId of scene.tasksOf(chat)) await scene.ended(taskId);
    expect(
      scene
        .tasksOf(chat)
        .map((taskId) => scene.task(taskId).prompt)
        .sort(),
    ).toEqual([...prompts].sort());
    await scene.told(chat);
    const results = scene.results(chat).map(({ text }) => /echo number \d+\./.exec(text)?.[0]);
    expect(new Set(results)).toEqual(new Set(prompts));
    // One that was on its way when its sender was killed may come again; then it says so.
    const doubled = results.length - new Set(results).size;
    expect(scene.results(chat).filter(({ text }) => text.includes('You may have this already'))).toHaveLength(doubled);
  });

  it('in the middle of a cancel or a retry does it once more, and not to another task', async () => {
    const chat = '801';
    bot = await scene.startBot();
    const before = scene.tasksOf(chat).length;
    scene.says(sue, '/cad --agent sleeps long one');
    const taskId = await until('the task', () => scene.tasksOf(chat)[before]);
    await scene.running(taskId);
    await scene.quiet();
    // The answer hangs, so the update is not done when the bot is killed.
    const holdAnswers = () =>
      scene.bot.setFaults((method, params) =>
        method === 'sendMessage' && /long one/.test(String(params.text)) && !('disable_notification' in params)
          ? { kind: 'hang' }
          : null,
      );
    holdAnswers();
    scene.says(sue, '/cancel');
    expect((await scene.ended(taskId)).status).toBe('cancelled');
    await bot.kill();
    scene.bot.setFaults(null);
    scene.says(sue, '/cad --agent sleeps other one');
    bot = await scene.startBot();
    await scene.hears(chat, 'long one is cancelled.');
    const other = await until('the other task', () => scene.tasksOf(chat)[before + 1]);
    await scene.running(other);
    await scene.quiet();
    expect(scene.task(other).status).toBe('running');

    holdAnswers();
    scene.says(sue, `/retry ${taskId}`);
    await until(
      'the second run',
      () => scene.task(taskId).runs.length === 2 && scene.task(taskId).status === 'running',
    );
    await scene.cli(['tasks', 'cancel', taskId, other]);
    await scene.ended(taskId);
    await bot.kill();
    scene.bot.setFaults(null);
    bot = await scene.startBot();
    await scene.quiet();
    expect(scene.task(taskId)).toMatchObject({ status: 'cancelled', runs: [{ n: 1 }, { n: 2 }] });
    await scene.ended(other);
  });
});

describe('a bot that starts', () => {
  it('has those tasks worked on whose worker was killed, before anybody writes', async () => {
    bot = await scene.startBot();
    const before = scene.tasksOf('802').length;
    scene.says(tom, '/cad --agent sleeps forsaken one');
    const taskId = await until('the task', () => scene.tasksOf('802')[before]);
    const { runs } = await scene.running(taskId);
    await scene.quiet();
    await bot.kill();
    await scene.killWorker();
    process.kill(-(runs[0]?.pid as number), 'SIGKILL');
    bot = await scene.startBot();
    expect(await scene.ended(taskId)).toMatchObject({ status: 'failed', reason: 'lost' });
    expect(await scene.resultIn('802')).toMatchObject({ text: expect.stringContaining('forsaken one') });
  });
});

describe('the locks', () => {
  it('let one bot poll: the second says who it is, and ends with 6', async () => {
    bot = await scene.startBot();
    const second = await scene.cli(['bot']);
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain(`process ${bot.pid}`);
    expect(await bot.stop()).toBe(0);
    expect(bot.said()).toMatch(/@ccdispatch_bot listens\./);
    bot = await scene.startBot();
    expect(lockOf('bot')).toMatchObject({ pid: bot.pid, purpose: 'bot' });
  });

  it('go from a worker that delivers to the bot, and back when it has gone', async () => {
    const gate = makeGate();
    scene.plays('nectarine', [{ text: 'A nectarine.' }], { before: () => gate.opened });
    const taskId = await scene.dispatch(['-g', '802', 'eat a nectarine']);
    await scene.running(taskId);
    const worker = scene.workerPid();
    await until('the worker to deliver', () => lockOf('outbox').pid === worker);
    await scene.hears(802, /eat a nectarine — working/);
    bot = await scene.startBot();
    await until('the bot to deliver', () => lockOf('outbox').pid === bot.pid);
    gate.open();
    await scene.ended(taskId);
    const [result] = [await scene.hears(802, 'A nectarine.')];
    expect(result.markup).not.toBeNull();
    expect(await bot.stop()).toBe(0);
    const last = await scene.ended(await scene.dispatch(['-g', '802', '--agent', 'echoes', 'goodbye']));
    await scene.told('802');
    expect(scene.results('802').at(-1)).toMatchObject({ text: expect.stringContaining('goodbye'), markup: null });
    expect(last.status).toBe('completed');
  });

  it('free no token: none stands in what it says and keeps', async () => {
    bot = await scene.startBot();
    await bot.stop();
    expect(bot.said()).not.toContain(scene.bot.token);
    expect(filesWith(scene.home, [scene.bot.token])).toEqual([]);
    const wrong = await scene.cli(['bot'], {
      env: { TELEGRAM_BOT_TOKEN: '7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    });
    expect(wrong).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Telegram does not know this bot token.'),
    });
    const none = await scene.cli(['bot'], { env: { TELEGRAM_BOT_TOKEN: undefined } });
    expect(none).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('There is no bot token.') });
  });
});
