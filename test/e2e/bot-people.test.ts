// Who may use the bot: a stranger who asks to be let in, two people side by side, quotas, people who are switched off.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, type BotScene, buttonsOf, startBotScene } from '../support/e2e-bot.ts';
import { writes } from '../support/e2e-model.ts';

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene();
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
    for (let times = 0; times < 3; times++) scene.says(eve, '/register');
    await scene.quiet();
    expect(scene.bot.messages(admin.id)).toHaveLength(1);
    expect(scene.texts(501)).toHaveLength(2);

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
