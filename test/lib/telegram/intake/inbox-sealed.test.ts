// Updates that nobody may read on disk: sealed from before they are kept until after they are done, and then gone.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAccounts } from '../../../../src/lib/accounts/store.ts';
import { systemDisk } from '../../../../src/lib/adapters/disk.ts';
import type { Files } from '../../../../src/lib/adapters/files.ts';
import { beginDialogue } from '../../../../src/lib/telegram/adding/dialogue.ts';
import { type Dialogues, openDialogues, privacyOf } from '../../../../src/lib/telegram/adding/dialogues.ts';
import { createInbox, type Inbox, type InboxEntry } from '../../../../src/lib/telegram/intake/inbox.ts';
import { filesWith } from '../../../support/e2e.ts';
import { makeHome, type TestHome } from '../../../support/home.ts';
import { day, jumpingClock, notingLog, textUpdate } from './updates.ts';

const secret = 'sk-ant-a-secret-in-the-inbox-0123456789';
const botId = '700';
const clock = jumpingClock(Date.now());
const log = notingLog();

let home: TestHome;
let inbox: Inbox;
let folder: string;
let dialogues: Dialogues;

const safeOf = () => createAccounts({ ...home, clock, disk: systemDisk, env: { HOME: home.outside } }).safe;
const open = (files: Files = home.files) =>
  createInbox({ files, paths: home.paths, clock, log, botId, privacy: privacyOf(dialogues, safeOf(), botId) });
const idsOf = (entries: InboxEntry[]) => entries.map(({ update_id }) => update_id);
/** An update of the private chat in which a secret is asked for, and one of any other. */
const told = (id: number, text = secret) => textUpdate(id, text, { chat: { id: 9, type: 'private' } });
const other = (id: number, text = 'hello') => textUpdate(id, text, { chat: { id: 8, type: 'private' } });
const leaks = () => filesWith(home.home, [secret]).map((file) => path.relative(folder, file));

beforeEach(async () => {
  home = makeHome();
  folder = path.join(home.home, 'inbox', botId);
  log.lines.length = 0;
  dialogues = openDialogues({ ...home, clock, log }, botId);
  await safeOf().makeReady();
  await dialogues.save(
    beginDialogue({ id: 'abc123', userId: '9', threadId: null, language: 'en', updateId: 0 }, clock.now()),
  );
  inbox = open();
});

describe('an update of an open dialogue', () => {
  it('is sealed on disk, and as it came for whoever acts on it, in this process and the next', async () => {
    expect(await inbox.keep([told(1)])).toMatchObject([{ update_id: 1, update: told(1) }]);
    expect(leaks()).toEqual([]);
    expect(fs.readFileSync(path.join(folder, '1.json'), 'utf8')).toContain('aes-256-gcm:');
    expect(inbox.find(1)?.update).toEqual(told(1));
    expect(open().pending()).toMatchObject([{ update: told(1) }]);
    expect(await open().keep([told(1)])).toEqual([]);
  });

  it('stays sealed when it is planned, and when it is done as any other', async () => {
    await inbox.keep([told(1)]);
    await inbox.plan(1, { task: 'a' }, [2]);
    expect(open().pending()).toMatchObject([{ update: told(1), plan: { task: 'a' }, part_ids: [2] }]);
    inbox.done([1]);
    expect(inbox.find(1)).toMatchObject({ update: told(1), plan: { task: 'a' } });
    expect(leaks()).toEqual([]);
  });

  it('that is forgotten leaves nothing of itself but that it came', async () => {
    await inbox.keep([told(1), other(2), told(3), other(4)]);
    inbox.done([1, 3], true);
    inbox.done([1, 3], true);
    expect(filesWith(folder, ['aes-256-gcm', secret])).toEqual([]);
    expect(idsOf(inbox.pending())).toEqual([2, 4]);
    expect(inbox.find(1)).toMatchObject({ update_id: 1, update: { update_id: 1 } });
    expect(inbox.find(1)?.update).toEqual({ update_id: 1 });
    expect(await open().keep([told(1), told(3)])).toEqual([]);
  });

  it('is in no batch with others, in the order of coming all the same', async () => {
    expect(idsOf(await inbox.keep([other(4), told(3), other(2), told(1)]))).toEqual([1, 2, 3, 4]);
    const batch = fs.readdirSync(folder).find((name) => name.startsWith('batch-')) ?? '';
    expect(fs.readFileSync(path.join(folder, batch), 'utf8')).not.toContain('aes-256-gcm');
    expect(idsOf(open().pending())).toEqual([1, 2, 3, 4]);
    expect(leaks()).toEqual([]);
  });

  it('of others, or once the dialogue is long over, is kept as ever', async () => {
    await inbox.keep([other(1, secret)]);
    expect(leaks()).toEqual(['1.json']);
    dialogues.remove('9');
    await inbox.keep([told(2)]);
    expect(leaks().sort()).toEqual(['1.json', '2.json']);
  });

  it('cannot be opened in the place of another', async () => {
    await inbox.keep([told(1)]);
    await inbox.keep([told(2, 'harmless')]);
    const at = (id: number) => JSON.parse(fs.readFileSync(path.join(folder, `${id}.json`), 'utf8'));
    fs.writeFileSync(path.join(folder, '2.json'), JSON.stringify({ ...at(2), sealed: at(1).sealed }));
    expect(idsOf(open().pending())).toEqual([1]);
    expect(log.lines.join()).toContain('A sealed update cannot be opened');
  });
});

describe('a key that is not there', () => {
  it('when an update comes: it is acted on, and nothing of it is kept', async () => {
    fs.rmSync(home.paths.key);
    expect(await inbox.keep([told(1)])).toMatchObject([{ update: told(1) }]);
    expect(leaks()).toEqual([]);
    expect(log.lines.join()).toContain('An update could not be sealed; it is not kept.');
    expect(open().pending()).toMatchObject([{ update: { update_id: 1 } }]);
  });

  it.each([
    ['readable by others', () => fs.chmodSync(home.paths.key, 0o644), () => fs.chmodSync(home.paths.key, 0o600)],
    [
      'away',
      () => fs.renameSync(home.paths.key, `${home.paths.key}.away`),
      () => fs.renameSync(`${home.paths.key}.away`, home.paths.key),
    ],
  ])('or is %s, at the next start: the update waits until it is back', async (_, spoil, mend) => {
    await inbox.keep([told(1)]);
    spoil();
    expect(open().pending()).toEqual([]);
    expect(open().find(1)).toBeNull();
    mend();
    expect(open().pending()).toMatchObject([{ update: told(1) }]);
    expect(log.lines.join()).not.toContain(secret);
  });
});

it('an update that cannot be opened for a day is forgotten', async () => {
  await inbox.keep([told(1)]);
  fs.rmSync(home.paths.key);
  expect(open().pending()).toEqual([]);
  expect(filesWith(folder, ['aes-256-gcm'])).toHaveLength(1);
  clock.advance(day + 1);
  expect(open().pending()).toEqual([]);
  expect(filesWith(folder, ['aes-256-gcm'])).toEqual([]);
  expect(await open().keep([told(1)])).toEqual([]);
});

it('a disk that fails in the middle leaves none of them known', async () => {
  let writes = 0;
  const files: Files = {
    ...home.files,
    async replace(file, text) {
      if (++writes > 2) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await home.files.replace(file, text);
    },
  };
  await expect(open(files).keep([told(1), other(2), told(3), other(4)])).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(inbox.pending()).toEqual([]);
  expect(idsOf(await inbox.keep([told(1), other(2), told(3), other(4)]))).toEqual([1, 2, 3, 4]);
});
