// What every implementation of the files port must do; several processes at once included.

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Files, realFiles } from '../../src/lib/adapters/files.ts';
import { fillDiskAt } from '../support/full-disk.ts';
import { makeHome } from '../support/home.ts';
import { until } from '../support/until.ts';
import { useAdapterProcess } from './adapter-programs.ts';

const implementations: [string, Files][] = [
  ['the real files', realFiles],
  ['a disk that is not full yet', fillDiskAt(realFiles, Number.POSITIVE_INFINITY).files],
];

let folder: string;
let file: string;
beforeEach(() => {
  folder = makeHome().outside;
  file = path.join(folder, 'new', 'deep', 'file');
});
const modeOf = (name: string) => fs.statSync(name).mode & 0o777;

describe.each(implementations)('%s', (_name, files) => {
  describe('reading', () => {
    it('gives the text, and null where there is none', () => {
      fs.writeFileSync(path.join(folder, 'a'), 'äöü 😀');
      expect(files.read(path.join(folder, 'a'))).toBe('äöü 😀');
      expect(files.read(path.join(folder, 'b'))).toBe(null);
      expect(files.read(path.join(folder, 'a', 'below a file'))).toBe(null);
      expect(() => files.read(folder)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    });

    it('gives a range, shorter at the end', () => {
      fs.writeFileSync(path.join(folder, 'a'), '0123456789');
      const range = (offset: number, length: number) =>
        files.readRange(path.join(folder, 'a'), offset, length).toString();
      expect([range(0, 3), range(8, 5), range(10, 5), range(99, 5)]).toEqual(['012', '89', '', '']);
      expect(files.readRange(path.join(folder, 'b'), 0, 5)).toHaveLength(0);
    });

    it('says what a name is', () => {
      fs.writeFileSync(path.join(folder, 'a'), 'text');
      expect(files.stat(path.join(folder, 'a'))).toMatchObject({
        size: 4,
        isFolder: false,
        isFile: true,
        uid: process.getuid?.(),
      });
      expect(files.stat('/dev/null')).toMatchObject({ isFile: false, isFolder: false });
      expect(Math.abs((files.stat(path.join(folder, 'a'))?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      const changed = () => files.stat(path.join(folder, 'a'))?.changedAt ?? 0;
      const before = changed();
      fs.utimesSync(path.join(folder, 'a'), 1, 1);
      expect([files.stat(path.join(folder, 'a'))?.modifiedAt, changed() >= before, before > 0]).toEqual([
        1000,
        true,
        true,
      ]);
      expect(files.stat(folder)).toMatchObject({ isFolder: true, inode: fs.statSync(folder).ino });
      for (const name of ['b', 'a/b', 'x'.repeat(300), 'a\0b']) expect(files.stat(path.join(folder, name))).toBe(null);
    });

    it('lists a folder, and nothing where there is none', () => {
      for (const name of ['a', 'b', '.c']) fs.writeFileSync(path.join(folder, name), '');
      expect(files.list(folder).sort()).toEqual(['.c', 'a', 'b']);
      expect(files.list(path.join(folder, 'd'))).toEqual([]);
      expect(files.list(path.join(folder, 'a'))).toEqual([]);
    });
  });

  describe('replace', () => {
    it('makes the file and its folders, for their owner alone, and leaves nothing else', async () => {
      await files.replace(file, 'one');
      await files.replace(file, 'two');
      expect(files.read(file)).toBe('two');
      expect(files.list(path.dirname(file))).toEqual(['file']);
      expect([modeOf(file), modeOf(path.dirname(file)), modeOf(path.join(folder, 'new'))]).toEqual([
        0o600, 0o700, 0o700,
      ]);
    });

    it('leaves the old text and nothing else where it fails', async () => {
      fs.mkdirSync(file, { recursive: true });
      await expect(files.replace(file, 'text')).rejects.toMatchObject({ code: 'EISDIR' });
      expect(files.list(path.dirname(file))).toEqual(['file']);
    });

    it('by many at once ends with the whole text of one of them', async () => {
      const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(5000));
      await Promise.all(texts.map((text) => files.replace(file, text)));
      expect(texts).toContain(files.read(file));
      expect(files.list(path.dirname(file))).toEqual(['file']);
    });
  });

  describe('create', () => {
    it('makes the file once, and changes nothing later', async () => {
      expect(await files.create(file, 'first')).toBe(true);
      expect(await files.create(file, 'second')).toBe(false);
      expect(files.read(file)).toBe('first');
      expect(files.list(path.dirname(file))).toEqual(['file']);
      expect(modeOf(file)).toBe(0o600);
    });

    it('by many at once is won by one', async () => {
      const made = await Promise.all(Array.from({ length: 20 }, (_, n) => files.create(file, `by ${n}`)));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(files.read(file)).toBe(`by ${made.indexOf(true)}`);
      expect(files.list(path.dirname(file))).toEqual(['file']);
    });
  });

  describe('other writes', () => {
    it('append a line, and make the file for the first one', async () => {
      await files.append(file, 'a\n');
      await files.append(file, 'b\n');
      expect(files.read(file)).toBe('a\nb\n');
      expect(modeOf(file)).toBe(0o600);
    });

    it('writePlain makes a file, but not twice', async () => {
      await files.writePlain(file, 'a');
      await expect(files.writePlain(file, 'b')).rejects.toMatchObject({ code: 'EEXIST' });
      expect([files.read(file), modeOf(file)]).toEqual(['a', 0o600]);
    });

    it('write replaces in place', () => {
      files.makeFolder(path.dirname(file));
      files.write(file, 'longer');
      files.write(file, 'short');
      expect([files.read(file), modeOf(file)]).toEqual(['short', 0o600]);
      expect(() => files.write(path.join(folder, 'none', 'x'), '')).toThrow(
        expect.objectContaining({ code: 'ENOENT' }),
      );
    });
  });

  it('writeBytes writes what is no text, in place', () => {
    files.makeFolder(path.dirname(file));
    files.writeBytes(file, new Uint8Array([0, 255, 254]));
    expect(fs.readFileSync(file)).toEqual(Buffer.from([0, 255, 254]));
    expect(modeOf(file)).toBe(0o600);
  });

  it('copy makes or replaces a file with the bytes of another one, in a folder that it makes', async () => {
    const from = path.join(folder, 'from');
    const bytes = Buffer.from([0, 255, 10, 200]);
    fs.writeFileSync(from, bytes, { mode: 0o644 });
    await files.copy(from, file);
    expect([fs.readFileSync(file), fs.readFileSync(from)]).toEqual([bytes, bytes]);
    expect(modeOf(file)).toBe(0o600);
    fs.writeFileSync(from, 'more');
    await files.copy(from, file);
    expect(fs.readFileSync(file, 'utf8')).toBe('more');
    await expect(files.copy(path.join(folder, 'none'), file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(path.dirname(file))]).toEqual(['more', ['file']]);
  });

  it('link gives a second name to the same file, where the name is free', async () => {
    await files.replace(file, 'text');
    const name = path.join(folder, 'name');
    files.link(file, name);
    expect(files.stat(name)?.inode).toBe(files.stat(file)?.inode);
    files.remove(file);
    expect(files.read(name)).toBe('text');
    expect(() => files.link(name, name)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => files.link(file, `${name}-2`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('pointTo makes a symbolic link, and leaves alone what has its name', async () => {
    const name = path.join(folder, 'pointer');
    files.pointTo(folder, name);
    expect(fs.readlinkSync(name)).toBe(folder);
    files.pointTo(file, name);
    expect(fs.readlinkSync(name)).toBe(folder);
    expect(() => files.pointTo(folder, path.join(folder, 'none', 'pointer'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  it('realPath leads past links, and to nothing where there is nothing', () => {
    fs.symlinkSync(folder, path.join(folder, 'link'));
    fs.symlinkSync(path.join(folder, 'none'), path.join(folder, 'broken'));
    expect(files.realPath(path.join(folder, 'link', 'link'))).toBe(folder);
    expect(files.realPath(folder)).toBe(folder);
    expect([files.realPath(path.join(folder, 'none')), files.realPath(path.join(folder, 'broken'))]).toEqual([
      null,
      null,
    ]);
  });

  it('touch changes the time alone, and makes nothing', async () => {
    await files.replace(file, 'text');
    fs.utimesSync(file, 1, 1);
    files.touch(file);
    expect([files.read(file), (files.stat(file)?.modifiedAt ?? 0) > 1000]).toEqual(['text', true]);
    files.touch(path.join(folder, 'none'));
    expect(files.list(folder)).toEqual(['new']);
  });

  describe('moving', () => {
    it('takes a file to another folder, and over one that is there', async () => {
      await files.replace(file, 'text');
      const target = path.join(folder, 'other', 'file');
      await files.move(file, target);
      expect([files.read(target), files.read(file)]).toEqual(['text', null]);
      await files.replace(file, 'newer');
      await files.move(file, target);
      expect(files.read(target)).toBe('newer');
    });

    it('takes a folder with all in it, and never over one that holds something', async () => {
      await files.writePlain(path.join(folder, 'a', 'x'), '1');
      await files.writePlain(path.join(folder, 'b', 'x'), '2');
      await files.moveFolder(path.join(folder, 'a'), path.join(folder, 'new', 'a'));
      await expect(files.moveFolder(path.join(folder, 'b'), path.join(folder, 'new', 'a'))).rejects.toMatchObject({
        code: expect.stringMatching(/^(ENOTEMPTY|EEXIST)$/),
      });
      expect(files.read(path.join(folder, 'new', 'a', 'x'))).toBe('1');
      expect(files.read(path.join(folder, 'b', 'x'))).toBe('2');
    });

    it('renames, and tells where there is nothing to rename', () => {
      fs.writeFileSync(path.join(folder, 'a'), 'text');
      files.rename(path.join(folder, 'a'), path.join(folder, 'b'));
      expect(files.list(folder)).toEqual(['b']);
      expect(() => files.rename(path.join(folder, 'a'), path.join(folder, 'b'))).toThrow(
        expect.objectContaining({ code: 'ENOENT' }),
      );
    });
  });

  it('makes and removes folders, there or not', async () => {
    files.makeFolder(file);
    files.makeFolder(file);
    expect(modeOf(file)).toBe(0o700);
    await files.syncFolder(file);
    await expect(files.syncFolder(path.join(file, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    files.remove(path.join(folder, 'new'));
    files.remove(path.join(folder, 'new'));
    expect(files.list(folder)).toEqual([]);
  });

  describe('watch', () => {
    it('calls back after a change, and not after it was stopped', async () => {
      let calls = 0;
      const stop = files.watch(folder, () => calls++, 3_600_000);
      fs.writeFileSync(path.join(folder, 'a'), '');
      await until('the call after a change', () => calls);
      stop();
      const before = calls;
      fs.writeFileSync(path.join(folder, 'b'), '');
      await sleep(20);
      expect(calls).toBe(before);
    });

    it('names what was changed, or touched', async () => {
      const named: (string | null)[] = [];
      fs.mkdirSync(path.join(folder, 'inner'));
      const stop = files.watch(folder, (name) => named.push(name), 3_600_000);
      files.touch(path.join(folder, 'inner'));
      await until('the name', () => named.includes('inner'));
      stop();
      expect(named).not.toContain(null);
    });

    it('calls back now and then where nothing can be watched, or nothing changes', async () => {
      for (const watched of [folder, path.join(folder, 'none')]) {
        let calls = 0;
        const stop = files.watch(watched, () => calls++, 5);
        await until('two calls', () => calls > 1);
        stop();
      }
      expect(files.list(folder)).toEqual([]);
    });

    it('goes on when the folder goes', async () => {
      let calls = 0;
      fs.mkdirSync(file, { recursive: true });
      const stop = files.watch(file, () => calls++, 5);
      fs.rmSync(file, { recursive: true });
      const before = calls;
      await until('a call after the folder went', () => calls > before + 3);
      stop();
      expect(calls).toBeGreaterThan(3);
    });
  });
});

describe('several processes', () => {
  const runAdapter = useAdapterProcess();

  it('a reader sees the old text or the new one, however often it is replaced', async () => {
    await realFiles.replace(file, 'a'.repeat(50_000));
    const { child } = runAdapter('hammer', file);
    const seen = new Set<string>();
    const torn: string[] = [];
    while (seen.size < 15) {
      const text = realFiles.read(file) ?? '';
      if (text.length !== 50_000 || text !== (text[0] as string).repeat(50_000)) torn.push(text.slice(0, 20));
      seen.add(text[0] ?? 'nothing');
      await sleep(0);
    }
    child.kill('SIGKILL');
    expect(torn).toEqual([]);
  });

  it('create each file once among eight makers', async () => {
    const count = 30;
    const names = Array.from({ length: 8 }, (_, n) => `maker-${n}`);
    const outputs = await Promise.all(names.map((name) => runAdapter('create', file, count, name).output));
    const makers = new Map<string, string>();
    for (const [index, output] of outputs.entries()) {
      for (const n of output.split('\n').filter(Boolean)) {
        expect(makers.has(n), `file ${n} was made twice`).toBe(false);
        makers.set(n, names[index] as string);
      }
    }
    expect(makers.size).toBe(count);
    for (const [n, maker] of makers) expect(realFiles.read(`${file}-${n}`)).toBe(maker);
    expect(realFiles.list(path.dirname(file))).toHaveLength(count);
  });

  it('append whole lines side by side', async () => {
    const letters = ['a', 'b', 'c', 'd'];
    await Promise.all(letters.map((letter) => runAdapter('append', file, 25, letter).output));
    const lines = (realFiles.read(file) ?? '').trimEnd().split('\n');
    expect(lines).toHaveLength(100);
    for (const line of lines) expect(letters.map((letter) => letter.repeat(500))).toContain(line);
  });
});

describe('a disk that is full', () => {
  it('refuses from the write on that is named', async () => {
    const disk = fillDiskAt(realFiles, 2, 1);
    await disk.files.replace(file, 'one');
    await expect(disk.files.replace(file, 'two')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(realFiles.read(file)).toBe('one');
    await disk.files.replace(file, 'three');
    expect([realFiles.read(file), disk.writes()]).toEqual(['three', 3]);
    expect(() => fillDiskAt(realFiles, 1).files.makeFolder(folder)).toThrow('ENOSPC');
  });
});
