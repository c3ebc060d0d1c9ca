// The bot's sentences and commands: whole in both languages, and each in its own.

import { describe, expect, it } from 'vitest';
import { bareWords, botCommands } from '../../../src/lib/telegram/commands.ts';
import { renderHelp } from '../../../src/lib/telegram/handlers/basics.ts';
import { botTextsOf, languageOf } from '../../../src/lib/telegram/languages.ts';
import { menuOf } from '../../../src/lib/telegram/menus.ts';
import { sentences } from './sentences.ts';

const han = /\p{Script=Han}/u;
const languages = ['en', 'zh'] as const;

describe('the table of texts', () => {
  it('is whole in both languages', () => {
    const [english, chinese] = [sentences(botTextsOf('en')), sentences(botTextsOf('zh'))];
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const [name, text] of Object.entries({ ...english, ...chinese })) expect(text.trim(), name).not.toBe('');
    for (const [name, text] of Object.entries(english)) expect(text, name).not.toMatch(han);
    for (const [name, text] of Object.entries(chinese)) expect(text, name).toMatch(han);
  });

  it('counts things', () => {
    const { tasksHead, usersHead, userRuns, stats, quotaRefused } = botTextsOf('en');
    const figures = { days: 30, completed: 1, failed: 0, cost: '$0', tokens: '0' };
    expect([
      tasksHead(1),
      usersHead(1),
      userRuns(1),
      stats({ ...figures, runs: 1 }),
      quotaRefused.daily('1', 'noon'),
    ]).toEqual([
      '1 task:',
      '1 person:',
      '1 task of this person still runs. What waits is not started any more.',
      'Last 30 days: 1 run, 1 done, 0 failed · $0 · 0 tokens',
      'Your quota of 1 task a day is used up. It is new at noon; an admin can give you more.',
    ]);
  });
});

