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
    const buttons = ['✅ Let in', '🚫 No'];
    expect(stage.announced('9')).toEqual([{ text: 'Eve *[x] (6) wants to use this bot.', buttons }]);
    expect(stage.announced('8')).toEqual([
      { text: 'Eve *[x]（6）想使用这个机器人。', buttons: ['✅ 同意', '🚫 拒绝'] },
    ]);
    expect(stage.announced('7')).toEqual([]);
    // Handled again after a crash, the same question is not put twice.
    await stage.says('/register', { ...asEve, updateId: 60 });
    expect(stage.announced('9')).toHaveLength(1);
    // Twice more he hears that it came through, and once of whatever else he sends; the admins hear nothing of it.
    const again = ['我今天已经问过了，还没有人答复。'];
    expect(await stage.says('/register', { ...asEve, updateId: 61 })).toEqual(again);
    expect(await stage.says('hello?', asEve)).toHaveLength(1);
    expect(await stage.says('/register', { ...asEve, updateId: 62 })).toEqual(again);
    for (const text of ['/register', '注册', 'hello?', '/register', '/start']) {
      expect(await stage.says(text, asEve)).toEqual([]);
    }
    expect(stage.announced('9')).toHaveLength(1);
    await stage.clock.sleep(86_400_000);
    expect(await stage.says('/register', asEve)).toContain('我已经转告管理员，有结果会告诉你。');
    expect(await stage.says('/register', asEve)).toEqual(again);
    expect(stage.announced('9')).toHaveLength(2);
    expect(sentTo(stage, '9')).toEqual([]);
  });

  it('where there is no admin says who can help', async () => {
    const stage = openBotStage({ users: { 5: { name: 'Ada', enabled: true } } });
    expect(await stage.says('/register', { ...asEve, from: { ...eve, languageCode: 'en' } })).toEqual([
      'I have noted it, but there is no admin whom I could ask. Tell whoever runs this bot: ccdispatch users approve 6',
    ]);
  });

  it('of one more than may wait says so, and asks nobody', async () => {
    const stage = openBotStage();
    for (let id = 100; id < 120; id++) {
      await stage.parts.users.register({ userId: String(id), name: 'Crowd', languageCode: null });
    }
    const full = ['Too many people wait to be let in at the moment. Try again tomorrow.'];
    const eve = { ...asEve, from: { ...asEve.from, languageCode: 'en' } };
    for (const answer of [full, full, []]) expect(await stage.says('/register', eve)).toEqual(answer);
    expect(stage.announced('9')).toEqual([]);
  });

  it('of somebody known needs nobody', async () => {
    expect(await openBotStage().says('/register')).toEqual(['I know you. /help lists what I can do.']);
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
    const welcome = { text: '欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。', buttons: [] };
    expect(stage.announced('6')).toEqual([welcome]);
    expect(sentTo(stage, '9').at(-1)).toBe('Eve *[x] was let in by Root.');
    expect(stage.calls.at(-1)).toMatchObject({ method: 'editReplyMarkup', request: { messageId: 50, markup: null } });
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: '6', spell: 1 }] });
    expect(await stage.presses('ud::0:6', asRoot)).toBe('That is not possible any more.');
    expect(stage.parts.users.find('6')?.enabled).toBe(true);
    await stage.presses('ua::0:6', asRoot, stage.fixed());
    expect(stage.announced('6')).toEqual([welcome]);
  });

  it('tell whom they let in once, also where that was cut short', async () => {
    const stage = await open();
    const plan = { kind: 'control', targets: [{ id: '6', spell: 1 }] };
    await stage.parts.users.change('6', { enabled: true }, '9');
    for (let times = 0; times < 2; times++) await stage.presses('ua::0:6', { ...asRoot, updateId: 70 }, plan);
    expect(stage.announced('6')).toHaveLength(1);
  });

  it('keep somebody out, who hears nothing', async () => {
    const stage = await open();
    await stage.presses('ud::0:6', asRoot);
    expect(stage.parts.users.find('6')?.enabled).toBe(false);
    expect(sentTo(stage, '9').at(-1)).toBe('Eve *[x] was not let in (Root).');
    expect(stage.announced('6')).toEqual([]);
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
    expect(stage.announced('6').map(({ text }) => text)).toEqual([expect.stringMatching(/^欢迎/)]);
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
