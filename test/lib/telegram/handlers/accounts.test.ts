// `/accounts` and `/session`: admins see and change accounts in a private chat, nobody else does, and no secret is said.

import { describe, expect, it } from 'vitest';
import { ada, type BotStage, openBotStage } from '../../../support/bot-stage.ts';

const secret = 'sk-ant-a-secret-of-the-chat-0123456789';
const root = { ...ada, id: '9', name: 'Root' };
const asRoot = { from: root, chat: { id: '9', kind: 'private' as const, title: null } };
const inGroup = { from: root, chat: { id: '-70', kind: 'group' as const, title: 'Team' } };

async function openStage(): Promise<BotStage> {
  const stage = openBotStage();
  const { accounts } = stage.parts;
  await accounts.add('main', { agent: 'claude', api_key: secret, priority: 9 });
  await accounts.add('spare', { agent: 'claude', api_key: secret, group: 'team', max_runs: 2 });
  return stage;
}
const press = (stage: BotStage, detail: string, fields = asRoot as object) => stage.presses(`ac:::${detail}`, fields);

describe('the list', () => {
  it.each(['/accounts', '/session'])(
    '%s shows an admin each account, its state and how one is added',
    async (command) => {
      const stage = await openStage();
      await stage.parts.accounts.noteRefusal('spare', {
        kind: 'wall',
        modelFamily: null,
        window: null,
        resetsAt: stage.clock.now() + 3_600_000,
      });
      const [text] = await stage.says(command, asRoot);
      expect(text).toContain('2 accounts:\nmain 🟢 ready · claude · priority 9\nspare 🟡 limited until');
      expect(text).toContain('group team · at most 2 at once');
      expect(text).toContain('ccdispatch accounts add <name> --api-key -');
      expect(stage.keyboard()).toEqual([['main'], ['spare'], ['💬 Add one here after all']]);
    },
  );

  it('tells of which models an account is limited, and each of its limits in the reader’s language', async () => {
    const stage = await openStage();
    const wall = { kind: 'wall', modelFamily: 'opus', resetsAt: stage.clock.now() + 3_600_000 } as const;
    await stage.parts.accounts.noteRefusal('spare', { ...wall, window: 'seven_day_opus' });
    await stage.parts.accounts.noteRefusal('spare', { ...wall, modelFamily: 'default', window: 'odd_one' });
    const [text] = await stage.says('/accounts', asRoot);
    expect(text).toMatch(/^spare 🟡 limited for opus until .+, 🟡 limited for the default model until /m);
    await press(stage, 's-spare');
    expect(stage.sentSince(0).at(-1)).toMatch(/^• weekly limit, opus, until .+\n• odd_one, the default model, until /m);
    const inChinese = { ...asRoot, from: { ...root, languageCode: 'zh-hans' } };
    expect((await stage.says('/accounts', inChinese))[0]).toMatch(/^spare 🟡 opus 受限至 .+, 🟡 默认模型 受限至 /m);
    await press(stage, 's-spare', inChinese);
    expect(stage.sentSince(0).at(-1)).toMatch(/^• 每周限额，opus，至 .+\n• odd_one，默认模型，至 /m);
    await stage.parts.accounts.noteRefusal('spare', { ...wall, modelFamily: null, window: 'five_hour' });
    await press(stage, 's-spare');
    expect(stage.sentSince(0).at(-1)).toContain('• five-hour limit, all models, until ');
    expect((await stage.says('/accounts', asRoot))[0]).toMatch(/^spare 🟡 limited until [^,]+$/m);
  });

  it('says how one is added where there are none', async () => {
    const stage = openBotStage();
    const [text] = await stage.says('/accounts', asRoot);
    expect(text).toContain('There are no accounts');
    expect(text).toContain('ccdispatch accounts add <name> --api-key -');
    expect(stage.keyboard()).toEqual([['💬 Add one here after all']]);
  });

  it('is for admins alone, and for private chats alone', async () => {
    const stage = await openStage();
    expect((await stage.says('/accounts')).join()).not.toContain('main');
    expect(await stage.says('/accounts', inGroup)).toEqual(['Write that to me in private.']);
    // For others, and in groups, the word means their sessions.
    for (const fields of [{}, inGroup]) {
      const text = (await stage.says('/session', fields)).join();
      expect(text).toBe((await stage.says('/sessions', fields)).join());
      expect(text).not.toContain('main');
    }
  });
});

