// Groups, topics, groups that get another id, messages that come late, and messages and presses that ask nothing of us.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { makeGate, textOfRequest, writes } from '../support/e2e-model.ts';

const [oda, pim]: [Somebody, Somebody] = [
  { id: 701, name: 'Oda' },
  { id: 702, name: 'Pim' },
];
const stranger: Somebody = { id: 709, name: 'Nobody' };

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({
    users: [oda, pim],
    config: { groups: { '-7020': { shared: true } }, bot: { confirmAfterSeconds: 600 } },
  });
  await scene.startBot();
});
afterAll(() => scene.close());

const anotherTask = (chat: string, before: number) =>
  until(`another task of ${chat}`, () => scene.tasksOf(chat)[before]);

describe.concurrent('a group', () => {
  it('is heard only where it speaks to the bot; its known people see its tasks, others control nothing', async ({
    expect,
  }) => {
    const chat = '-7010';
    scene.plays('radish', [{ text: 'A radish.' }]);
    scene.plays('turnip', [{ text: 'A turnip.' }]);
    const mention = { chat, fields: { entities: [{ type: 'mention', offset: 0, length: 15 }] } };
    scene.says(oda, 'just talking', { chat });
    scene.says(oda, '/cad@other_bot not for us', { chat });
    scene.says(oda, '/nothing', { chat });
    scene.says(stranger, '/register', { chat });
    scene.says(stranger, '@ccdispatch_bot do it', mention);
    scene.says(oda, 'joined', { chat, fields: { text: undefined, new_chat_members: [{ id: 5 }] } });
    scene.says({ id: 1087968824, name: 'Group', isBot: true }, '/cad@ccdispatch_bot as an admin', { chat });
    scene.says(oda, '/cad as a channel', { chat, fields: { sender_chat: { id: -1001, type: 'channel' } } });
    await scene.quiet();
    expect(scene.texts(chat)).toEqual([]);
    expect(scene.tasksOf(chat)).toEqual([]);
    scene.says(oda, '/nothing@ccdispatch_bot', { chat });
    await scene.hears(chat, 'There is no /nothing.');

    scene.says(oda, '@ccdispatch_bot, dig a radish', mention);
    const result = await scene.resultIn(chat);
    const [taskId] = scene.tasksOf(chat) as [string];
    expect(scene.task(taskId)).toMatchObject({ prompt: 'dig a radish', user_id: '701', telegram_group: chat });

    const gate = makeGate();
    scene.plays('parsnip', [{ text: 'A parsnip.' }], { before: () => gate.opened });
    scene.says(oda, '/cad@ccdispatch_bot dig a parsnip', { chat });
    const second = await anotherTask(chat, 1);
    await scene.running(second);
    scene.says(pim, '/tasks', { chat });
    expect((await scene.hears(chat, '1 task:')).text).toContain(second);
    scene.says(pim, `/cancel ${second}`, { chat });
    scene.says(pim, 'go on with it', { chat, replyTo: result });
    await until(
      'both refusals',
      () => scene.texts(chat).filter((text) => text === 'That task is not yours.').length === 2,
    );
    scene.says(pim, '/cancel', { chat });
    await scene.hears(chat, 'Nothing of yours waits or runs here.');
    expect(await scene.presses(pim, result, 'Retry')).toBe('That task is not yours.');
    expect(await scene.presses(stranger, result, 'Retry')).toBe('');
    scene.says(stranger, '/tasks', { chat, replyTo: result });
    scene.says(admin, '/users', { chat });
    await scene.hears(chat, 'Write that to me in private.');
    expect(scene.task(taskId).runs).toHaveLength(1);
    scene.says(admin, `/cancel ${second}`, { chat });
    expect((await scene.ended(second)).status).toBe('cancelled');
    gate.open();
    expect(scene.texts(chat).join('\n')).not.toContain('/register');
    expect(scene.bot.messages(stranger.id)).toEqual([]);
    expect(scene.tasksOf(chat)).toHaveLength(2);
  });

  it('lets its known people control all of its tasks where it is shared', async ({ expect }) => {
    const chat = '-7020';
    scene.plays('leek', [{ text: 'A leek.' }]);
    scene.says(oda, '/cad dig a leek', { chat });
    const result = await scene.resultIn(chat);
    scene.says(pim, 'and another', { chat, replyTo: result });
    const second = await anotherTask(chat, 1);
    expect(await scene.ended(second)).toMatchObject({ user_id: '702', continues: true, status: 'completed' });
    expect(await scene.presses(pim, result, 'Retry')).toBe('');
    await scene.hears(chat, '🔁 dig a leek runs once more.');
    await until('its end', () => scene.task(scene.tasksOf(chat)[0] as string).runs[1]?.ended_at);
  });

  it('that became a supergroup keeps its tasks, and goes on with them', async ({ expect }) => {
    const [chat, next] = ['-7030', '-1007030'];
    const gate = makeGate();
    scene.plays('beet', writes('beet.txt', 'red\n', 'A beet.'), { before: () => gate.opened });
    scene.says(oda, '/cad dig a beet', { chat });
    const first = await scene.latestOf(chat);
    await scene.running(first);
    await scene.hears(chat, 'working');
    scene.bot.setChat(chat, { migrateTo: next });
    scene.says(oda, '', { chat, fields: { migrate_to_chat_id: Number(next) } });
    gate.open();
    await scene.ended(first);
    const result = await scene.hears(next, /^✅ dig a beet\n/);
    scene.says(pim, '/history', { chat: next });
    expect((await scene.hears(next, 'What ended last:')).text).toContain(first);
    scene.plays('beet soup', writes('soup.txt', 'redder\n', 'Soup.'));
    scene.says(oda, '/cad make beet soup', { chat: next, replyTo: result });
    const second = await scene.latestOf(next);
    expect(await scene.ended(second)).toMatchObject({
      continues: true,
      status: 'completed',
      changed_files: ['soup.txt'],
    });
    expect(scene.task(second).workdir).toBe(scene.task(first).workdir);
    await scene.presses(oda, result, 'Files');
    expect(buttonsOf(await scene.hears(next, 'Files of dig a beet')).map(({ text }) => text)).toEqual([
      '📄 soup.txt · 7 B',
      '📄 beet.txt · 4 B',
    ]);
  });
});

