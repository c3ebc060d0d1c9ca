// Messages without a command: they go to the chat's session, which the first of them begins; what becomes of them where that cannot be.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/lib/sessions/record.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import type { IncomingMessage } from '../../../src/lib/telegram/incoming.ts';
import { ada, type BotStage, openBotStage } from '../../support/bot-stage.ts';
import { firstTaskTs } from '../../support/tasks.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const eve = { ...ada, id: '6', name: 'Eve' };
const begun = '🟢 Session chat has begun: I remember what you write here, until /end. /cad gives a task apart from it.';

/** The tasks of a chat, oldest first. */
const tasksOf = (stage: BotStage, chat = '5'): Task[] =>
  stage.home.tasks
    .ids(chat)
    .sort()
    .map((id) => stage.home.tasks.load(id));
const latest = (stage: BotStage, chat = '5') => tasksOf(stage, chat).at(-1) as Task;
const open = (stage: BotStage): Session[] => stage.home.sessions.list().filter(({ ended_at }) => ended_at === null);

/** Says something, and gives the task that came of it. Time goes on, as between any two messages. */
async function said(stage: BotStage, text: string, fields: Partial<IncomingMessage> = {}): Promise<Task> {
  await stage.clock.sleep(5);
  const before = stage.home.tasks.ids(fields.chat?.id ?? '5').length;
  await stage.says(text, { sentAt: stage.clock.now(), ...fields });
  expect(tasksOf(stage, fields.chat?.id)).toHaveLength(before + 1);
  return latest(stage, fields.chat?.id);
}

const answering = ({ task_id }: Task) => ({ replyTo: { messageId: 1, isOurs: true, text: `\`${task_id}\`` } });

