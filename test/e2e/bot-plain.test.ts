// What people write without a command, with the real claude program: one conversation in one warm process, over kills, with files, and where no more sessions may be.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import { isRunning, until } from '../support/e2e.ts';
import {
  type BotProcess,
  type BotScene,
  buttonsOf,
  type Somebody,
  sessionsOf,
  startBotScene,
} from '../support/e2e-bot.ts';
import { countIn } from '../support/e2e-model.ts';

const somebody = (id: number): Somebody => ({ id, name: `Person ${id}` });
const [ada, ben, cem, dee, eli] = [671, 672, 673, 674, 675].map(somebody) as [
  Somebody,
  Somebody,
  Somebody,
  Somebody,
  Somebody,
];
const crowd = Array.from({ length: 4 }, (_, index) => somebody(681 + index));

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({
    users: [ada, ben, cem, dee, eli, ...crowd],
    agents: { echoes: 'cat' },
    config: { limits: { sessionsPerUser: 2, maxWarm: 20 } },
  });
  bot = await scene.startBot();
});
afterAll(() => scene.close());

const timeout = 90_000;
const begun = 'Session chat has begun: I remember what you write here';
const sessionsIn = (chat: string) => sessionsOf(scene).filter(({ telegram_group }) => telegram_group === chat);

/** Says what the first message was, if it knows. */
const recalls = (words: string, known: string) => (request: ModelRequest) => [
  { text: countIn(request, words) > 0 ? known : 'I do not know.' },
];

describe('a new chat', () => {
  it('has one conversation in one warm process, from its first message on', { timeout }, async () => {
    scene.plays('remember saffron', [{ text: 'I keep it in mind.' }]);
    scene.plays('which spice', recalls('remember saffron', 'It was saffron.'));
    const sent = scene.says(ada, 'remember saffron');
    await scene.hears(671, begun);
    const first = await scene.hears(671, 'I keep it in mind.');
    const [session] = sessionsIn('671');
    scene.says(ada, 'which spice was it');
    await scene.hears(671, 'It was saffron.', first);
    expect(scene.asked('which spice').at(-1)?.sessionText).toBe('which spice was it');
    const [now, ...more] = sessionsIn('671');
    expect(more).toEqual([]);
    expect(now).toMatchObject({ generation: 1, pid: session?.pid, user_id: '671', ended_at: null });
    expect(isRunning(now?.pid as number)).toBe(true);
    const tasks = scene.tasksOf('671').map((id) => scene.task(id));
    expect(tasks.map(({ session_id, message_id }) => [session_id, message_id === sent])).toEqual([
      [now?.session_id, true],
      [now?.session_id, false],
    ]);
    expect(scene.texts(671).filter((text) => text.includes(begun))).toHaveLength(1);
  });

  it('goes on in it after bot and worker were killed', { timeout }, async () => {
    scene.plays('remember thyme', [{ text: 'Thyme it is.' }]);
    scene.plays('which herb', recalls('remember thyme', 'It was thyme.'));
    scene.says(ben, 'remember thyme');
    await scene.hears(672, 'Thyme it is.');
    await scene.ended(scene.tasksOf('672')[0] as string);
    const [session] = sessionsIn('672');
    await bot.kill();
    await scene.killWorker();
    scene.says(ben, 'which herb was it');
    bot = await scene.startBot();
    await scene.hears(672, 'It was thyme.');
    const [now, ...more] = sessionsIn('672');
    expect(more).toEqual([]);
    expect(now).toMatchObject({ generation: 1, pid: session?.pid });
    expect(scene.tasksOf('672').map((id) => scene.task(id).session_id)).toEqual([now?.session_id, now?.session_id]);
  });

  it('has one session, whenever in its beginning the bot is killed', { timeout }, async () => {
    for (const [index, who] of crowd.entries()) {
      scene.says(who, `good morning ${index}`);
      // From before the update was fetched to after its task was made.
      await new Promise((resolve) => setTimeout(resolve, 10 + index * 20));
      await bot.kill();
      bot = await scene.startBot();
    }
    await scene.quiet();
    for (const { id } of crowd) {
      const taskId = await scene.latestOf(String(id));
      expect(await scene.ended(taskId)).toMatchObject({ status: 'completed' });
      expect(scene.tasksOf(String(id))).toHaveLength(1);
      expect(sessionsIn(String(id)).map(({ session_id }) => session_id)).toEqual([scene.task(taskId).session_id]);
    }
  });

  it('that writes to several sessions in a row is understood in order', { timeout }, async () => {
    scene.plays('soup', [{ text: 'Soup.' }]);
    await bot.stop();
    const words = ['/new kitchen', 'make a soup', '/end', 'and another soup'];
    for (const text of words) scene.says(eli, text);
    bot = await scene.startBot();
    await scene.quiet();
    const tasks = scene.tasksOf('675').map((id) => scene.task(id));
    const [kitchen, chat, ...more] = sessionsIn('675');
    expect([kitchen?.name, chat?.name, more]).toEqual(['kitchen', 'chat', []]);
    expect(tasks.map(({ session_id }) => session_id)).toEqual([kitchen?.session_id, chat?.session_id]);
    expect(await scene.ended(tasks[1]?.task_id ?? '')).toMatchObject({ status: 'completed' });
  });
});