describe.concurrent('a topic', () => {
  it('is kept; a deleted one falls back to the chat', async ({ expect }) => {
    const chat = '-1007040';
    scene.plays('onion', [{ text: 'An onion.' }]);
    scene.says(oda, '/cad peel an onion', { chat, thread: 42 });
    await scene.resultIn(chat);
    expect(scene.task(scene.tasksOf(chat)[0] as string).thread_id).toBe(42);
    expect(scene.bot.messages(chat).map(({ threadId }) => threadId)).toEqual(scene.bot.messages(chat).map(() => 42));
    scene.says(oda, '/ping', { chat, thread: 43 });
    expect(await scene.hears(chat, 'pong')).toMatchObject({ threadId: 43 });
    scene.bot.setChat(chat, 'no-threads');
    const sent = scene.says(oda, '/ping', { chat, thread: 42 });
    expect(await scene.hears(chat, 'pong', sent)).toMatchObject({ threadId: null });
    scene.says(oda, '/cad peel another onion', { chat, thread: 42 });
    const second = await anotherTask(chat, 1);
    await scene.ended(second);
    await scene.told(chat);
    expect(scene.results(chat).at(-1)).toMatchObject({
      threadId: null,
      text: expect.stringMatching(/^✅ peel another/),
    });
    // Topics of private chats, too.
    scene.says(pim, '/ping', { thread: 9 });
    expect(await scene.hears(702, 'pong')).toMatchObject({ threadId: 9 });
  });
});