describe('a first plain message', () => {
  it('begins the session of its chat, told once; what follows goes there', async () => {
    const stage = openBotStage();
    expect(await stage.says('hello')).toEqual([begun]);
    expect(await stage.says('and on')).toEqual([]);
    const [session, ...more] = open(stage);
    expect(more).toEqual([]);
    expect(session).toMatchObject({ name: 'chat', user_id: '5', telegram_group: '5' });
    expect(tasksOf(stage).map(({ session_id }) => session_id)).toEqual([session?.session_id, session?.session_id]);
    expect(stage.wakes()).toBe(2);
    // A topic has a session of its own.
    const elsewhere = await said(stage, 'hello', { threadId: 7 });
    expect(elsewhere.session_id).not.toBe(session?.session_id);
  });

  it('in Chinese has a Chinese name', async () => {
    const stage = openBotStage();
    expect(await stage.says('你好', { from: { ...ada, languageCode: 'zh' } })).toEqual([
      '🟢 会话 聊天 已开始：我会记住你在这里写的内容，直到 /end。/cad 交给我一个独立的任务。',
    ]);
  });

  it('is a task where the settings say so, and stays one for who has set it', async () => {
    const stage = openBotStage({ config: { bot: { plainText: 'task' } } });
    expect(await said(stage, 'hello')).toMatchObject({ session_id: null, prompt: 'hello' });
    expect(open(stage)).toEqual([]);
  });

  it('is a task where the agent cannot be kept, by the settings or by an option', async () => {
    const custom = { echo: { command: ['cat'] as [string] } };
    const stage = openBotStage({ config: { agents: { default: 'echo', custom } } });
    expect(await said(stage, 'hello')).toMatchObject({ session_id: null, agent: 'echo' });
    expect(await said(stage, '--agent claude hello')).toMatchObject({ agent: 'claude', prompt: 'hello' });
    expect(open(stage)).toHaveLength(1);
    // The chat has a session by now.
    expect(await said(stage, '--agent echo hello')).toMatchObject({ session_id: null, agent: 'echo' });
    expect(stage.sentSince(0)).toEqual([begun]);
  });

  it('begins another one where the last has ended, or is not there any more', async () => {
    const stage = openBotStage();
    const first = await said(stage, 'one');
    await stage.home.sessions.end(first.session_id ?? '', 'idle', new Date(firstTaskTs).toISOString());
    const second = await said(stage, 'two');
    fs.rmSync(stage.home.paths.session(second.session_id ?? ''), { recursive: true });
    const third = await said(stage, 'three');
    expect(new Set([first, second, third].map(({ session_id }) => session_id)).size).toBe(3);
    expect(stage.sentSince(0)).toEqual([begun, begun, begun]);
  });

  it('that is not let through begins none', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true, quota: { daily: 1 } } } });
    const file = { fileId: 'f', kind: 'document' as const, name: 'a.txt', mimeType: null, size: 1 };
    expect(await stage.says('look', { files: [file] })).toEqual(['You may not use: files. Ask an admin for it.']);
    expect(await stage.says('--yolo do it')).toEqual(['You may not use: yolo. Ask an admin for it.']);
    expect(await stage.says('--agent nobody do it')).toEqual([expect.stringContaining('There is no agent')]);
    expect(await stage.says('--priority high')).toEqual([expect.stringContaining('What is to be done?')]);
    expect(open(stage)).toEqual([]);
    expect(await stage.says('/cad take the only one')).toEqual([]);
    expect(await stage.says('hello')).toEqual([expect.stringMatching(/^Your quota of 1 task a day is used up/)]);
    expect(open(stage)).toEqual([]);
  });

  it('takes its files into the folder of the session', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true, allowed_features: ['files'] } } });
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    const files = [{ fileId: 'f1', kind: 'document' as const, name: 'a.txt', mimeType: null, size: 4 }];
    const first = await said(stage, 'look', { files, messageId: 321 });
    const second = await said(stage, '', { files, messageId: 322 });
    expect(second.session_id).toBe(first.session_id);
    expect(first.workdir).toBe(open(stage)[0]?.workdir);
    for (const [task, id] of [[first, '321'] as const, [second, '322'] as const]) {
      const at = path.join(first.workdir, 'attachments', id, 'a.txt');
      expect(fs.readFileSync(at, 'utf8')).toBe('TEXT');
      expect(stage.home.tasks.prompt(task.task_id)).toContain(at);
    }
    // No folder of a task's own beside it.
    expect(fs.readdirSync(path.join(stage.home.paths.workspaces, '5'))).toEqual([first.session_id]);
  });
});

describe('options', () => {
  it('that a session keeps are those of the one that is begun; others are for the message', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true, allowed_features: ['agent-teams'] } } });
    const first = await said(stage, '--model opus —priority high begin --agent-teams');
    expect(open(stage)).toMatchObject([{ model: 'opus', options: { agent_teams: true } }]);
    expect(first).toMatchObject({
      prompt: 'begin',
      priority: 8,
      model: 'opus',
      session_id: open(stage)[0]?.session_id,
    });
    const later = await said(stage, 'go on --at +90m --model opus');
    expect(later).toMatchObject({ prompt: 'go on', priority: 5, session_id: first.session_id });
    expect(later.start_at).toBe(new Date(stage.clock.now() + 90 * 60_000).toISOString());
    expect(await stage.says('--priority urgent go')).toEqual([expect.stringContaining('"urgent" is no priority')]);
  });

  it('that the session does not have are asked about, and the message waits', async () => {
    const stage = openBotStage({ config: { repos: { '/srv/shop': { name: 'shop' } } } });
    await said(stage, 'begin');
    expect(await stage.says('use --repo shop --model opus and --no-worktree')).toEqual([]);
    const [question] = stage.announced();
    expect(question?.text).toMatch(/^chat keeps what it began with, so --model, --repo, --no-worktree cannot be given/);
    expect(question?.buttons).toEqual(['💬 To chat, word for word', '🆕 A task of its own', '🗑 Forget it']);
    expect(stage.fixed()).toMatchObject({ kind: 'task' });
    expect(tasksOf(stage)).toHaveLength(1);
    // In backquotes, or when its sender says so, they are words; else it is a task.
    const words = 'what does `--model` do?';
    expect(await said(stage, words)).toMatchObject({ prompt: words, session_id: open(stage)[0]?.session_id });
    expect(await said(stage, 'explain --model opus', { meant: 'words' })).toMatchObject({
      prompt: 'explain --model opus',
      session_id: open(stage)[0]?.session_id,
    });
    expect(await said(stage, 'explain --model opus', { meant: 'task' })).toMatchObject({
      prompt: 'explain',
      model: 'opus',
      session_id: null,
    });
  });
});

