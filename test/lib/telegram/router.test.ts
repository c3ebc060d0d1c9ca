// Who is answered, and by what: every kind of asker, chat and command, over real stores.

import { describe, expect, it } from 'vitest';
import { isControl } from '../../../src/lib/telegram/router.ts';
import { ada, openBotStage } from '../../support/bot-stage.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const stranger = { ...ada, id: '6', name: 'Eve' };

describe('somebody', () => {
  it('who is no person, or speaks to somebody else, is not heard', async () => {
    const stage = openBotStage();
    const chat = group;
    expect(await stage.says('/cad do', { from: { ...ada, isPerson: false } })).toEqual([]);
    expect(await stage.says('/cad do', { chat: { ...chat, kind: 'channel' } })).toEqual([]);
    expect(await stage.says('/cad do', { chat, isAddressed: false })).toEqual([]);
    expect(await stage.says('@workbot', { chat })).toEqual([]);
    expect(stage.home.tasks.ids('-70')).toEqual([]);
  });

  it('who is not known gets one answer a day in private, none in a group', async () => {
    const stage = openBotStage();
    const texts = ['hi', '/help', '/start', '/ping', '/cad do', '/frobnicate', 'tasks'];
    for (const text of texts) expect(await stage.says(text, { chat: group, from: stranger })).toEqual([]);
    expect(await stage.says('/register', { chat: group, from: stranger })).toEqual([]);
    const own = { id: '6', kind: 'private' as const, title: null };
    const answers = await Promise.all(texts.map((text) => stage.says(text, { chat: own, from: stranger })));
    expect(new Set(answers.flat())).toEqual(
      new Set(['I do not know you yet. /register asks those who run this bot to let you in.']),
    );
    expect(stage.calls.filter(({ method }) => method === 'sendMessage')).toHaveLength(1);
    await stage.clock.sleep(86_400_000);
    expect(await stage.says('hi again', { chat: own, from: stranger })).toHaveLength(1);
    expect(await stage.presses('rt:5/1:1:', { from: stranger })).toBe('');
  });

  it('who is not known gets that answer also where it is sent late, or the bot was killed before', async () => {
    const stage = openBotStage();
    const stranger = { from: { ...ada, id: '6' }, chat: { id: '6', kind: 'private' as const, title: null } };
    stage.fails('sendMessage', { kind: 'refused' }, { kind: 'refused' }, { kind: 'refused' });
    await expect(stage.says('hello', { ...stranger, updateId: 71 })).rejects.toThrow('refused');
    expect(await stage.says('hello?', { ...stranger, updateId: 72 })).toEqual([]);
    expect(await stage.says('hello', { ...stranger, updateId: 71 })).toEqual([expect.stringContaining('/register')]);
    const refusals = stage.parts.users.audit(9).filter(({ user }) => user === '6');
    expect(refusals).toHaveLength(1);
    // One who has blocked the bot is not tried again.
    stage.fails('sendMessage', { kind: 'blocked' });
    await stage.says('hello', { ...stranger, from: { ...ada, id: '66' }, updateId: 73 });
  });

  it('who is switched off hears so once a day in private', async () => {
    const stage = openBotStage({ users: { 5: { enabled: false } } });
    expect(await stage.says('/tasks', { chat: group })).toEqual([]);
    expect(await stage.says('do it')).toEqual(['Your access is switched off. Ask an admin.']);
    expect(await stage.says('/register')).toEqual([]);
    expect(await stage.presses('rt:5/1:1:')).toBe('Your access is switched off. Ask an admin.');
  });
});

