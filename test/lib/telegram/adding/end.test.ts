// The end of the dialogue that adds an account: by word, by time, and by a crash, after which it goes on.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lifetimeMs, lingerMs } from '../../../../src/lib/telegram/adding/dialogue.ts';
import { openDialogues } from '../../../../src/lib/telegram/adding/dialogues.ts';
import { createAddingWatch } from '../../../../src/lib/telegram/adding/watch.ts';
import { asRoot, dialogueOf, expectSafe, openAt, secret } from '../../../support/adding-stage.ts';
import { filesWith } from '../../../support/e2e.ts';

describe('its end', () => {
  it.each(['/cancel', '取消', 'cancel'])('%s ends it, and keeps nothing', async (word) => {
    const stage = await openAt('priority');
    expect(await stage.writes(word)).toContain('Cancelled: no account was added');
    expect(dialogueOf(stage)).toMatchObject({ outcome: 'cancelled', name: null, secret: null });
    expect(stage.parts.accounts.list()).toEqual([]);
    expect(filesWith(stage.home.home, ['aes-256-gcm'])).toEqual([]);
  });

  it('the button does so, too, and then works no more', async () => {
    const stage = await openAt('secret');
    expect((await stage.taps('✖️ Cancel')).join()).toContain('Cancelled');
    expect(await stage.presses(stage.dataOf('✖️ Cancel'), asRoot)).toBe('That is not possible any more.');
  });

  it('comes by itself, once, in the language of who began it; the bot away meanwhile or not', async () => {
    const stage = await openAt('secret');
    const watch = createAddingWatch(stage.parts);
    await watch();
    expect(dialogueOf(stage)).toMatchObject({ outcome: null });
    await stage.clock.pass(lifetimeMs + 1);
    const from = stage.calls.length;
    // A watch that has just begun leaves time for answers that wait at Telegram.
    await createAddingWatch(stage.parts)();
    expect(stage.sentSince(from)).toEqual([]);
    await watch();
    await watch();
    expect(stage.sentSince(from)).toEqual([expect.stringContaining('No answer for 10 minutes: ended.')]);
    await stage.clock.pass(lingerMs + 1);
    await watch();
    expect([dialogueOf(stage), stage.parts.dialogues.all()]).toEqual([null, []]);
  });

  it('is told to who answers too late; a key is not taken for a request, anything else is', async () => {
    const stage = await openAt('secret');
    await stage.clock.pass(lifetimeMs + 1);
    const said = await stage.says(secret, asRoot);
    expect(said[0]).toContain('No answer for 10 minutes');
    expect(said[1]).toContain('🧹 Your message is deleted.\n\nThat looks like a key, but no account is being added');
    expect(stage.isForgotten()).toBe(true);
    expect(await stage.writes(secret)).toContain('That looks like a key');
    expectSafe(stage);
    await stage.says('write a poem', asRoot);
    expect(stage.fixed()).toMatchObject({ kind: 'task' });
    expect(stage.isForgotten()).toBe(false);
  });

  it('an answer that was sent in time counts, however late it comes', async () => {
    const stage = await openAt('secret');
    const sentAt = stage.clock.now();
    await stage.clock.pass(5 * lifetimeMs);
    expect(await stage.writes(secret, { sentAt })).toContain('The key is kept encrypted.');
  });

  it('an answer that was sent in time, but came after the end was told, is no request either', async () => {
    const stage = await openAt('secret');
    const sentAt = stage.clock.now();
    const watch = createAddingWatch(stage.parts);
    await stage.clock.pass(lifetimeMs + 1);
    await watch();
    expect(await stage.writes('cancel', { sentAt })).toContain('No answer for 10 minutes: ended.');
    expect(await stage.writes(secret, { sentAt })).toContain('🧹 Your message is deleted.');
    expect([stage.isForgotten(), stage.fixed()]).toEqual([true, null]);
    expectSafe(stage);
  });

  it('what was sent before it began, or was planned as a request, is no answer', async () => {
    const stage = await openAt('name');
    await stage.says('write a poem', { ...asRoot, updateId: 1 });
    await stage.says('another poem', asRoot, { kind: 'task', task_id: 'task-9-5' });
    expect(dialogueOf(stage)).toMatchObject({ name: null });
  });
});

describe('a replay after a crash', () => {
  it('of each answer says the same once more, and takes it once', async () => {
    const stage = await openAt('secret');
    const said = await stage.writes(secret, { updateId: 400, messageId: 40 });
    const before = dialogueOf(stage);
    expect(await stage.writes(secret, { updateId: 400, messageId: 40 })).toContain(said.split('\n\n').at(-1));
    expect(dialogueOf(stage)).toEqual(before);
    // It is not certain that it was deleted before.
    expect(stage.deleted()).toHaveLength(2);
    expect(stage.isForgotten()).toBe(true);
  });

  it.each(['before', 'after'])('of the last answer, killed %s the account was written', async (moment) => {
    const stage = await openAt('priority');
    const { parts } = stage;
    const data = stage.dataOf('9');
    const saved: string[] = [];
    const dialogues = { ...parts.dialogues };
    // What the disk holds at the kill: the answer is taken, the end is not.
    parts.dialogues.save = async (dialogue) => {
      if (dialogue.outcome !== null) throw new Error('killed');
      saved.push(dialogue.id);
      await dialogues.save(dialogue);
    };
    await expect(stage.presses(data, { ...asRoot, updateId: 500 })).rejects.toThrow('killed');
    expect(saved).toHaveLength(1);
    if (moment === 'before') await parts.accounts.remove('main');
    parts.dialogues = openDialogues({ ...stage.home, clock: stage.clock, log: parts.log }, '7');
    const from = stage.calls.length;
    await stage.presses(data, { ...asRoot, updateId: 500 });
    expect(stage.sentSince(from)).toEqual([expect.stringContaining('The account main is there')]);
    await stage.presses(data, { ...asRoot, updateId: 500 });
    expect(parts.accounts.list().map(({ name }) => name)).toEqual(['main']);
    expect(parts.accounts.secretsOf(parts.accounts.get('main')).api_key).toBe(secret);
    expectSafe(stage);
  });

  it('goes on from what is on disk; a record that does not parse has ended, and is still kept sealed', async () => {
    const stage = await openAt('priority');
    const open = () => openDialogues({ ...stage.home, clock: stage.clock, log: stage.parts.log }, '7');
    expect(open().find('9')).toEqual(dialogueOf(stage));
    const [file = ''] = filesWith(stage.home.home, ['"user_id":"9"']);
    // What was being written at the kill may hold what is wiped later.
    const unfinished = path.join(path.dirname(file), '.tmp-1-1-9.json');
    fs.copyFileSync(file, unfinished);
    open();
    expect(fs.existsSync(unfinished)).toBe(false);
    fs.truncateSync(file, 40);
    expect(open().find('9')).toMatchObject({ outcome: 'expired', secret: null });
  });
});