describe('a reply', () => {
  it('to a message of a task goes on with that task, to one of a session with that session', async () => {
    const stage = openBotStage();
    const done = await stage.hasTask({ task_id: 'task-5-1', status: 'completed', agent_session_id: 'c-1' });
    const first = await said(stage, 'one');
    await stage.says('/new another');
    const second = await said(stage, 'two');
    expect(second.session_id).not.toBe(first.session_id);
    expect(await said(stage, 'more of it', answering(first))).toMatchObject({ session_id: first.session_id });
    const goesOn = await said(stage, 'go on', answering(done));
    expect(goesOn).toMatchObject({ session_id: null, agent_session_id: 'c-1', workdir: done.workdir });
    expect(await said(stage, 'three')).toMatchObject({ session_id: second.session_id });
  });
});

describe('in a group', () => {
  const users = { 5: { name: 'Ada', enabled: true }, 6: { name: 'Eve', enabled: true } };

  it('each person has a session of his own, and nobody takes another one’s away', async () => {
    const stage = openBotStage({ users });
    const here = { chat: group };
    const first = await said(stage, '@workbot hello', here);
    const other = await said(stage, '@workbot hello', { ...here, from: eve });
    expect(other.session_id).not.toBe(first.session_id);
    expect(await said(stage, '@workbot on', here)).toMatchObject({ session_id: first.session_id });
    expect(await said(stage, '@workbot on', { ...here, from: eve })).toMatchObject({ session_id: other.session_id });
    expect(await stage.says('mine', { ...here, from: eve, ...answering(first) })).toEqual(['That task is not yours.']);
    expect(await stage.says('not to you', { ...here, isAddressed: false })).toEqual([]);
    expect(open(stage)).toHaveLength(2);
  });

  it('that is shared there is one, but for who may not use what it uses', async () => {
    const feature = { allowed_features: ['agent-teams'] };
    const config = { groups: { '-70': { shared: true } } };
    const stage = openBotStage({ config, users: { ...users, 5: { ...users[5], ...feature } } });
    const first = await said(stage, 'plain', { chat: group });
    expect(await said(stage, 'too', { chat: group, from: eve })).toMatchObject({ session_id: first.session_id });
    await stage.says('/new teams --agent-teams', { chat: group });
    const teams = await said(stage, 'as a team', { chat: group });
    expect(teams.session_id).not.toBe(first.session_id);
    expect(await said(stage, 'me too', { chat: group, from: eve })).toMatchObject({ session_id: null });
    // His own he hears about.
    await stage.parts.users.change('5', { deny: ['agent-teams'] }, 'shell');
    expect(await stage.says('again', { chat: group })).toEqual(['You may not use: agent-teams. Ask an admin for it.']);
  });

  it('that got another id goes on in the session of before', async () => {
    const stage = openBotStage();
    const first = await said(stage, '@workbot hello', { chat: group });
    await stage.parts.chats.migrate('-70', '-10070');
    const second = await said(stage, '@workbot on', { chat: { ...group, id: '-10070' } });
    expect(second).toMatchObject({ session_id: first.session_id, telegram_group: '-10070' });
  });
});

