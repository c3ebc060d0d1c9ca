// The work of a task is put onto another commit, whole or not at all, on real repositories.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rebaseWork } from '../../../src/lib/worktrees/rebase.ts';
import { commitAll, gitIn, makeRepository, write } from '../../support/work-repository.ts';

const subjects = (repo: string, range: string) => gitIn(repo, 'log', '--format=%s', range).split('\n');

describe('rebasing the work', () => {
  it('puts each commit on the new base, its author kept, and the files of the worktree with them', async () => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'first\n\nbody of it', { 'c.txt': 'c\n' });
    commitAll(folder, 'empty');
    const before = commitAll(folder, 'second', { 'a.txt': 'ONE\ntwo\nthree\n' });
    write(folder, { 'wip.txt': 'wip\n', 'x.log': 'ignored' });
    const onto = commitAll(repo, 'theirs', { 'a.txt': 'one\ntwo\nthree\nfour\n', 'b.txt': 'changed\n' });
    const done = await rebaseWork(parts, worktree, 'main', { title: 'left over' });
    expect(done.kind).toBe('rebased');
    expect(subjects(repo, `main..${worktree.branch}`)).toEqual(['left over', 'second', 'empty', 'first']);
    expect(gitIn(repo, 'log', '-1', '--format=%an %B', `${worktree.branch}~3`)).toBe('Ada first\n\nbody of it');
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(fs.readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('ONE\ntwo\nthree\nfour\n');
    expect(fs.readFileSync(path.join(folder, 'b.txt'), 'utf8')).toBe('changed\n');
    expect(fs.existsSync(path.join(folder, 'x.log'))).toBe(true);
    expect(gitIn(repo, 'rev-parse', `refs/ccdispatch/backup/${worktree.worktree_id}/1^`)).toBe(before);
    expect(record(worktree).base_commit).toBe(onto);
    expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch/moving')).toBe('');
    expect(await rebaseWork(parts, worktree, 'main')).toEqual(done);
  });

  it('changes nothing where it does not fit, and names the files', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const tip = commitAll(folder, 'mine', { 'a.txt': 'mine\n', 'c.txt': 'c' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    expect(await rebaseWork(parts, worktree, 'main')).toEqual({ kind: 'conflict', files: ['a.txt'] });
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(tip);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch')).toBe('');
  });

  it('drops commits that the base has already', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'same', { 'c.txt': 'c\n' });
    commitAll(folder, 'more', { 'd.txt': 'd\n' });
    commitAll(repo, 'the same elsewhere', { 'c.txt': 'c\n' });
    await rebaseWork(parts, worktree, 'main');
    expect(subjects(repo, `main..${worktree.branch}`)).toEqual(['more']);
  });

  it('takes the whole by one merge where the agent merged itself', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'a.txt': 'mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    expect(() => gitIn(folder, 'merge', 'main')).toThrow();
    const own = commitAll(folder, 'solved by the agent', { 'a.txt': 'both\n' });
    const onto = commitAll(repo, 'later', { 'b.txt': 'later\n' });
    expect((await rebaseWork(parts, worktree, 'main')).kind).toBe('rebased');
    expect(gitIn(repo, 'log', '-1', '--format=%P', worktree.branch)).toBe(`${onto} ${own}`);
    expect(gitIn(repo, 'show', `${worktree.branch}:a.txt`)).toBe('both');
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it.each([
    ['is that of another commit', (folder: string) => gitIn(folder, 'read-tree', 'HEAD~1')],
    ['knows another time of them', (folder: string) => fs.utimesSync(path.join(folder, 'a.txt'), 1, 1)],
  ])('moves files whose index %s: what they hold is what counts', async (_, spoil) => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'a.txt': 'one\ntwo\nthree\nmine\n' });
    spoil(folder);
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\none\ntwo\nthree\n', 'b.txt': 'b\n' });
    expect((await rebaseWork(parts, worktree, 'main')).kind).toBe('rebased');
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it('moves the branch alone where the worktree was removed', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    fs.rmSync(folder, { recursive: true });
    commitAll(repo, 'theirs', { 'b.txt': 'theirs\n' });
    expect((await rebaseWork(parts, worktree, 'main')).kind).toBe('rebased');
    expect(subjects(repo, `main..${worktree.branch}`)).toEqual(['mine']);
  });

  it('goes on after a crash in the middle of moving', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const tip = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    commitAll(repo, 'theirs', { 'b.txt': 'theirs\n', 'n.txt': 'new\n' });
    const done = await rebaseWork(parts, worktree, 'main');
    if (done.kind !== 'rebased') throw new Error('a conflict');
    // As it is when we die with some of the files moved: the branch is where it was, the mark is there.
    gitIn(folder, 'reset', '--quiet', '--hard', tip);
    gitIn(repo, 'update-ref', `refs/ccdispatch/moving/${worktree.worktree_id}`, done.commit);
    write(folder, { 'b.txt': 'theirs\n' });
    expect(await rebaseWork(parts, worktree, 'main')).toEqual(done);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(subjects(repo, `main..${worktree.branch}`)).toEqual(['mine']);
    expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch/moving')).toBe('');
  });

  it('says that histories have nothing in common, that a base is none, that the branch is gone', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    gitIn(repo, 'checkout', '--quiet', '--orphan', 'alone');
    commitAll(repo, 'alone');
    await expect(rebaseWork(parts, worktree, 'alone')).rejects.toThrow('no commit in common');
    await expect(rebaseWork(parts, worktree, 'nowhere')).rejects.toThrow('no commit "nowhere"');
    fs.rmSync(folder, { recursive: true });
    gitIn(repo, 'worktree', 'prune');
    gitIn(repo, 'branch', '-D', worktree.branch);
    await expect(rebaseWork(parts, worktree, 'main')).rejects.toThrow('is not there any more');
  });
});