describe('commands', () => {
  it('have names that Telegram takes, help in both languages, and words that mean one of them each', () => {
    for (const { name, help, argument } of botCommands) {
      expect(name).toMatch(/^[a-z]{1,32}$/);
      expect(help.en, name).not.toMatch(han);
      expect(help.zh, name).toMatch(han);
      if (argument)
        expect(
          Object.values(argument).every((text) => text.trim() !== ''),
          name,
        ).toBe(true);
    }
    const words = botCommands.flatMap((command) => command.words);
    expect(new Set(words).size).toBe(words.length);
    expect(bareWords.size).toBe(words.length);
    expect(new Set(botCommands.map(({ name }) => name)).size).toBe(botCommands.length);
  });

  it('that have a word in one language have one in the other', () => {
    // What is said without a slash in Latin letters is the command's own name.
    const withoutChinese = botCommands.filter(({ words }) => words.length > 0 && !words.some((word) => han.test(word)));
    expect(withoutChinese.map(({ name }) => name)).toEqual(['ping']);
    for (const { name, words } of botCommands)
      expect(
        words.filter((word) => !han.test(word)).every((word) => word === name),
        name,
      ).toBe(true);
  });

  it.each(languages)('are listed by /help, to each what he may use (%s)', (language) => {
    const help = (role: 'user' | 'admin') =>
      renderHelp(
        botCommands,
        { person: { role, enabled: true } as never, language, texts: botTextsOf(language) },
        'session',
      );
    expect(help('user')).not.toContain('/users');
    expect(help('admin')).toContain('/users');
    expect(help('admin').split('\n')).toHaveLength(botCommands.length + 3);
  });

  it('/help in English', () => {
    const texts = botTextsOf('en');
    const person = { role: 'admin', enabled: true } as never;
    expect(renderHelp(botCommands, { person, language: 'en', texts }, 'session')).toMatchInlineSnapshot(`
      "What I understand:

      any text — goes to this chat’s session, where I remember what was said; the first message begins it
      /cad \\<prompt\\> — a task of its own, apart from this chat’s session (--ali --agent-teams --yolo --priority --agent --model --at --after --repo)
      /new \\[name\\] — begin a session: an agent that stays (--agent --model --ali --yolo) (新会话)
      /sessions — the open sessions, and how each one is (会话)
      /use \\<session\\> — speak to this session from now on
      /stop \\[session\\] — end the turn at work; the session stays (停)
      /now \\<message\\> — end the turn at work and say this first
      /end \\[session\\] — end a session (结束会话)
      /tasks — what waits and runs (任务)
      /history — what ended last (历史)
      /cancel \\[id\\] — end a task (取消)
      /pause \\[id\\] — stop a task for now (暂停)
      /resume \\[id\\] \\[note\\] — let a paused task go on; a note is told to its agent (继续, 恢复)
      /retry \\[id\\] — run an ended task once more (重试)
      /logs \\[id\\] — what the agent did (日志)
      /why \\[id\\] — what a task waits for (原因)
      /merge \\[id\\] — merge a task's branch into the one it started from (合并)
      /pr \\[id\\] — push a task's branch and open a pull request
      /diff \\[id\\] — what a task has changed on its branch (改动)
      /discard \\[id\\] — give a task's branch up (放弃)
      /status — how busy it is (状态)
      /stats — the last 30 days in figures (统计)
      /lang en\\|zh — the language I speak with you (语言)
      /ping — whether I am there
      /help — this list (帮助)
      /start — how to begin (开始)
      /quota — what you have used today (配额)
      /register — ask to be let in (注册)
      /users \\[…\\] — list people; /users approve, disable, enable, quota, allow, deny (用户)
      /accounts — accounts of agents, with buttons: add, enable, disable, reset, priority, statistics, delete (private chats) (账号)
      /session — for admins in a private chat the accounts, else as /sessions"
    `);
  });

  it('/help in Chinese', () => {
    const texts = botTextsOf('zh');
    const person = { role: 'admin', enabled: true } as never;
    expect(renderHelp(botCommands, { person, language: 'zh', texts }, 'session')).toMatchInlineSnapshot(`
      "我能听懂：

      任何文字 — 发给这个聊天的会话，我会记住说过的内容；第一条消息就会开始它
      /cad \\<要做的事\\> — 交给我一个独立的任务，与聊天的会话无关（--ali --agent-teams --yolo --priority --agent --model --at --after --repo）
      /new \\[名字\\] — 开始一个会话：一直在线的智能体（--agent --model --ali --yolo） (新会话)
      /sessions — 打开的会话以及各自的状态 (会话)
      /use \\<会话\\> — 从现在起和这个会话说话
      /stop \\[会话\\] — 结束正在进行的一轮；会话保留 (停)
      /now \\<要说的话\\> — 结束正在进行的一轮，先说这句
      /end \\[会话\\] — 结束一个会话 (结束会话)
      /tasks — 等待中和运行中的任务 (任务)
      /history — 最近结束的任务 (历史)
      /cancel \\[编号\\] — 结束一个任务 (取消)
      /pause \\[编号\\] — 暂停一个任务 (暂停)
      /resume \\[编号\\] \\[附言\\] — 让已暂停的任务继续，附言会告诉智能体 (继续, 恢复)
      /retry \\[编号\\] — 再运行一次已结束的任务 (重试)
      /logs \\[编号\\] — 智能体做了什么 (日志)
      /why \\[编号\\] — 任务在等什么 (原因)
      /merge \\[编号\\] — 把任务的分支合并到它开始时的分支 (合并)
      /pr \\[编号\\] — 推送任务的分支并创建拉取请求
      /diff \\[编号\\] — 任务在它的分支上改了什么 (改动)
      /discard \\[编号\\] — 放弃任务的分支 (放弃)
      /status — 现在有多忙 (状态)
      /stats — 最近 30 天的数字 (统计)
      /lang zh\\|en — 我和你交流的语言 (语言)
      /ping — 我在不在
      /help — 这个列表 (帮助)
      /start — 如何开始 (开始)
      /quota — 你今天的用量 (配额)
      /register — 申请使用 (注册)
      /users \\[…\\] — 列出用户；/users approve、disable、enable、quota、allow、deny (用户)
      /accounts — 智能体的账号及按钮：添加、启用、停用、清除限制、优先级、统计、删除（仅私聊） (账号)
      /session — 管理员私聊时为账号，其余同 /sessions"
    `);
  });

  it.each(languages)('stand in menus, those of admins in theirs alone (%s)', (language) => {
    const common = menuOf(botCommands, language, false).map(({ command }) => command);
    const all = menuOf(botCommands, language, true).map(({ command }) => command);
    expect(all.filter((name) => !common.includes(name))).toEqual(['users', 'accounts']);
    for (const { description } of menuOf(botCommands, language, true))
      expect(description.length).toBeLessThanOrEqual(256);
  });
});

describe('the language of a person', () => {
  it.each([
    ['zh', 'en', 'auto', 'zh'],
    ['en', 'zh-hans', 'zh', 'en'],
    [null, 'zh-hans', 'auto', 'zh'],
    [null, 'zh', 'auto', 'zh'],
    [null, 'ZH-TW', 'auto', 'zh'],
    [null, 'de', 'auto', 'en'],
    [null, 'zhx', 'auto', 'en'],
    [null, null, 'auto', 'en'],
    [null, 'en', 'zh', 'zh'],
    [null, 'zh', 'en', 'en'],
  ] as const)('chosen %s, client %s, setting %s: %s', (chosen, client, setting, language) => {
    expect(languageOf(chosen, client, setting)).toBe(language);
  });
});
