// `/register`, `/quota`, `/users`, and the buttons that let somebody in: who hears what, and what is written down.

import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../../src/lib/telegram/handlers/people.ts';
import { ada, type BotStage, openBotStage, textIn } from '../../../support/bot-stage.ts';

const eve = { ...ada, id: '6', name: 'Eve *[x]', languageCode: 'zh-hans' };
const root = { ...ada, id: '9', name: 'Root' };
const privateOf = (id: string) => ({ id, kind: 'private' as const, title: null });
const asEve = { from: eve, chat: privateOf('6') };
const asRoot = { from: root, chat: privateOf('9') };
const sentTo = (stage: BotStage, chatId: string) =>
  stage.calls.flatMap(({ method, request }) =>
    method === 'sendMessage' && request.chatId === chatId ? [textIn(request)] : [],
  );
const twoAdmins = {
  9: { name: 'Root', enabled: true, role: 'admin' },
  8: { name: '老板', enabled: true, role: 'admin', language: 'zh' },
  7: { name: 'Off', enabled: false, role: 'admin' },
};

describe('/register', () => {
  it('asks every admin in his language, once a day, and the one who asks hears of it', async () => {
    const stage = openBotStage({ users: twoAdmins });
    expect(await stage.says('/register', { ...asEve, updateId: 60 })).toContain('我已经转告管理员，有结果会告诉你。');
    expect(sentTo(stage, '9')).toEqual(['Eve *[x] (6) wants to use this bot.']);
    expect(sentTo(stage, '8')).toEqual(['Eve *[x]（6）想使用这个机器人。']);
    expect(sentTo(stage, '7')).toEqual([]);
    const keyboards = stage.calls.flatMap(({ request }) => (request.markup ? [request.markup] : []));
    expect(keyboards).toMatchInlineSnapshot(`
      [
        {
          "inline_keyboard": [
            [
              {
                "callback_data": "ua:::6",
                "text": "✅ 同意",
              },
              {
                "callback_data": "ud:::6",
                "text": "🚫 拒绝",
              },
            ],
          ],
        },
        {
          "inline_keyboard": [
            [
              {
                "callback_data": "ua:::6",
                "text": "✅ Let in",
              },
              {
                "callback_data": "ud:::6",
                "text": "🚫 No",
              },
            ],
          ],
        },
      ]
    `);
    // The one answer of the day, and then none.
    expect(await stage.says('/register', { ...asEve, updateId: 61 })).toEqual(['我已经问过了，还没有人答复。']);
    expect(await stage.says('/register', { ...asEve, updateId: 62 })).toEqual([]);
    expect(await stage.says('hello?', asEve)).toEqual([]);
    expect(sentTo(stage, '9')).toHaveLength(1);
  });

  it('of somebody known needs nobody', async () => {
    expect(await openBotStage().says('/register')).toEqual(['I know you. /help lists what I can do.']);
  });

  it('is answered although an admin cannot be reached', async () => {
    const stage = openBotStage({ users: twoAdmins });
    stage.fails('sendMessage', { kind: 'blocked' });
    await stage.says('/register', asEve);
    expect(sentTo(stage, '6')).toEqual(['我已经转告管理员，有结果会告诉你。']);
  });
});

describe('the buttons under the question', () => {
  const open = async () => {
    const stage = openBotStage({ users: { ...twoAdmins, 5: { name: 'Ada', enabled: true } } });
    await stage.says('/register', asEve);
    return stage;
  };

  it('let somebody in: told to him in his language, and to the admin; then they are gone', async () => {
    const stage = await open();
    expect(await stage.presses('ua::0:6', asRoot)).toBe('');
    expect(stage.parts.users.find('6')).toMatchObject({ name: 'Eve *[x]', enabled: true });
    expect(sentTo(stage, '6').at(-1)).toBe('欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。');
    expect(sentTo(stage, '9').at(-1)).toBe('Eve *[x] was let in by Root.');
    expect(stage.calls.at(-1)).toMatchObject({ method: 'editReplyMarkup', request: { messageId: 50, markup: null } });
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: '6', spell: 1 }] });
    expect(await stage.presses('ud::0:6', asRoot)).toBe('That is not possible any more.');
    expect(stage.parts.users.find('6')?.enabled).toBe(true);
    // After a crash what may not have been told is told once more.
    const before = sentTo(stage, '6').length;
    await stage.presses('ua::0:6', asRoot, stage.fixed());
    expect(sentTo(stage, '6')).toHaveLength(before);
    await stage.presses('ua::0:6', asRoot, { kind: 'control', targets: [{ id: '6', spell: 1 }] });
    expect(sentTo(stage, '6')).toHaveLength(before + 1);
  });

  it('keep somebody out, who hears nothing', async () => {
    const stage = await open();
    const before = sentTo(stage, '6').length;
    await stage.presses('ud::0:6', asRoot);
    expect(stage.parts.users.find('6')?.enabled).toBe(false);
    expect(sentTo(stage, '9').at(-1)).toBe('Eve *[x] was not let in (Root).');
    expect(sentTo(stage, '6')).toHaveLength(before);
  });

  it('do nothing for those who are no admins, or for nobody', async () => {
    const stage = await open();
    expect(await stage.presses('ua::0:6')).toBe('Only admins may do that.');
    expect(await stage.presses('ua::0:6', asEve)).toBe('');
    expect(await stage.presses('ua::0:66', asRoot)).toBe('That is not possible any more.');
    expect(await stage.presses('ua::0:', asRoot)).toBe('That is not possible any more.');
    expect(stage.parts.users.find('6')).toBeNull();
  });
});

