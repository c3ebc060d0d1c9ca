/** The inbox on a real disk: what is kept once, what is found again, and what a broken file or a full disk does. */

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../../../src/lib/adapters/files.ts';
import { createInbox, type Inbox, type InboxEntry } from '../../../../src/lib/telegram/intake/inbox.ts';
import { makeHome, type TestHome } from '../../../support/home.ts';
import { day, jumpingClock, notingLog, textUpdate } from './updates.ts';

let home: TestHome;
let inbox: Inbox;
let folder: string;
const clock = jumpingClock(Date.now());
const log = notingLog();
const idsOf = (entries: InboxEntry[]) => entries.map(({ update_id }) => update_id);
const open = (files: Files = home.files) => createInbox({ files, paths: home.paths, clock, log, botId: '700' });
const names = (sub = '') =>
  fs
    .readdirSync(path.join(folder, sub), { withFileTypes: true })
    .filter((found) => found.isFile())
    .map(({ name }) => name)
    .sort();

beforeEach(() => {
  home = makeHome();
  folder = path.join(home.home, 'inbox', '700');
  log.lines.length = 0;
  inbox = open();
});

describe('an update', () => {
  it('is kept once, as it came, and readable by its owner alone', async () => {
    const odd = textUpdate(7, 'a\0b \ud83d \u202e 中文');
    expect(await inbox.keep([odd])).toMatchObject([{ update_id: 7, update: odd, plan: null, part_ids: null }]);
    expect(await inbox.keep([odd])).toEqual([]);
    expect(open().pending()).toMatchObject([{ update_id: 7, update: odd }]);
    expect(names()).toEqual(['7.json']);
    expect(fs.statSync(path.join(folder, '7.json')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is kept once within a batch, too, and in order, whatever the order of coming', async () => {
    expect(idsOf(await inbox.keep([9, 11, 9, 10].map((id) => textUpdate(id))))).toEqual([9, 10, 11]);
    expect(idsOf(await inbox.keep([8, 10].map((id) => textUpdate(id))))).toEqual([8]);
    expect(idsOf(inbox.pending())).toEqual([8, 9, 10, 11]);
  });

  it('is known when it is done, also to the next process', async () => {
    await inbox.keep([textUpdate(1), textUpdate(2)]);
    inbox.done([1]);
    inbox.done([1]);
    expect(idsOf(inbox.pending())).toEqual([2]);
    expect(await open().keep([textUpdate(1)])).toEqual([]);
    expect(inbox.find(1)?.update).toEqual(textUpdate(1));
    expect([inbox.find(2)?.update_id, inbox.find(3)]).toEqual([2, null]);
  });

  it('keeps its plan and its parts, and the latest plan counts', async () => {
    await inbox.keep([textUpdate(1), textUpdate(2)]);
    await inbox.plan(1, { task: 'a' }, [2]);
    await inbox.plan(1, { task: 'b' }, [2]);
    expect(open().pending()).toMatchObject([
      { plan: { task: 'b' }, part_ids: [2] },
      { plan: null, part_ids: null },
    ]);
    inbox.done([2, 1]);
    expect(inbox.find(1)?.plan).toEqual({ task: 'b' });
    await expect(inbox.plan(1, {}, [])).rejects.toMatchObject({ code: 'not-found' });
  });

  it('without an id is passed over', async () => {
    const odd = [null, {}, { update_id: '5' }, { update_id: 1.5 }, { update_id: -1 }] as never[];
    expect(await inbox.keep([...odd, textUpdate(3)])).toMatchObject([{ update_id: 3 }]);
    expect(names()).toEqual(['3.json']);
  });
});

describe('a file that is not as it should be', () => {
  it('is set aside, and the others are found', async () => {
    for (const id of [1, 2, 3, 4, 5, 6]) await inbox.keep([textUpdate(id)]);
    const file = (id: number) => path.join(folder, `${id}.json`);
    fs.truncateSync(file(1), 40);
    fs.writeFileSync(file(2), '');
    fs.copyFileSync(file(4), file(3));
    fs.writeFileSync(file(5), JSON.stringify({ ...JSON.parse(fs.readFileSync(file(5), 'utf8')), part_ids: 'all' }));
    fs.writeFileSync(path.join(folder, 'notes.txt'), 'x');
    expect(idsOf(inbox.pending())).toEqual([4, 6]);
    expect(names('broken')).toEqual(['1.json', '2.json', '3.json', '5.json']);
    expect(log.lines.filter((line) => line.includes('set aside'))).toHaveLength(4);
    expect(names()).toEqual(['4.json', '6.json', 'notes.txt']);
  });

  it('is taken again when Telegram sends it again', async () => {
    await inbox.keep([textUpdate(1)]);
    fs.truncateSync(path.join(folder, '1.json'), 3);
    expect(inbox.pending()).toEqual([]);
    expect(idsOf(await inbox.keep([textUpdate(1)]))).toEqual([1]);
    expect(idsOf(inbox.pending())).toEqual([1]);
  });

  it('is left alone when a later version wrote it', async () => {
    await inbox.keep([textUpdate(1)]);
    fs.writeFileSync(path.join(folder, '1.json'), '{"schema_version":2}');
    expect(inbox.pending()).toEqual([]);
    expect(inbox.find(1)).toBeNull();
    expect(names()).toEqual(['1.json']);
  });

  it.runIf(process.getuid?.() !== 0)('cannot be read: the others can', async () => {
    await inbox.keep([textUpdate(1), textUpdate(2)]);
    fs.chmodSync(path.join(folder, '1.json'), 0o000);
    expect(idsOf(inbox.pending())).toEqual([2]);
  });
});

describe('a disk that fails', () => {
  const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

  /** Fails while it writes, or when it is written and waits for the disk. */
  const failingReplace = (isWritten: boolean): Files => ({
    ...home.files,
    async replace(file, text) {
      if (isWritten) await home.files.replace(file, text);
      throw full();
    },
  });

  /** Has room for so many files more. */
  function filesWithRoom(count: number): Files {
    let written = 0;
    return {
      ...home.files,
      link(file, name) {
        if (++written > count) throw full();
        home.files.link(file, name);
      },
    };
  }

  it.each([
    ['one update', 1, () => failingReplace(false)],
    ['one update, at the end', 1, () => failingReplace(true)],
    ['several', 4, () => failingReplace(false)],
    ['several, at the end', 4, () => failingReplace(true)],
    ['several, at the third', 4, () => filesWithRoom(2)],
  ] as const)('leaves nothing of %s, so that all is new the next time', async (_, count, filesOf) => {
    const updates = [1, 2, 3, 4].slice(0, count).map((id) => textUpdate(id));
    await expect(open(filesOf()).keep(updates)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(fs.existsSync(folder) ? names() : []).toEqual([]);
    expect(idsOf(await inbox.keep(updates))).toEqual(updates.map(({ update_id }) => update_id));
  });
});

describe('updates that came together', () => {
  const file = (id: number) => path.join(folder, `${id}.json`);
  const keepFour = async () => await inbox.keep([1, 2, 3, 4].map((id) => textUpdate(id)));

  it('wait for the disk once', async () => {
    const durable: string[] = [];
    const counting: Files = {
      ...home.files,
      async replace(name, text) {
        durable.push(path.basename(name));
        await home.files.replace(name, text);
      },
    };
    await open(counting).keep(Array.from({ length: 100 }, (__, id) => textUpdate(id)));
    expect(durable).toEqual(['batch-0-99.jsonl']);
    expect(names()).toHaveLength(101);
  });

  it('are found by the next process though the disk has lost files of theirs; plans that were fixed stay', async () => {
    await keepFour();
    await inbox.plan(2, { task: 'a' }, []);
    inbox.done([4]);
    fs.rmSync(file(1));
    fs.rmSync(file(3));
    fs.writeFileSync(file(3), '');
    const next = open();
    expect(next.pending()).toMatchObject([
      { update_id: 1, update: textUpdate(1) },
      { update_id: 2, plan: { task: 'a' } },
      { update_id: 3, update: textUpdate(3) },
    ]);
    expect(next.find(1)?.update).toEqual(textUpdate(1));
    expect(await next.keep([1, 2, 3, 4].map((id) => textUpdate(id)))).toEqual([]);
  });

  it('are forgotten together when the last is done, by this process or by the next', async () => {
    await keepFour();
    inbox.done([1, 2, 3]);
    expect(names()).toEqual(['4.json', 'batch-1-4.jsonl']);
    const next = open();
    expect(idsOf(next.pending())).toEqual([4]);
    next.done([4]);
    expect(names()).toEqual([]);

    await inbox.keep([5, 6].map((id) => textUpdate(id)));
    fs.renameSync(file(5), path.join(folder, 'done', '5.json'));
    fs.renameSync(file(6), path.join(folder, 'done', '6.json'));
    expect(open().pending()).toEqual([]);
    expect(names()).toEqual([]);
  });

  it('are left alone where a later version kept them, and read as far as they can be read', async () => {
    await keepFour();
    const batch = path.join(folder, 'batch-1-4.jsonl');
    for (const id of [1, 2, 3, 4]) fs.rmSync(file(id));
    const whole = fs.readFileSync(batch, 'utf8');
    fs.writeFileSync(batch, whole.replace('"schema_version":1', '"schema_version":2'));
    expect(open().pending()).toEqual([]);
    fs.writeFileSync(batch, whole.slice(0, -20));
    expect(idsOf(open().pending())).toEqual([1, 2, 3]);
    expect(log.lines.some((line) => line.includes('do not parse'))).toBe(true);
  });
});

describe('ten thousand updates that are done', () => {
  it('do not slow down the next, and go after a week', async () => {
    const done = path.join(folder, 'done');
    fs.mkdirSync(done, { recursive: true });
    const old = (Date.now() - 8 * day) / 1000;
    const [aged, recent] = ['aged', 'recent'].map((name) => path.join(home.outside, name)) as [string, string];
    for (const file of [aged, recent]) fs.writeFileSync(file, '{}');
    fs.utimesSync(aged, old, old);
    for (let id = 0; id < 10_000; id++) fs.linkSync(id < 9000 ? aged : recent, path.join(done, `${id}.json`));
    const known = Array.from({ length: 100 }, (_, index) => textUpdate(index * 100));
    const calls = { stat: 0, list: 0 };
    const counting: Files = {
      ...home.files,
      stat: (file) => {
        calls.stat++;
        return home.files.stat(file);
      },
      list: (file) => {
        calls.list++;
        return home.files.list(file);
      },
    };
    expect(await open(counting).keep(known)).toEqual([]);
    expect(calls).toEqual({ stat: 200, list: 0 });
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    await inbox.sweepDone();
    clearInterval(turning);
    expect(names('done')).toHaveLength(1000);
    expect(turns, 'the event loop turned meanwhile').toBeGreaterThan(2);
  });

  it('and what a killed writer left is removed, what another is writing is not', async () => {
    await inbox.keep([textUpdate(1)]);
    const rest = path.join(folder, '.tmp-1-1');
    for (const name of [rest, `${rest}2`]) fs.writeFileSync(name, 'x');
    fs.utimesSync(rest, 1, 1);
    await inbox.sweepDone();
    expect(names()).toEqual(['.tmp-1-12', '1.json']);
  });
});
