// Adding an account from the chat: the whole dialogue, everything that can be wrong in it, and where its secret never is.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  asRoot,
  dialogueOf,
  english,
  expectSafe,
  inGroup,
  openAt,
  openStage,
  secret,
} from '../../../support/adding-stage.ts';

describe('the whole dialogue', () => {
  it('asks step by step, adds the account, and offers to try it', async () => {
    const stage = openStage();
    const [list] = await stage.says('/accounts', asRoot);
    expect(list).toContain('ccdispatch accounts add <name> --api-key -');
    const shown = [
      ...(await stage.taps(english.here)),
      await stage.writes('main'),
      ...(await stage.taps('claude')),
      ...(await stage.taps(english.url)),
      await stage.writes('https://api.example.com'),
      await stage.writes(secret, { messageId: 777 }),
    ];
    const wakes = stage.wakes();
    shown.push(...(await stage.taps('9')));
    expect(shown).toMatchInlineSnapshot(`
      [
        "➕ A new account, in a few steps. It ends by itself after 10 minutes without an answer; /cancel ends it now.

      What is it to be called? Up to 32 small letters, digits, - and _.",
        "Which agent works with it?",
        "What does it log in with?",
        "What is the base URL of the service? For example https://api.example.com",
        "🔑 Send the key now, alone in one message. It is kept encrypted, and I delete your message. Telegram will have seen it all the same; the shell keeps it out of the chat.",
        "🔒 The key is kept encrypted.

      🧹 Your message is deleted.

      Which priority, from 0 to 100? The highest goes first.",
        "✅ The account main is there: claude, priority 9. What waited for an account goes on.",
      ]
    `);
    expect(stage.deleted()).toEqual([{ chatId: '9', messageId: 777 }]);
    const { accounts } = stage.parts;
    const account = accounts.get('main');
    expect(account).toMatchObject({ agent: 'claude', priority: 9, active: true });
    expect(account.credentials.base_url).toBe('https://api.example.com');
    expect(accounts.secretsOf(account)).toEqual({ api_key: secret, auth_token: null, secret_env: {} });
    expect(stage.wakes()).toBeGreaterThan(wakes);
    expect(await stage.taps('🧪 Try it')).toEqual(['🧪 Trying main with one tiny call …', '✅ main works.']);
    expectSafe(stage);
  });

  it('with a key alone asks for no URL; answers may be typed as well', async () => {
    const stage = await openAt('agent');
    await stage.writes('CODEX');
    await stage.taps('🔑 API key');
    await stage.writes(secret);
    expect(await stage.writes('70')).toContain('✅ The account main is there: codex, priority 70.');
    expect(stage.parts.accounts.get('main')).toMatchObject({ agent: 'codex', priority: 70 });
    expect(stage.parts.accounts.get('main').credentials.base_url).toBeNull();
  });

  it('in Chinese says all of it in Chinese', async () => {
    const users = { 9: { enabled: true, role: 'admin', language: 'zh' } };
    const stage = await openAt('priority', { users });
    await stage.writes('高');
    await stage.taps('5');
    await stage.taps('🧪 试一试');
    await stage.taps('💬 还是在这里添加');
    await stage.taps('✖️ 取消');
    for (const text of stage.sentSince(0)) expect(text).toMatch(/\p{Script=Han}/u);
    expectSafe(stage);
  });

  it('that a service refuses says what it said', async () => {
    const stage = openStage();
    await stage.parts.accounts.add('broken', { agent: 'claude', api_key: secret });
    const from = stage.calls.length;
    await stage.presses('ac:::t-broken', asRoot);
    expect(stage.sentSince(from).at(-1)).toBe("❌ broken does not work:\n\nit was 'refused'");
  });
});

describe('who and where', () => {
  it('others cannot begin, nor can anybody in a group', async () => {
    const stage = openStage();
    expect(await stage.presses('aa:::begin')).toBe('Only admins may do that.');
    expect(await stage.presses('aa:::begin', inGroup)).toBe('Only in a private chat.');
    expect(await stage.says('/accounts', inGroup)).toEqual(['Write that to me in private.']);
    expect(stage.parts.dialogues.all()).toEqual([]);
  });

  it('what the admin writes in a group is none of it', async () => {
    const stage = await openAt('name');
    await stage.says('/ping', inGroup);
    expect(stage.isForgotten()).toBe(false);
    expect(dialogueOf(stage)).toMatchObject({ name: null });
  });

  it('whoever is no admin any more ends it, and his secret is taken away all the same', async () => {
    const stage = await openAt('secret');
    fs.writeFileSync(stage.home.paths.users, JSON.stringify({ users: { 9: { name: 'Root', enabled: true } } }));
    expect(await stage.writes(secret)).toBe('🧹 Your message is deleted.\n\nOnly admins may do that.');
    expect(stage.isForgotten()).toBe(true);
    expect(dialogueOf(stage)).toMatchObject({ outcome: 'refused', secret: null });
    expectSafe(stage);
  });

  it('without a usable key for sealing nobody is asked for a secret', async () => {
    const stage = openStage();
    fs.writeFileSync(stage.home.paths.key, 'x', { mode: 0o644 });
    await stage.says('/accounts', asRoot);
    const [said] = await stage.taps(english.here);
    expect(said).toContain('chmod 600');
    expect(stage.parts.dialogues.all()).toEqual([]);
  });
});

