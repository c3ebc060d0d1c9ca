// Trees are measured, searched and removed without ever leaving them.

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { diskTrees } from '../../../src/lib/adapters/trees.ts';
import { makeHome } from '../../support/home.ts';

let root: string;
const megabyte = Buffer.alloc(1024 * 1024, 1);

beforeEach(() => {
  root = makeHome().outside;
});

describe('measure', () => {
  it('counts what lies in the tree, not what it points to', () => {
    const inside = join(root, 'inside');
    mkdirSync(join(inside, 'deep', 'er'), { recursive: true });
    writeFileSync(join(root, 'outside'), megabyte);
    writeFileSync(join(inside, 'deep', 'er', 'file'), megabyte);
    linkSync(join(inside, 'deep', 'er', 'file'), join(inside, 'again'));
    symlinkSync('/', join(inside, 'everything'));
    symlinkSync(join(root, 'outside'), join(inside, 'outside'));
    const { bytes, repositories } = diskTrees.measure(inside);
    expect(bytes).toBeGreaterThanOrEqual(megabyte.length);
    expect(bytes).toBeLessThan(megabyte.length * 1.5);
    expect(repositories).toEqual([]);
  });

  it('finds repositories at any depth, and bare ones', () => {
    for (const folder of ['.git', 'a/b/.git/modules', 'node_modules/x/.git', 'bare/objects', 'bare/refs']) {
      mkdirSync(join(root, 'w', folder), { recursive: true });
    }
    for (const name of ['bare/HEAD', '.git/HEAD']) writeFileSync(join(root, 'w', name), '');
    for (const name of ['.git/objects', '.git/refs']) mkdirSync(join(root, 'w', name));
    // A worktree's `.git` is a file.
    mkdirSync(join(root, 'w', 'tree'));
    writeFileSync(join(root, 'w', 'tree', '.git'), 'gitdir: /elsewhere');
    const found = ['.', 'a/b', 'bare', 'node_modules/x', 'tree'].map((name) => join(root, 'w', name));
    expect(diskTrees.measure(join(root, 'w')).repositories).toEqual(found);
  });

  it('gives nothing for nothing', () => {
    expect(diskTrees.measure(join(root, 'gone'))).toEqual({ bytes: 0, repositories: [] });
  });
});

describe('remove', () => {
  it('removes a link, not its target', () => {
    mkdirSync(join(root, 'target'));
    writeFileSync(join(root, 'target', 'file'), '');
    symlinkSync(join(root, 'target'), join(root, 'link'));
    mkdirSync(join(root, 'folder'));
    symlinkSync(join(root, 'target'), join(root, 'folder', 'link'));
    diskTrees.remove(join(root, 'link'));
    diskTrees.remove(join(root, 'folder'));
    expect(['link', 'folder', 'target/file'].map((name) => existsSync(join(root, name)))).toEqual([false, false, true]);
  });

  it('removes folders that are read-only, and says nothing where there is none', () => {
    mkdirSync(join(root, 'cache', 'deep'), { recursive: true });
    writeFileSync(join(root, 'cache', 'deep', 'file'), '');
    chmodSync(join(root, 'cache', 'deep'), 0o500);
    chmodSync(join(root, 'cache'), 0o500);
    diskTrees.remove(join(root, 'cache'));
    diskTrees.remove(join(root, 'cache'));
    expect(existsSync(join(root, 'cache'))).toBe(false);
  });
});

describe('realPath', () => {
  it('resolves links, also of the part that is there', () => {
    const real = realpathSync(root);
    mkdirSync(join(root, 'a'));
    symlinkSync(join(root, 'a'), join(root, 'b'));
    expect(diskTrees.realPath(join(root, 'b'))).toBe(join(real, 'a'));
    expect(diskTrees.realPath(join(root, 'b', 'not', 'there'))).toBe(join(real, 'a', 'not', 'there'));
    expect(diskTrees.realPath('/')).toBe('/');
  });
});

describe('copy', () => {
  it('makes folders on the way, keeps rights, takes links as they are, and never replaces anything', async () => {
    writeFileSync(join(root, 'file'), 'text');
    chmodSync(join(root, 'file'), 0o750);
    symlinkSync('file', join(root, 'link'));
    expect(await diskTrees.copy(join(root, 'file'), join(root, 'a/b/file'))).toBe(true);
    expect([readFileSync(join(root, 'a/b/file'), 'utf8'), statSync(join(root, 'a/b/file')).mode & 0o777]).toEqual([
      'text',
      0o750,
    ]);
    expect(await diskTrees.copy(join(root, 'link'), join(root, 'a/b/link'))).toBe(true);
    expect([diskTrees.linkTarget(join(root, 'a/b/link')), diskTrees.linkTarget(join(root, 'file'))]).toEqual([
      'file',
      null,
    ]);
    writeFileSync(join(root, 'there'), 'mine');
    expect(await diskTrees.copy(join(root, 'file'), join(root, 'there'))).toBe(false);
    expect(await diskTrees.copy(join(root, 'link'), join(root, 'there'))).toBe(false);
    expect(readFileSync(join(root, 'there'), 'utf8')).toBe('mine');
    expect(await diskTrees.copy(join(root, 'gone'), join(root, 'other'))).toBe(false);
  });
});
