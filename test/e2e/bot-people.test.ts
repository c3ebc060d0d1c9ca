// Who may use the bot: a stranger who asks to be let in, two people side by side, quotas, people who are switched off.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, startBotScene } from '../support/e2e-bot.ts';
import { makeGate, writes } from '../support/e2e-model.ts';

const ann = { id: 511, name: 'Ann' };
const bob = { id: 512, name: 'Bob' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({ users: [ann, bob] });
  await scene.startBot();
});
afterAll(() => scene.close());

const users = () => JSON.parse(fs.readFileSync(path.join(scene.home, 'users.json'), 'utf8')).users;

describe('a stranger', () => {
  const eve = { id: 501, name: 'Eve', language: 'en' };

  it('is answered once, asks to be let in, is let in by a button, and uses the bot', async () => {
    scene.says(eve, 'hello');
    await scene.hears(501, '/register');
    for (const text of ['hello?', '/help', '/ping', '/start', '/tasks', '/nothing', 'ping']) scene.says(eve, text);
    await scene.quiet();
    expect(scene.texts(501)).toEqual(['I do not know you yet. /register asks those who run this bot to let you in.']);
    expect(scene.tasksOf('501')).toEqual([]);

    scene.says(eve, '/register');
    await scene.hears(501, 'I have asked');
    const question = await scene.hears(admin.id, 'Eve (501)');
    expect(buttonsOf(question).map(({ text }) => text)).toEqual(['✅ Let in', '🚫 No']);
    for (let times = 0; times < 4; times++) scene.says(eve, '/register');
    await scene.quiet();
    expect(scene.bot.messages(admin.id)).toHaveLength(1);
    const again = 'I have asked today already; nobody has answered yet.';
    expect(scene.texts(501).slice(2)).toEqual([again, again]);

    // Only an admin's press counts.
    expect(
      await scene.pressesData(eve, { chatId: '501', messageId: 1 }, buttonsOf(question)[0]?.callback_data ?? ''),
    ).toBe('');
    expect(fs.existsSync(path.join(scene.home, 'users.json'))).toBe(false);
    await scene.presses(admin, question, 'Let in');
    await scene.hears(501, 'you may use this bot now');
    await scene.hears(admin.id, 'Eve was let in by');
    expect(users()).toMatchObject({ 501: { name: 'Eve', enabled: true, role: 'user' } });
    expect(await scene.presses(admin, question, 'No')).toBe('That is not possible any more.');
    expect(users()[501].enabled).toBe(true);

    scene.plays('pear', writes('pear.txt', 'A pear.\n', 'I wrote pear.txt.'));
    scene.says(eve, '/cad write about a pear');
    const result = await scene.resultIn('501');
    expect(result.text).toContain('I wrote pear.txt.');
    const task = scene.task(scene.tasksOf('501')[0] as string);
    expect(task).toMatchObject({ user_id: '501', status: 'completed', source: { kind: 'telegram' } });
    expect(fs.readFileSync(path.join(task.workdir, 'pear.txt'), 'utf8')).toBe('A pear.\n');
  });
});

describe('two people with tasks side by side', () => {
  it('see and control each his own alone, in lists, by id and by buttons; an admin all', async () => {
    const gate = makeGate();
    for (const word of ['lemon', 'melon'])
      scene.plays(word, [{ text: `About ${word}.` }], { before: () => gate.opened });
    for (const [who, word] of [
      [ann, 'lemon'],
      [bob, 'melon'],
    ] as const) {
      scene.says(who, `/cad tell me about a ${word}`);
      await scene.running(await scene.latestOf(String(who.id)));
    }
    const [annTask, bobTask] = [scene.tasksOf('511')[0] as string, scene.tasksOf('512')[0] as string];

    scene.says(ann, '/tasks');
    const list = await scene.hears(511, '1 task:');
    expect(list.text).toContain(annTask);
    expect(list.text).not.toContain(bobTask);
    for (const command of ['/cancel', '/logs', '/why', '/retry']) {
      const sent = scene.says(ann, `${command} ${bobTask}`);
      const answer = await scene.hears(511, `There is no task ${bobTask} here.`, sent);
      expect(answer.replyTo).toBe(sent);
    }
    // Data of a button that stands in the other's chat.
    for (const action of ['cn', 'rt', 'lg', 'fl', 'co', 'fp']) {
      const data = `${action}:512/${bobTask.split('-').at(-1)}:1:0123456789ab`;
      expect(await scene.pressesData(ann, list, data), action).toBe('This button does not work any more.');
    }
    scene.says(ann, '/status');
    const status = await scene.hears(511, '2 of 10 places taken');
    expect(status.text).not.toContain(bobTask);
    scene.says(admin, '/tasks');
    expect((await scene.hears(admin.id, '2 tasks:')).text).toMatch(new RegExp(`${annTask}[\\s\\S]*${bobTask}`));
    // An admin's own tasks go before those of others, so these are asked about.
    scene.says(admin, '/cancel');
    const choice = await scene.hears(admin.id, 'Which one?');
    expect(buttonsOf(choice).map(({ text }) => text)).toEqual(['⏹ tell me about a lemon', '⏹ tell me about a melon']);
    expect([scene.task(annTask).status, scene.task(bobTask).status]).toEqual(['running', 'running']);

    gate.open();
    const [forAnn, forBob] = [await scene.resultIn('511'), await scene.resultIn('512')];
    expect([forAnn.text, forBob.text]).toEqual([
      expect.stringContaining('About lemon.'),
      expect.stringContaining('About melon.'),
    ]);
    expect(scene.texts(511).join('\n')).not.toMatch(/melon/);
    scene.says(ann, '历史');
    const history = await scene.hears(511, 'What ended last:');
    expect(history.text).toContain(annTask);
    expect(history.text).not.toContain(bobTask);
    expect(await scene.presses(admin, choice, 'lemon')).toBe('That is not possible any more.');
  });
});