describe('/users', () => {
  it.each([
    ['approve', [], { enabled: true }],
    ['enable', [], { enabled: true }],
    ['disable', [], { enabled: false }],
    ['quota', ['10'], { quota: { daily: 10 } }],
    ['quota', ['none'], { quota: { daily: null } }],
    ['quota', ['many'], null],
    ['quota', [], null],
    ['allow', ['ali', 'files'], { allow: ['ali', 'files'] }],
    ['deny', ['yolo'], { deny: ['yolo'] }],
    ['allow', [], null],
    ['remove', [], null],
  ] as const)('%s %j', (verb, words, change) => expect(changeOf(verb, words)).toEqual(change));

  it('lists people, and who asks to be let in, with buttons', async () => {
    const stage = openBotStage({ users: { ...twoAdmins, 5: { name: '', enabled: true, quota: { daily: 3 } } } });
    await stage.says('/register', asEve);
    expect(await stage.says('/users', asRoot)).toEqual([
      [
        '4 people:',
        '5 · 3 a day',
        '7 Off · admin · 🚫 switched off · ali agent-teams repo files approve codex',
        '8 老板 · admin · ali agent-teams repo files approve codex',
        '9 Root · admin · ali agent-teams repo files approve codex',
      ].join('\n'),
      'Eve *[x] (6) wants to use this bot.',
    ]);
    expect(stage.keyboard()).toEqual([['✅ Let in', '🚫 No']]);
  });

  it('changes people, and says what they may do then', async () => {
    const stage = openBotStage();
    const says = (text: string) => stage.says(text, asRoot);
    expect(await says('/users allow 5 ali files')).toEqual(['Changed: 5 Ada · ali files']);
    expect(await says('/users deny 5 ali')).toEqual(['Changed: 5 Ada · files']);
    expect(await says('/users quota 5 7')).toEqual(['Changed: 5 Ada · 7 a day · files']);
    expect(await says('/users disable 5')).toEqual(['Changed: 5 Ada · 🚫 switched off · 7 a day · files']);
    expect(await says('/users enable 5')).toEqual(['Changed: 5 Ada · 7 a day · files']);
    const wrong = await Promise.all(
      ['/users shout 5', '/users allow', '/users disable me', '/users disable 0'].map(says),
    );
    expect(new Set(wrong.flat())).toEqual(
      new Set([
        'Write it like this: /users approve 123456789 · disable · enable · quota 123456789 10 (none) · allow 123456789 ali files · deny 123456789 yolo',
      ]),
    );
    expect(await says('/users allow 5 *sudo*')).toEqual([
      '"*sudo*" is no feature. There are: ali, agent-teams, yolo, repo, files, approve, codex.',
    ]);
    expect((await says('/users quota 404 7'))[0]).toContain('404 is not known.');
  });

  it('tells whom it lets in, and which tasks go on of whom it keeps out', async () => {
    const stage = openBotStage();
    await stage.says('/register', asEve);
    await stage.says('/users approve 6', asRoot);
    expect(sentTo(stage, '6').at(-1)).toMatch(/^欢迎/);
    await stage.hasTask({ status: 'running', task_name: 'run *1*' });
    expect(await stage.says('/users disable 5', asRoot)).toEqual([
      'Changed: 5 Ada · 🚫 switched off',
      '1 task of this person still runs. What waits is not started any more.',
    ]);
    expect(stage.keyboard()).toEqual([['⏹ run *1*']]);
  });
});

describe('/quota', () => {
  it.each([
    [{}, 'Today: 0 tasks · $0.00 · 0 tokens · new at 2025-11-21 00:00 (UTC)'],
    [
      { daily: 10, cost_usd: 2.5, tokens: 200_000, concurrent: 3 },
      'Today: 0 of 10 tasks · $0.00 of $2.50 · 0 of 200.0k tokens · 3 at once · new at 2025-11-21 00:00 (UTC)',
    ],
  ])('%j', async (quota, answer) => {
    const stage = openBotStage({ users: { 5: { enabled: true, quota, time_zone: 'UTC' } } });
    expect(await stage.says('/quota')).toEqual([answer]);
  });

  it.each([
    [{ daily: 0 }, /^Your quota of 0 tasks a day is used up\. It is new at 2025-11-21 00:00 \(UTC\); /],
    [{ cost_usd: 0 }, /^Your quota of \$0\.00 a day is used up\. It is new at /],
    [{ tokens: 0 }, /^Your quota of 0 tokens a day is used up\. It is new at /],
    [
      { concurrent: 0 },
      /^Only 0 of your tasks may wait or run at once\. Try again when one has ended, or \/cancel one\.$/,
    ],
  ])('that is used up is said: %j', async (quota, answer) => {
    const stage = openBotStage({ users: { 5: { enabled: true, quota, time_zone: 'UTC' } } });
    const [text] = await stage.says('do it');
    expect(text).toMatch(answer);
    expect(stage.home.tasks.ids('5')).toEqual([]);
  });
});