describe('a wrong answer', () => {
  const photo = { text: '', files: [{ fileId: 'p', kind: 'photo' as const, name: null, mimeType: null, size: 1 }] };
  it.each([
    ['name', 'Not A Name', {}, 'That is no name for an account.'],
    ['name', 'spare', {}, 'There is an account of that name already.'],
    ['agent', 'gpt', {}, 'I cannot add an account for that agent here'],
    ['kind', 'a key', {}, 'Please press one of the buttons.'],
    ['url', 'not a url', {}, 'That is no http(s) URL'],
    ['secret', '\u200b', {}, 'That is no key'],
    ['secret', 'with a blank', {}, 'That is no key'],
    ['priority', 'high', {}, 'That is no priority.'],
    ['name', '', photo, 'I need text here, not a file.'],
    ['secret', 'caption', { files: photo.files }, 'I need text here, not a file.'],
    ['secret', secret, { isForwarded: true }, 'I take no answers from forwarded messages.'],
    ['name', '/unknown', {}, 'That is no name for an account.'],
  ] as const)('to %s of %j is told, and the same is asked again', async (step, text, fields, told) => {
    const stage = await openAt(step);
    await stage.parts.accounts.add('spare', { agent: 'claude', api_key: 'another-key-0123' });
    const before = dialogueOf(stage);
    const deletedBefore = stage.deleted().length;
    const asked = stage.sentSince(0).at(-1)?.split('\n\n').at(-1) ?? '';
    const said = await stage.writes(text, { ...fields, messageId: 500 });
    expect(said).toContain(`⚠️ ${told}`);
    expect(said.endsWith(asked)).toBe(true);
    expect(stage.isForgotten()).toBe(true);
    expect(dialogueOf(stage)).toEqual({ ...before, expires_at: expect.any(String) });
    // What was sent where the key was asked for may be one.
    expect(stage.deleted().slice(deletedBefore)).toEqual(step === 'secret' ? [{ chatId: '9', messageId: 500 }] : []);
    expect(said.includes('Your message is deleted')).toBe(step === 'secret');
  });

  it('that looks like a key is taken away at any question', async () => {
    const stage = await openAt('name');
    const said = await stage.writes(`it is ${secret}`, { messageId: 501 });
    expect(said).toContain('That is no name for an account.\n\n🧹 Your message is deleted.');
    expect(stage.deleted()).toEqual([{ chatId: '9', messageId: 501 }]);
    expectSafe(stage);
  });

  it('as an edit is told, and taken away where it may be the key', async () => {
    const stage = await openAt('name');
    expect((await stage.edits('main', asRoot)).join()).toContain('I do not read edits.');
    expect([stage.isForgotten(), stage.deleted()]).toEqual([true, []]);
    for (const answer of ['main', 'claude']) await stage.writes(answer);
    await stage.taps('🔑 API key');
    expect((await stage.edits(secret, asRoot)).join()).toContain('Your message is deleted.');
    expect(dialogueOf(stage)).toMatchObject({ name: 'main', secret: null });
    expectSafe(stage);
  });

  it('an edit outside of any dialogue says nothing', async () => {
    const stage = openStage();
    expect(await stage.edits('/ping', asRoot)).toEqual([]);
    expect(stage.isForgotten()).toBe(false);
  });

  it('in several parts is taken away whole', async () => {
    const stage = await openAt('secret');
    await stage.writes(`${secret} and more`, { messageId: 11, partOf: [1], partMessageIds: [12, 13] });
    expect(stage.deleted().map((one) => (one as { messageId: number }).messageId)).toEqual([11, 12, 13]);
  });

  it('by a button of another question, or of an earlier dialogue, does nothing', async () => {
    const stage = await openAt('kind');
    const before = dialogueOf(stage);
    const late = 'That is not possible any more.';
    for (const data of [stage.dataOf('claude'), 'aa:::abcdef-acodex', 'aa:::zzz', `aa:::${before?.id}-kwhat`])
      expect(await stage.presses(data, asRoot)).toBe(late);
    expect(dialogueOf(stage)).toEqual(before);
  });
});