describe('a person with as many sessions as may be', () => {
  it('is asked which one ends; the message waits for that over a restart, and is taken up once', {
    timeout,
  }, async () => {
    scene.plays('gherkin', [{ text: 'A gherkin.' }]);
    scene.says(cem, '/new one', { thread: 11 });
    await scene.hears(673, 'Session one has begun');
    scene.says(cem, '/new two', { thread: 12 });
    await scene.hears(673, 'Session two has begun');
    scene.says(cem, 'slice a gherkin');
    const asked = await scene.hears(673, 'You may have 2 open sessions at once. Your message waits');
    expect(asked.text).toMatch(/🗣 two · unused for .*\n🗣 one · unused for /);
    expect(buttonsOf(asked).map(({ text }) => text)).toEqual([
      ...['⏹ two', '⏹ one'],
      ...['🆕 A task of its own', '🗑 Forget it'],
    ]);
    // Killed any sooner, it would be told once more.
    await scene.told('673');
    await bot.kill();
    bot = await scene.startBot();
    expect(scene.tasksOf('673')).toEqual([]);
    expect(await scene.presses(dee, asked, '⏹ one')).toBe('That is not possible any more.');
    const presses = await Promise.all([1, 2].map(() => scene.presses(cem, asked, '⏹ one')));
    expect(presses).toContain('I take it.');
    await scene.hears(673, 'The session one has ended.');
    await scene.hears(673, begun);
    await scene.hears(673, /^✅ slice a gherkin\nA gherkin\./);
    await scene.quiet();
    expect(
      sessionsIn('673')
        .filter(({ ended_at }) => ended_at === null)
        .map(({ name }) => name),
    ).toEqual(['two', 'chat']);
    expect(scene.tasksOf('673')).toHaveLength(1);
    // The other button does nothing any more.
    expect(await scene.presses(cem, asked, '⏹ two')).toBe('That is not possible any more.');

    // In a further topic it may be a task of its own instead.
    scene.says(cem, 'slice another gherkin', { thread: 13 });
    const again = await scene.hears(673, 'Your message waits', asked);
    expect(await scene.presses(cem, again, 'A task of its own')).toBe('I take it.');
    const taskId = await until('the task', () => scene.tasksOf('673')[1]);
    expect(await scene.ended(taskId)).toMatchObject({ session_id: null, thread_id: 13, status: 'completed' });
  });
});

describe('options of a plain message', () => {
  it('that the session cannot have are asked about; those of one message count for it', { timeout }, async () => {
    scene.plays('radish', [{ text: 'A radish.' }]);
    scene.says(dee, '--model opus draw a radish');
    await scene.hears(674, /^✅ draw a radish\n/);
    expect(sessionsIn('674')).toMatchObject([{ model: 'opus' }]);
    const sent = scene.says(dee, 'explain —priority high what the radish of --model sonnet is');
    const asked = await scene.hears(674, 'chat keeps what it began with, so --model cannot be given', sent);
    await scene.presses(dee, asked, 'To chat, word for word');
    const second = await until('the second task', () => scene.tasksOf('674')[1]);
    expect(await scene.ended(second)).toMatchObject({
      prompt: 'explain —priority high what the radish of --model sonnet is',
      session_id: sessionsIn('674')[0]?.session_id,
    });
    scene.says(dee, 'eat the radish --priority high');
    const third = await until('the third task', () => scene.tasksOf('674')[2]);
    expect(await scene.ended(third)).toMatchObject({ prompt: 'eat the radish', priority: 8 });
    scene.says(dee, '--agent echoes radish');
    const fourth = await until('the fourth task', () => scene.tasksOf('674')[3]);
    expect(await scene.ended(fourth)).toMatchObject({ agent: 'echoes', session_id: null, result: 'radish' });
    // One that is to start later holds none of the others.
    scene.says(dee, 'wash the radish --at +3h');
    const planned = await until('the fifth task', () => scene.tasksOf('674')[4]);
    scene.says(dee, 'and now a radish');
    const sixth = await until('the sixth task', () => scene.tasksOf('674')[5]);
    expect(await scene.ended(sixth)).toMatchObject({ status: 'completed' });
    expect(scene.task(planned)).toMatchObject({ status: 'pending', session_id: scene.task(sixth).session_id });
  });
});