describe('a command', () => {
  it.each([
    ['/taks', 'There is no /taks. Did you mean /tasks?'],
    ['/Cancle', 'There is no /cancle. Did you mean /cancel?'],
    ['/xyzzy 1', 'There is no /xyzzy. /help lists what there is.'],
    ['/users', 'Only admins may do that.'],
    ['/ping', 'pong · 0 ms'],
    ['tasks', 'Nothing waits and nothing runs.'],
    ['历史', 'Nothing has ended yet.'],
    ['/lang', 'Which language? /lang en or /lang zh'],
  ])('%s is answered: %s', async (text, answer) => {
    expect(await openBotStage().says(text)).toEqual([answer]);
  });

  it('that nobody knows is another bot’s in a group, unless ours is named', async () => {
    const stage = openBotStage();
    expect(await stage.says('/xyzzy', { chat: group })).toEqual([]);
    expect(await stage.says('/xyzzy@workbot', { chat: group })).toHaveLength(1);
    expect(await stage.says('/xyzzy@otherbot', { chat: group, isAddressed: false })).toEqual([]);
  });

  it('of admins is answered in private alone', async () => {
    const stage = openBotStage();
    const from = { ...ada, id: '9' };
    expect(await stage.says('/users', { chat: group, from })).toEqual(['Write that to me in private.']);
    expect(await stage.says('/users', { chat: { id: '9', kind: 'private', title: null }, from })).toEqual([
      '2 people:\n5 Ada\n9 Root · admin · ali agent-teams repo files approve codex',
    ]);
  });

  it('that was forwarded is not obeyed', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'pending' });
    expect(await stage.says('/cancel', { isForwarded: true })).toEqual([
      'I take no commands from forwarded messages. Write it yourself.',
    ]);
    expect(stage.home.tasks.load(task.task_id).status).toBe('pending');
  });

  it('in Chinese is answered in Chinese, by the client or by choice', async () => {
    const stage = openBotStage();
    const from = { ...ada, languageCode: 'zh-hans' };
    expect(await stage.says('任务', { from })).toEqual(['没有等待中或运行中的任务。']);
    expect(await stage.says('/lang en', { from })).toEqual(['I speak English with you now.']);
    expect(await stage.says('任务', { from })).toEqual(['Nothing waits and nothing runs.']);
    expect(await stage.says('/lang 中文')).toEqual(['以后我用中文和你交流。']);
    expect(await stage.says('任务')).toEqual(['没有等待中或运行中的任务。']);
  });
});

describe('text without a command', () => {
  it('is a task where the settings say so, with the mention of the bot taken out', async () => {
    const stage = openBotStage({ config: { bot: { plainText: 'task' } } });
    await stage.says('@workbot: fix it, @workbot', { chat: group });
    const [taskId] = stage.home.tasks.ids('-70') as [string];
    expect(stage.home.tasks.load(taskId)).toMatchObject({
      prompt: 'fix it,',
      user_id: '5',
      telegram_group: '-70',
      session_id: null,
    });
    expect(stage.fixed()).toEqual({ kind: 'task', task_id: taskId });
    expect(stage.wakes()).toBe(1);
  });

  it('is worth a hint, where the settings say so; an answer to one of ours is a task all the same', async () => {
    const stage = openBotStage({ config: { bot: { plainText: 'hint' } } });
    expect(await stage.says('fix it')).toEqual(['To give me a task, begin with /cad. /help lists all commands.']);
    expect(stage.home.tasks.ids('5')).toEqual([]);
    const task = await stage.hasTask({ status: 'completed', agent_session_id: 'c-1' });
    await stage.says('and more', { replyTo: { messageId: 1, isOurs: true, text: `\`${task.task_id}\`` } });
    const next = stage.home.tasks.ids('5').find((id) => id !== task.task_id) as string;
    expect(stage.home.tasks.load(next)).toMatchObject({ continues: true, agent_session_id: 'c-1' });
  });
});

describe('a replay', () => {
  it('makes the task that was fixed, once', async () => {
    const stage = openBotStage();
    const plan = { kind: 'task', task_id: 'task-5-1763600000123' };
    await stage.says('fix it', { updateId: 77 }, plan);
    await stage.says('fix it', { updateId: 77 }, plan);
    expect(stage.home.tasks.ids('5')).toEqual(['task-5-1763600000123']);
    // An id that is somebody else's by now gives way to another.
    await stage.says('fix that', { updateId: 78 }, plan);
    expect(stage.home.tasks.ids('5')).toHaveLength(2);
  });

  it('of a plan that is none of ours begins anew', async () => {
    const stage = openBotStage();
    await stage.says('fix it', {}, { kind: 'control', targets: 'x' });
    expect(stage.home.tasks.ids('5')).toHaveLength(1);
  });
});

describe('the control road', () => {
  const message = { kind: 'message' as const, files: [], text: '' };
  it.each([
    ['/status', true],
    ['/cancel@workbot', true],
    ['@workbot /cancel', true],
    ['取消', true],
    ['/frobnicate', true],
    ['/cad do', false],
    // What says where messages go keeps its place among them.
    ['/new', false],
    ['/use chat', false],
    ['结束会话', false],
    ['/stop', true],
    ['/now do', true],
    ['do', false],
    ['/cancel@otherbot', false],
  ])('takes %s: %s', (text, is) => expect(isControl({ ...message, text } as never, 'workbot')).toBe(is));

  it('takes presses, and nothing with files', () => {
    expect(isControl({ kind: 'press' } as never, 'workbot')).toBe(true);
    expect(isControl({ ...message, text: '/status', files: [{}] } as never, 'workbot')).toBe(false);
    expect(isControl({ kind: 'nothing', updateId: 1 }, 'workbot')).toBe(false);
  });
});