describe('where no more sessions may be', () => {
  it('it is asked which one is to end, and the message waits', async () => {
    const stage = openBotStage({ config: { limits: { sessionsPerUser: 2 } } });
    await said(stage, 'one', { threadId: 1 });
    await said(stage, 'two', { threadId: 2 });
    await stage.clock.sleep(120_000);
    expect(await stage.says('three', { sentAt: stage.clock.now() })).toEqual([]);
    expect(stage.announced()).toEqual([
      {
        text: expect.stringMatching(
          /^You may have 2 open sessions at once\. Your message waits: .*\n🗣 chat 2 · unused for 2 min\n🗣 chat · unused for 2 min$/,
        ),
        buttons: ['⏹ chat 2', '⏹ chat', '🆕 A task of its own', '🗑 Forget it'],
      },
    ]);
    expect(stage.fixed()).toMatchObject({ kind: 'task' });
    expect(tasksOf(stage)).toHaveLength(2);
    expect(await said(stage, 'three', { meant: 'task' })).toMatchObject({ session_id: null });
  });
});

describe('a replay', () => {
  const plan = { kind: 'task', task_id: `task-5-${firstTaskTs + 100}` };

  it('begins the session that an earlier attempt was about to begin, once, whatever of it is there', async () => {
    const stage = openBotStage();
    const once = () => stage.says('hello', { updateId: 77 }, plan);
    expect(await once()).toEqual([begun]);
    const [session] = open(stage);
    const [task] = tasksOf(stage);
    expect([session?.session_id, task?.task_id]).toEqual([`session-5-${firstTaskTs + 100}`, plan.task_id]);
    // Killed when all was done but the update put away: it is not told again, whatever became of the session.
    expect(await once()).toEqual([]);
    await stage.home.sessions.end(session?.session_id ?? '', 'user', new Date(firstTaskTs).toISOString());
    expect(await once()).toEqual([]);
    expect([open(stage), tasksOf(stage)]).toMatchObject([[], [{ task_id: plan.task_id }]]);
  });

  it('goes on where the session was made, and its chat did not know it yet, or the task was not made', async () => {
    const stage = openBotStage();
    await stage.says('hello', { updateId: 77 }, plan);
    await stage.home.tasks.remove(plan.task_id);
    for (const marker of stage.home.queue.waiting()) stage.home.queue.remove(marker.taskId);
    fs.rmSync(path.join(stage.home.paths.sessions, 'current'), { recursive: true });
    await stage.says('hello', { updateId: 77 }, plan);
    const [session, ...more] = open(stage);
    expect([tasksOf(stage).map(({ session_id }) => session_id), more]).toEqual([[session?.session_id], []]);
    expect(await said(stage, 'and on')).toMatchObject({ session_id: session?.session_id });
  });

  it('begins another one where that has ended meanwhile', async () => {
    const stage = openBotStage();
    await stage.says('hello', { updateId: 77 }, plan);
    await stage.home.tasks.remove(plan.task_id);
    for (const marker of stage.home.queue.waiting()) stage.home.queue.remove(marker.taskId);
    await stage.home.sessions.end(open(stage)[0]?.session_id ?? '', 'user', new Date(firstTaskTs).toISOString());
    await stage.says('hello', { updateId: 77 }, plan);
    expect(open(stage)).toHaveLength(1);
    expect(latest(stage)).toMatchObject({ task_id: plan.task_id, session_id: open(stage)[0]?.session_id });
  });
});

it('many first messages at once begin one session', async () => {
  const stage = openBotStage();
  await Promise.all(Array.from({ length: 8 }, (_, index) => stage.says(`hello ${index}`)));
  expect(open(stage)).toHaveLength(1);
  expect(new Set(tasksOf(stage).map(({ session_id }) => session_id))).toEqual(new Set([open(stage)[0]?.session_id]));
  expect(tasksOf(stage)).toHaveLength(8);
});
