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
      renderHelp(botCommands, { person: { role, enabled: true } as never, language, texts: botTextsOf(language) });
    expect(help('user')).not.toContain('/users');
    expect(help('admin')).toContain('/users');
    expect(help('admin').split('\n')).toHaveLength(botCommands.length + 2);
  });

  it('/help in English', () => {
    const texts = botTextsOf('en');
    const person = { role: 'admin', enabled: true } as never;
    expect(renderHelp(botCommands, { person, language: 'en', texts })).toMatchInlineSnapshot(`
      "What I understand:

      /cad \\<prompt\\> — give me a task (--ali --agent-teams --yolo --priority --agent --model)
      /tasks — what waits and runs (任务)
      /history — what ended last (历史)
      /cancel \\[id\\] — end a task (取消)
      /retry \\[id\\] — run an ended task once more (重试)
      /logs \\[id\\] — what the agent did (日志)
      /why \\[id\\] — what a task waits for (原因)
      /status — how busy it is (状态)
      /stats — the last 30 days in figures (统计)
      /lang en\\|zh — the language I speak with you (语言)
      /ping — whether I am there
      /help — this list (帮助)
      /start — how to begin (开始)
      /quota — what you have used today (配额)
      /register — ask to be let in (注册)
      /users \\[…\\] — list people; /users approve, disable, enable, quota, allow, deny (用户)"
    `);
  });

  it('/help in Chinese', () => {
    const texts = botTextsOf('zh');
    const person = { role: 'admin', enabled: true } as never;
    expect(renderHelp(botCommands, { person, language: 'zh', texts })).toMatchInlineSnapshot(`
      "我能听懂：

      /cad \\<要做的事\\> — 交给我一个任务（--ali --agent-teams --yolo --priority --agent --model）
      /tasks — 等待中和运行中的任务 (任务)
      /history — 最近结束的任务 (历史)
      /cancel \\[编号\\] — 结束一个任务 (取消)
      /retry \\[编号\\] — 再运行一次已结束的任务 (重试)
      /logs \\[编号\\] — 智能体做了什么 (日志)
      /why \\[编号\\] — 任务在等什么 (原因)
      /status — 现在有多忙 (状态)
      /stats — 最近 30 天的数字 (统计)
      /lang zh\\|en — 我和你交流的语言 (语言)
      /ping — 我在不在
      /help — 这个列表 (帮助)
      /start — 如何开始 (开始)
      /quota — 你今天的用量 (配额)
      /register — 申请使用 (注册)
      /users \\[…\\] — 列出用户；/users approve、disable、enable、quota、allow、deny (用户)"
    `);
  });

  it.each(languages)('stand in menus, those of admins in theirs alone (%s)', (language) => {
    const common = menuOf(botCommands, language, false).map(({ command }) => command);
    const all = menuOf(botCommands, language, true).map(({ command }) => command);
    expect(all.filter((name) => !common.includes(name))).toEqual(['users']);
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