describe('a quota', () => {
  const carl = { id: 513, name: 'Carl' };

  it('that is used up is said with when it is new; what never started is given back', async () => {
    expect((await scene.cli(['users', 'add', '513', '--name', 'Carl'])).exitCode).toBe(0);
    await scene.cli(['users', 'quota', '513', '--daily', '2', '--time-zone', 'Asia/Shanghai']);
    scene.plays('plum', [{ text: 'A plum.' }]);
    scene.says(carl, '/cad think of a plum');
    await scene.resultIn('513');
    // Two at once cannot both take the last one.
    scene.says(carl, '/cad think of a second plum');
    scene.says(carl, '/cad think of a third plum', { thread: 7 });
    const refusal = await scene.hears(513, /quota of 2 tasks a day is used up/);
    expect(refusal.text).toMatch(
      /^Your quota of 2 tasks a day is used up\. It is new at 20\d\d-\d\d-\d\d 00:00 \(Asia\/Shanghai\); an admin can give you more\.$/,
    );
    // The one that was let in may still be made.
    await until('the task that was let in', () => scene.tasksOf('513')[1]);
    expect(scene.tasksOf('513')).toHaveLength(2);
    await scene.resultIn('513');
    scene.says(carl, '/quota');
    await scene.hears(513, /^Today: 2 of 2 tasks · \$0\.\d+ · \d+ tokens · new at /);
    // Refused tasks leave nothing behind.
    expect(fs.readdirSync(path.join(scene.home, 'workspaces/513'))).toHaveLength(2);

    await scene.cli(['users', 'quota', '513', '--daily', '3']);
    const never = scene.says(carl, '/cad think of a plum --agent missing');
    expect((await scene.hears(513, 'There is no agent', never)).text).toContain('"missing". There are: claude');
    scene.says(carl, '/quota');
    await scene.hears(513, /^Today: 2 of 3 tasks/);
  });
});

describe('somebody who is switched off', () => {
  const dora = { id: 514, name: 'Dora' };

  it('starts nothing any more: what waits ends, what runs is for the admin to end', async () => {
    await scene.cli(['users', 'add', '514', '--name', 'Dora']);
    const gate = makeGate();
    scene.plays('quince', [{ text: 'A quince.' }], { before: () => gate.opened });
    scene.says(dora, '/cad look at the quince');
    const first = await scene.latestOf('514');
    await scene.running(first);
    // It goes on in the conversation of the first, and so waits for it.
    const placeholder = await scene.hears(514, 'look at the quince');
    scene.says(dora, 'look once more', { replyTo: placeholder });
    const second = await until('the second task', () => scene.tasksOf('514')[1]);
    expect(scene.task(second).agent_session_id).toBe(scene.task(first).agent_session_id);
    scene.says(admin, '/users disable 514');
    await scene.hears(admin.id, /Changed: 514 Dora · 🚫 switched off/);
    const running = await scene.hears(admin.id, '1 task of this person still runs.');
    scene.says(dora, '/tasks');
    scene.says(dora, 'again');
    await scene.hears(514, 'Your access is switched off.');
    gate.open();
    expect(await scene.ended(first)).toMatchObject({ status: 'completed' });
    expect(await scene.ended(second)).toMatchObject({ status: 'cancelled', reason: 'disabled' });
    await scene.told('514');
    expect(scene.texts(514).filter((text) => text.includes('switched off'))).toEqual([
      'Your access is switched off. Ask an admin.',
      expect.stringMatching(/^⏹ look once more — stopped: the access of whoever asked for it is switched off/),
    ]);
    expect(await scene.presses(admin, running, 'quince')).toBe('That is not possible any more.');
    expect(scene.tasksOf('514')).toHaveLength(2);
  });
});

describe('a file of users that somebody broke', () => {
  it('opens and empties nothing: the last good copy counts, admins hear of it, and doctor too', async () => {
    const file = path.join(scene.home, 'users.json');
    const good = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, good.replace('"enabled": true', '"enabled": yes'));
    const told = await scene.hears(admin.id, 'The file of users is faulty');
    expect(told.text).toMatch(
      /users\.json:\d+: .*\nUntil it is mended the last good copy counts, and nothing can be changed\.$/,
    );
    scene.says(ann, '/ping');
    await scene.hears(511, 'pong');
    scene.says({ id: 599 }, '/tasks');
    await scene.hears(599, 'I do not know you yet.');
    scene.says(admin, '/users allow 511 yolo');
    await scene.hears(admin.id, 'nothing can be changed');
    expect((await scene.cli(['doctor'])).stdout).toContain('users.json, line');
    fs.writeFileSync(file, good);
    await scene.hears(admin.id, 'The file of users is good again.');
    expect(fs.readFileSync(file, 'utf8')).toBe(good);
  });
});