describe('a button', () => {
  it('opens an account with all that can be done', async () => {
    const stage = await openStage();
    expect(await press(stage, 's-main')).toBe('');
    expect(stage.keyboard()).toEqual([
      ['⚪️ Disable', '🔄 Reset limits'],
      ['➖ 8', '➕ 10'],
      ['📊 Statistics', '🗑 Delete'],
    ]);
  });

  it('disables, enables, resets, and sets the priority; a second press comes to the same', async () => {
    const stage = await openStage();
    const { accounts } = stage.parts;
    for (let n = 0; n < 2; n++) await press(stage, 'd-main');
    expect(accounts.get('main').active).toBe(false);
    expect(stage.sentSince(0).at(-1)).toContain('⚪️ disabled');
    for (const _ of [1, 2]) {
      await accounts.noteRefusal('main', { kind: 'auth', modelFamily: null, window: null, resetsAt: null });
    }
    for (let n = 0; n < 2; n++) await press(stage, 'e-main');
    expect([accounts.get('main').active, accounts.state('main').refused_at]).toEqual([true, null]);
    await accounts.noteRefusal('main', { kind: 'wall', modelFamily: null, window: null, resetsAt: null });
    await press(stage, 'r-main');
    expect(accounts.state('main').limits).toEqual([]);
    for (let n = 0; n < 2; n++) await press(stage, 'p10-main');
    expect(accounts.get('main').priority).toBe(10);
    await press(stage, 'p999-main');
    expect(accounts.get('main').priority).toBe(100);
    expect(stage.wakes()).toBeGreaterThan(0);
  });

  it('shows statistics', async () => {
    const stage = await openStage();
    await press(stage, 'u-main');
    expect(stage.sentSince(0).at(-1)).toMatch(/Today: 0 runs, 0 completed, 0 failed .+\nIn all: 0 runs/);
  });

  it('deletes only after it was asked once more', async () => {
    const stage = await openStage();
    await press(stage, 'x-main');
    expect(stage.parts.accounts.find('main')).not.toBe(null);
    expect(stage.keyboard()).toEqual([['🗑 Delete for good']]);
    await press(stage, 'y-main');
    expect(stage.parts.accounts.find('main')).toBe(null);
    expect(await press(stage, 'y-main')).toBe('This account is not there any more.');
  });

  it.each(['', 'q-main', 'p-main', 'main', 's-'])(
    'with data that none of ours carries does nothing: %j',
    async (detail) => {
      const stage = await openStage();
      expect(await press(stage, detail)).toMatch(/not work any more|not there any more/);
    },
  );

  it('does nothing for others, nor in a group', async () => {
    const stage = await openStage();
    expect(await press(stage, 'd-main', {})).toBe('Only admins may do that.');
    expect(await press(stage, 'd-main', inGroup)).toBe('Only in a private chat.');
    expect(stage.parts.accounts.get('main').active).toBe(true);
  });
});

it('says the same in Chinese, and never a secret', async () => {
  const stage = openBotStage({ users: { 9: { enabled: true, role: 'admin', language: 'zh' } } });
  await stage.parts.accounts.add('main', { agent: 'claude', api_key: secret });
  await stage.says('/accounts', asRoot);
  for (const detail of ['s-main', 'u-main', 'd-main', 'e-main', 'r-main', 'p4-main', 'x-main'])
    await press(stage, detail);
  const said = stage.sentSince(0);
  for (const text of said) expect(text).toMatch(/\p{Script=Han}/u);
  expect(JSON.stringify(stage.calls)).not.toContain(secret);
});
