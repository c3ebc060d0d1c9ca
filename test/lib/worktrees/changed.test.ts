// What a task has changed, as real git tells it: nothing is written, nothing of the repository is run.

import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { changedFiles, isIgnoredFile } from '../../../src/lib/worktrees/changed.ts';
import type { Worktree } from '../../../src/lib/worktrees/record.ts';
import { commitAll, gitIn, makeRepository, type WorkRepository, write } from '../../support/work-repository.ts';

let made: WorkRepository;
let worktree: Worktree;
let folder: string;
beforeAll(async () => {
  made = makeRepository({ untilRemoved: true });
  commitAll(made.repo, 'more', { 'deep/c d.txt': 'c\n', 'e.txt': 'a file that will be moved\n', 'ü\n.txt': 'u\n' });
  ({ worktree, folder } = await made.addWorktree());
  return () => made.home.remove();
});
const changed = async () => (await changedFiles(systemGit, folder, worktree))?.sort();

describe('what a task has changed', () => {
  it('is nothing at first', async () => expect(await changed()).toEqual([]));

  it('is what was changed, made, deleted and moved, ignored files left out', async () => {
    write(folder, { 'a.txt': 'changed\n', 'new/f.txt': 'f\n', 'g.log': 'ignored', 'ü\n.txt': 'other\n' });
    fs.rmSync(path.join(folder, 'b.txt'));
    gitIn(folder, 'mv', 'e.txt', 'moved.txt');
    fs.appendFileSync(path.join(folder, 'deep/c d.txt'), 'more\n');
    const all = ['a.txt', 'b.txt', 'deep/c d.txt', 'e.txt', 'moved.txt', 'new/f.txt', 'ü\n.txt'].sort();
    expect(await changed()).toEqual(all);
    commitAll(folder, 'of the agent');
    expect(await changed()).toEqual(all);
    write(folder, { 'h.txt': 'not committed\n' });
    expect(await changed()).toEqual([...all, 'h.txt'].sort());
  });

  it('is not what it took over from its base', async () => {
    const before = await changed();
    commitAll(made.repo, 'of somebody else', { 'z.txt': 'z\n' });
    gitIn(folder, 'merge', '--quiet', '--no-edit', 'main');
    expect(fs.existsSync(path.join(folder, 'z.txt'))).toBe(true);
    expect(await changed()).toEqual(before);
  });

  it('is asked without a lock, and without running what the repository names', async () => {
    const proof = path.join(made.home.outside, 'proof');
    gitIn(made.repo, 'config', 'filter.evil.clean', `touch ${proof}; cat`);
    gitIn(made.repo, 'config', 'core.fsmonitor', `touch ${proof}`);
    write(folder, { '.gitattributes': '* filter=evil\n', 'a.txt': 'changed again\n' });
    const gitDir = gitIn(folder, 'rev-parse', '--absolute-git-dir');
    fs.writeFileSync(path.join(gitDir, 'index.lock'), '');
    const index = fs.statSync(path.join(gitDir, 'index')).mtimeMs;
    expect(await changed()).toContain('a.txt');
    expect(fs.existsSync(proof)).toBe(false);
    expect(fs.statSync(path.join(gitDir, 'index')).mtimeMs).toBe(index);
  });

  it('cannot be told of a folder that is gone', async () => {
    const away = await made.addWorktree(2);
    fs.rmSync(away.folder, { recursive: true });
    fs.mkdirSync(away.folder);
    expect(await changedFiles(systemGit, away.folder, away.worktree).catch(() => null)).toBeNull();
  });

  it('tells ignored files from others, also where they are none of the repository', async () => {
    expect(await isIgnoredFile(systemGit, folder, 'deep/x.log')).toBe(true);
    expect(await isIgnoredFile(systemGit, folder, 'a.txt')).toBe(false);
    expect(await isIgnoredFile(systemGit, folder, 'not/there.txt')).toBe(false);
    expect(await isIgnoredFile(systemGit, folder, '-rf')).toBe(false);
  });
});
