// A conversation's record in several config folders: the newest goes to where it is needed, in one step, and no other is lost.

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { realFiles } from '../../../../src/lib/adapters/files.ts';
import { systemProcesses } from '../../../../src/lib/adapters/processes.ts';
import { carryConversation } from '../../../../src/lib/agents/claude/carry.ts';
import { fillDiskAt } from '../../../support/full-disk.ts';
import { makeHome } from '../../../support/home.ts';

const id = '11111111-2222-4333-8444-555555555555';
const parts = { files: realFiles, processes: systemProcesses };
const project = '-work-of-the-person';

/** Config folders, each with a record of the conversation; the later ones were written later. */
function openFolders(records: Record<string, string | null>) {
  const root = makeHome().outside;
  const folderOf = (name: string) => path.join(root, name);
  const recordOf = (name: string) => path.join(folderOf(name), 'projects', project, `${id}.jsonl`);
  let at = Date.parse('2026-11-20T06:00:00Z') / 1000;
  for (const [name, text] of Object.entries(records)) {
    fs.mkdirSync(text === null ? folderOf(name) : path.dirname(recordOf(name)), { recursive: true });
    if (text === null) continue;
    fs.writeFileSync(recordOf(name), text);
    fs.utimesSync(recordOf(name), ++at, at);
  }
  const folders = Object.keys(records).map(folderOf);
  const carryTo = (name: string, files = realFiles) =>
    carryConversation({ ...parts, files }, id, folderOf(name), folders);
  const read = (name: string) => fs.readFileSync(recordOf(name), 'utf8');
  return {
    root,
    folderOf,
    recordOf,
    carryTo,
    read,
    beside: (name: string) => fs.readdirSync(path.dirname(recordOf(name))),
  };
}

describe('the record', () => {
  it.each([
    ['is taken where it is missing', { a: '1\n2\n', b: null }, 'carried', '1\n2\n'],
    ['is taken where it is longer', { a: '1\n2\n3\n', b: '1\n2\n' }, 'carried', '1\n2\n3\n'],
    // By what it holds: clocks of the files say nothing here.
    [
      'stays where it is longer, although the other one was written later',
      { b: '1\n2\n3\n', a: '1\n2\n' },
      'none',
      '1\n2\n3\n',
    ],
    ['stays where both are the same', { a: '1\n', b: '1\n' }, 'none', '1\n'],
    [
      'is the longest of several',
      { a: '1\n2\n', c: '1\n2\n3\n4\n', d: '1\n2\n3\n', b: '1\n' },
      'carried',
      '1\n2\n3\n4\n',
    ],
    ['stays where it went another way later', { a: '1\n2\nx\ny\n', b: '1\n2\nz\n' }, 'none', '1\n2\nz\n'],
    [
      'is the one that was written to last, where they went different ways',
      { b: '1\n2\nz\n', a: '1\n2\nx\n' },
      'carried',
      '1\n2\nx\n',
    ],
  ])('%s', async (_case, records: Record<string, string | null>, kind, text) => {
    const { carryTo, read } = openFolders(records);
    expect(await carryTo('b')).toMatchObject({ kind });
    expect(read('b')).toBe(text);
    for (const [name, before] of Object.entries(records)) {
      if (name !== 'b' && before !== null) expect(read(name)).toBe(before);
    }
    // Done once more it changes nothing.
    expect(await carryTo('b')).toEqual({ kind: 'none' });
  });

  it('that is written over and holds more than the new one is kept beside it', async () => {
    const { carryTo, read, recordOf, beside } = openFolders({ b: '1\n2\nz\n', a: '1\n2\nx\n' });
    await carryTo('b');
    const kept = beside('b').filter((name) => name.includes('.kept-'));
    expect(kept).toHaveLength(1);
    expect(fs.readFileSync(path.join(path.dirname(recordOf('b')), kept[0] as string), 'utf8')).toBe('1\n2\nz\n');
    expect(read('b')).toBe('1\n2\nx\n');
  });

  it('goes there and back as it grows, with what lies beside it, and is nobody else’s to read', async () => {
    const { carryTo, read, recordOf } = openFolders({ a: '1\n', b: null });
    const besideOf = (name: string) => recordOf(name).replace(/\.jsonl$/, '');
    fs.mkdirSync(path.join(besideOf('a'), 'tool-results'), { recursive: true });
    fs.writeFileSync(path.join(besideOf('a'), 'tool-results', 'r1.txt'), 'a long result');
    await carryTo('b');
    expect(fs.readFileSync(path.join(besideOf('b'), 'tool-results', 'r1.txt'), 'utf8')).toBe('a long result');
    expect(fs.statSync(recordOf('b')).mode & 0o777).toBe(0o600);
    fs.appendFileSync(recordOf('b'), '2\n');
    fs.writeFileSync(path.join(besideOf('b'), 'tool-results', 'r2.txt'), 'another');
    await carryTo('a');
    expect([read('a'), fs.readdirSync(path.join(besideOf('a'), 'tool-results'))]).toEqual([
      '1\n2\n',
      ['r1.txt', 'r2.txt'],
    ]);
    fs.appendFileSync(recordOf('a'), '3\n');
    await carryTo('b');
    expect(read('b')).toBe('1\n2\n3\n');
  });

  it('is compared to its last byte, however long', async () => {
    const text = `${'x'.repeat(3 * 1024 * 1024)}\n`;
    const { carryTo, read } = openFolders({ b: `${text}z`, a: `${text}yy` });
    expect(await carryTo('b')).toMatchObject({ kind: 'carried' });
    expect(read('b')).toBe(`${text}yy`);
  });

  it('in folders that share their conversations is left alone', async () => {
    const { carryTo, folderOf, read } = openFolders({ a: '1\n', b: null });
    fs.symlinkSync(path.join(folderOf('a'), 'projects'), path.join(folderOf('b'), 'projects'));
    expect(await carryTo('b')).toEqual({ kind: 'none' });
    expect(read('b')).toBe('1\n');
  });

  it('of another conversation is left alone', async () => {
    const { carryTo, recordOf } = openFolders({ a: '1\n', b: null });
    fs.renameSync(recordOf('a'), recordOf('a').replace(id, 'another'));
    expect(await carryTo('b')).toEqual({ kind: 'none' });
    expect(fs.existsSync(recordOf('b'))).toBe(false);
  });
});