describe('a message that cannot be deleted', () => {
  it('is said to be there still; trying again may help', async () => {
    const stage = await openAt('secret');
    stage.fails('deleteMessage', { kind: 'refused' }, { kind: 'ambiguous' });
    expect(await stage.writes(secret)).toContain('🔒 The key is kept encrypted.\n\n🧹 Your message is deleted.');
  });

  it.each([{ kind: 'rejected' as const }, { kind: 'rate' as const, retryAfterMs: 3_600_000 }])(
    'or not soon (%j) is told, and the key is taken all the same',
    async (reason) => {
      const stage = await openAt('secret');
      stage.fails('deleteMessage', reason);
      expect(await stage.writes(secret)).toContain('⚠️ I could not delete your message. Please delete it yourself.');
      expect(dialogueOf(stage)).toMatchObject({ secret: expect.stringContaining('aes-256-gcm:') });
    },
  );
});

describe('in the middle of it', () => {
  it.each(['/tasks', '／tasks', '/任务'])('the command %s is run, and the question asked again', async (command) => {
    const stage = await openAt('secret');
    const said = await stage.says(command, asRoot);
    expect(said).toHaveLength(2);
    expect(said[1]).toContain('You are still adding an account.\n\n🔑 Send the key now');
    expect(stage.isForgotten()).toBe(false);
    expect(dialogueOf(stage)).toMatchObject({ name: 'main', secret: null });
  });

  it('a word that is a command without its slash is an answer', async () => {
    const stage = await openAt('name');
    await stage.writes('tasks');
    expect(dialogueOf(stage)).toMatchObject({ name: 'tasks' });
  });

  it('a key that begins with a slash is a key', async () => {
    const stage = await openAt('secret');
    expect(await stage.writes('/0123456789abcdef+key')).toContain('The key is kept encrypted.');
  });

  it('a second one is not begun: the first goes on', async () => {
    const stage = await openAt('kind');
    const before = dialogueOf(stage);
    const [said] = await stage.taps(english.here);
    expect(said).toBe('You are adding an account already.\n\nWhat does it log in with?');
    expect(dialogueOf(stage)).toEqual(before);
  });

  it('another admin has a dialogue of his own; who comes second to a name chooses another and loses nothing', async () => {
    const stage = await openAt('priority');
    await stage.parts.accounts.add('main', { agent: 'claude', api_key: 'somebody-elses-key-01' });
    const [said] = await stage.taps('5');
    expect(said).toContain('⚠️ There is an account of that name already.\n\nWhat is it to be called?');
    expect(await stage.writes('main2')).toContain('The account main2 is there');
    const { accounts } = stage.parts;
    expect(accounts.secretsOf(accounts.get('main2')).api_key).toBe(secret);
    expect(accounts.secretsOf(accounts.get('main')).api_key).toBe('somebody-elses-key-01');
  });

  it('a file of accounts that is faulty is told; once it is mended the last answer is enough', async () => {
    const stage = await openAt('priority');
    fs.writeFileSync(stage.home.paths.accounts, '{');
    const said = await stage.taps('5');
    expect(said.join('\n')).toContain('accounts.json');
    expect(said.at(-1)).toContain('Which priority');
    fs.rmSync(stage.home.paths.accounts);
    expect((await stage.taps('5')).join()).toContain('The account main is there');
  });
});

describe('a key for sealing that is lost in the middle', () => {
  const lose = ({ home }: { home: { paths: { key: string } } }) => fs.rmSync(home.paths.key);
  const put = ({ home }: { home: { paths: { key: string } } }, key: string) =>
    fs.writeFileSync(home.paths.key, key, { mode: 0o600 });

  it('when the secret comes: that is deleted all the same, and asked for again', async () => {
    const stage = await openAt('secret');
    const key = fs.readFileSync(stage.home.paths.key, 'utf8');
    lose(stage);
    const said = await stage.says(secret, { ...asRoot, messageId: 502 });
    expect(said[0]).toContain('is missing');
    expect(said[1]).toContain('🧹 Your message is deleted.\n\n🔑 Send the key now');
    expect([stage.isForgotten(), stage.deleted()]).toEqual([true, [{ chatId: '9', messageId: 502 }]]);
    put(stage, key);
    expect(await stage.writes(secret)).toContain('The key is kept encrypted.');
  });

  it('when the account is to be added: the secret is asked for again', async () => {
    const stage = await openAt('priority');
    put(stage, 'ab'.repeat(32));
    const said = await stage.taps('5');
    expect(said[0]).toContain('is not the one that a secret on its way was sealed with');
    expect(said[1]).toContain('🔑 Send the key now');
    expect(await stage.writes(secret)).toContain('The account main is there');
    expect(stage.parts.accounts.secretsOf(stage.parts.accounts.get('main')).api_key).toBe(secret);
  });
});
