// Every refusal of the bot is one line in the audit log, and says what was wanted.

import fs from 'node:fs';
import { expect, it } from 'vitest';
import { encodePress } from '../../../src/lib/notifications/buttons.ts';
import { ada, type BotStage, openBotStage } from '../../support/bot-stage.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const lines = (stage: BotStage) =>
  stage.parts.users.audit(20).map(({ by, act, user, detail }) => ({ by, act, user, ...detail }));

it.each([
  ['a command for admins', '/users', {}, { why: 'not an admin', wanted: '/users' }],
  ['options without the right', '/cad do --yolo', {}, { why: 'features', missing: ['yolo'] }],
  ['files without the right', 'do', { files: [{ fileId: 'x' }] }, { why: 'features', missing: ['files'] }],
] as const)('%s', async (_what, text, fields, detail) => {
  const stage = openBotStage();
  await stage.says(text, fields as never);
  expect(lines(stage)).toEqual([expect.objectContaining({ by: '5', act: 'refused', user: '5', ...detail })]);
});

it('somebody else’s task, by its id, by an answer and by buttons', async () => {
  const stage = openBotStage();
  const { task_id } = await stage.hasTask({ status: 'failed', telegram_group: '-70', user_id: '6' });
  const { task_id: hidden } = await stage.hasTask({ status: 'failed', telegram_group: '6', user_id: '6' });
  const press = (taskId: string) => encodePress({ action: 'retry', taskId, run: 1, detail: '' });
  await stage.says(`/cancel ${task_id}`, { chat: group });
  await stage.says(`/retry ${task_id}`, { chat: group });
  await stage.says('more', { chat: group, replyTo: { messageId: 1, isOurs: true, text: task_id } });
  await stage.presses(press(task_id), { chat: group });
  await stage.says(`/logs ${hidden}`);
  await stage.presses(press(hidden));
  const found = lines(stage).map((line) => line as { why?: string; task_id?: string; chat?: string });
  expect(found.map(({ why }) => why)).toEqual(Array(6).fill('not theirs'));
  expect(found.map((line) => [line.task_id, line.chat])).toEqual([
    [hidden, '5'],
    [hidden, '5'],
    ...Array(4).fill([task_id, '-70']),
  ]);
});

it('an admin’s button, a quota, and a person who is switched off, once a day', async () => {
  const stage = openBotStage({
    users: { 5: { enabled: true, quota: { daily: 0 } }, 6: { enabled: false }, 9: { enabled: true, role: 'admin' } },
  });
  await stage.presses('ua::0:77');
  await stage.says('do it');
  const off = { from: { ...ada, id: '6' }, chat: { id: '6', kind: 'private' as const, title: null } };
  for (let n = 0; n < 3; n++) await stage.says('do it', off);
  expect(lines(stage)).toMatchObject([
    { user: '6', why: 'disabled' },
    { user: '5', why: 'quota', quota: 'daily', limit: 0 },
    { user: '5', why: 'not an admin', wanted: 'approveUser' },
  ]);
});

it('what cannot be done because a file is faulty is answered, not tried again and again', async () => {
  const stage = openBotStage();
  stage.parts.users.find('5');
  await stage.parts.users.settled();
  fs.appendFileSync(stage.home.paths.users, '}');
  const [answer] = await stage.says('/lang zh');
  expect(answer).toContain('nothing can be changed');
  const stranger = { ...ada, id: '6' };
  expect(await stage.says('/lang zh', { from: { ...ada, languageCode: 'zh' } })).toEqual([
    '这里的设置有问题，请联系管理员。',
  ]);
  fs.rmSync(stage.home.paths.usersGood);
  expect(await stage.says('/register', { from: stranger })).toEqual([]);
});