describe('a process on the conversation', () => {
  function sleeper(): ChildProcess {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  it.each(['a', 'b'])('keeps it where it is while it lives in the folder %s', async (where) => {
    const { carryTo, folderOf, recordOf, read } = openFolders({ a: '1\n', b: null });
    const child = sleeper();
    const pid = child.pid as number;
    const sessions = path.join(folderOf(where), 'sessions');
    fs.mkdirSync(sessions);
    const note = (fields: object) =>
      fs.writeFileSync(path.join(sessions, `${pid}.json`), JSON.stringify({ pid, sessionId: id, ...fields }));
    const procStart = systemProcesses.identify(pid)?.started;
    note({ procStart });
    expect(await carryTo('b')).toEqual({ kind: 'lives', pid, folder: folderOf(where) });
    expect(fs.existsSync(recordOf('b'))).toBe(false);
    // Without a mark that can be compared it counts as living, too.
    note({});
    expect(await carryTo('b')).toMatchObject({ kind: 'lives' });
    note({ procStart, sessionId: 'another' });
    fs.writeFileSync(path.join(sessions, '1.json'), '{"pid":');
    expect(await carryTo('b')).toMatchObject({ kind: 'carried' });
    expect(read('b')).toBe('1\n');
  });

  it('that has ended, or whose number is another one’s now, is none', async () => {
    const { carryTo, folderOf } = openFolders({ a: '1\n', b: null });
    const child = sleeper();
    fs.mkdirSync(path.join(folderOf('a'), 'sessions'));
    const note = { pid: child.pid, sessionId: id, procStart: '1' };
    fs.writeFileSync(path.join(folderOf('a'), 'sessions', `${child.pid}.json`), JSON.stringify(note));
    expect(await carryTo('b')).toMatchObject({ kind: 'carried' });
  });
});

describe('whoever is stopped in the middle', () => {
  it.each([1, 2, 3])('at the write number %i leaves the old record, and the next one finishes', async (write) => {
    const { carryTo, read, beside, recordOf } = openFolders({ b: '1\n2\nz\n', a: '1\n2\nx\n' });
    fs.mkdirSync(recordOf('a').replace(/\.jsonl$/, ''));
    fs.writeFileSync(path.join(recordOf('a').replace(/\.jsonl$/, ''), 'r1.txt'), 'a result');
    await expect(carryTo('b', fillDiskAt(realFiles, write, 1).files)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(read('b')).toBe('1\n2\nz\n');
    // As a writer that was killed leaves it.
    fs.writeFileSync(path.join(path.dirname(recordOf('b')), `.tmp-4242-0-${id}.jsonl`), '1\n2');
    expect(await carryTo('b')).toMatchObject({ kind: 'carried' });
    expect([read('b'), beside('b').filter((name) => name.startsWith('.tmp-'))]).toEqual(['1\n2\nx\n', []]);
    expect(beside('b').filter((name) => name.includes('.kept-')).length).toBe(1);
  });
});