describe.concurrent('a message that comes late', () => {
  it('is asked about, and run once, however often the button is pressed; commands that come late are not run', async ({
    expect,
  }) => {
    const quin: Somebody = { id: 703, name: 'Quin' };
    await scene.cli(['users', 'add', '703', '--name', 'Quin']);
    await scene.cli(['users', 'allow', '703', 'files']);
    scene.plays('celery', [{ text: 'Celery.' }]);
    const paper = scene.bot.addFile('list.txt', Buffer.from('LIST'));
    const document = { file_id: paper, file_name: 'list.txt', file_size: 4 };
    const agoMs = 2 * 3_600_000 + 30_000;
    scene.says(quin, '', { agoMs, fields: { document, caption: '/cad chop the celery' } });
    const question = await scene.hears(703, 'You sent this 2 h ago, while I was away. Run it now?');
    expect(scene.tasksOf('703')).toEqual([]);
    expect(await scene.presses(oda, question, 'Run it now')).toBe('That is not possible any more.');
    const replies = await Promise.all([1, 2].map(() => scene.presses(quin, question, 'Run it now')));
    expect(replies).toEqual(['It runs now.', 'It runs now.']);
    const result = await scene.resultIn('703');
    expect(result.text).toContain('Celery.');
    await scene.quiet();
    expect(scene.tasksOf('703')).toHaveLength(1);
    expect(textOfRequest(scene.asked('chop the celery').at(-1) as never)).toContain('attachments/list.txt');
    expect(
      buttonsOf(scene.bot.messages('703').find(({ messageId }) => messageId === question.messageId) as SentMessage),
    ).toEqual([]);

    const plain = scene.says(quin, 'chop something else', { agoMs });
    const again = await scene.hears(703, 'Run it now?', plain);
    expect(await scene.presses(quin, again, 'Forget it')).toBe('Forgotten.');
    const [taskId] = scene.tasksOf('703') as [string];
    scene.says(quin, `/retry ${taskId}`, { agoMs });
    await scene.hears(703, 'You sent /retry 2 h ago, while I was away, so I did not do it. Send it again.');
    scene.says(quin, '/status', { agoMs });
    await scene.quiet();
    expect(scene.task(taskId).runs).toHaveLength(1);
    expect(scene.texts(703).join('\n')).not.toContain('places taken');
    expect(scene.tasksOf('703')).toHaveLength(1);
  });
});

describe.concurrent('what asks nothing of us', () => {
  it('is passed over: edits, forwarded commands, forged data, other kinds, doubles', async ({ expect }) => {
    const rex: Somebody = { id: 704, name: 'Rex' };
    await scene.cli(['users', 'add', '704', '--name', 'Rex']);
    const inbox = path.join(scene.home, 'inbox', scene.bot.token.split(':')[0] as string);
    const origin = { type: 'user', date: 1, sender_user: { id: 5, is_bot: false, first_name: 'X' } };
    scene.says(rex, '/cancel', { fields: { forward_origin: origin } });
    await scene.hears(704, 'I take no commands from forwarded messages.');
    scene.bot.pushUpdate({
      edited_message: { message_id: 5, chat: { id: 704, type: 'private' }, text: '/cad edited' },
    });
    scene.bot.pushUpdate({ message: { message_id: 6, chat: { id: 704, type: 'private' }, text: '/cad from nobody' } });
    scene.bot.pushUpdate({ message: 'what is this' });
    scene.bot.pushUpdate({ message: { chat: { id: 704 } } });
    scene.bot.pushUpdate({ callback_query: { id: 'x', from: { id: 704 } } });
    const updateId = scene.bot.pushUpdate({
      message: {
        message_id: 7,
        from: { id: 704, first_name: 'Rex' },
        chat: { id: 704, type: 'private' },
        date: Math.floor(Date.now() / 1000),
        text: '/ping',
      },
    });
    const pong = await scene.hears(704, 'pong');
    scene.bot.pushUpdate({
      update_id: updateId,
      message: {
        message_id: 8,
        from: { id: 704 },
        chat: { id: 704, type: 'private' },
        date: 1,
        text: '/cad once more',
      },
    });
    for (const data of [
      '',
      'x',
      'rt:',
      'rt:704/1:1:',
      'cn:local/1:1:',
      'ua::0:704',
      'go::0:1',
      'al::0:abc',
      '../../etc',
      'é'.repeat(32),
      'fp:704/99999999999999999:1:x',
    ]) {
      expect(await scene.pressesData(rex, pong, data || ' '), data).toMatch(
        /^(This button does not work any more\.|That is not possible any more\.|Only admins may do that\.|This question is not known here\.)$/,
      );
    }
    await scene.quiet();
    await until('the odd ones to be put away', () => fs.readdirSync(inbox).every((name) => !/^\d/.test(name)));
    expect(scene.tasksOf('704')).toEqual([]);
    expect(scene.texts(704).filter((text) => text.startsWith('pong'))).toHaveLength(1);
  });
});
