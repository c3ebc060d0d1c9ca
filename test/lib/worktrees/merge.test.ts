// The work of a task goes into the branch that it started from, or nothing changes, on real repositories.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeWork } from '../../../src/lib/worktrees/merge.ts';
import { commitAll, gitIn, makeRepository, write } from '../../support/work-repository.ts';

const request = { title: 'the task' };

describe('merging the work', () => {
  it('moves the base on where it is checked out, files and all', async () => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    write(folder, { 'd.txt': 'left over\n' });
    write(repo, { 'untracked.txt': 'of the person' });
    const merged = await mergeWork(parts, worktree, request);
    const commit = gitIn(repo, 'rev-parse', 'main');
    expect(merged).toEqual({ kind: 'merged', into: 'main', commit, isNew: true });
    expect(gitIn(repo, 'status', '--porcelain')).toBe('?? untracked.txt');
    expect(fs.readFileSync(path.join(repo, 'd.txt'), 'utf8')).toBe('left over\n');
    expect(record(worktree)).toMatchObject({ state: 'merged', settled_commit: commit });
    expect(await mergeWork(parts, worktree, request)).toEqual({ ...merged, isNew: false });
  });

  it('keeps history in a line: the second of two is rebased first', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const [first, second] = [await addWorktree(1), await addWorktree(2)];
    commitAll(first.folder, 'first', { 'c.txt': 'c\n' });
    commitAll(second.folder, 'second', { 'd.txt': 'd\n' });
    const merged = await Promise.all([first, second].map(({ worktree }) => mergeWork(parts, worktree, request)));
    expect(merged.map(({ kind }) => kind)).toEqual(['merged', 'merged']);
    expect(gitIn(repo, 'log', '--format=%s', 'main').split('\n').sort()).toEqual(['begin', 'first', 'second']);
    expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
    expect(gitIn(repo, 'status', '--porcelain')).toBe('');
  });

  it('moves a base that is checked out nowhere, in a bare repository too', async () => {
    for (const isBare of [false, true]) {
      const { parts, addWorktree, repo } = makeRepository({ isBare });
      const { worktree, folder } = await addWorktree();
      const commit = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
      if (!isBare) gitIn(repo, 'checkout', '--quiet', '-b', 'elsewhere');
      expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', commit });
      expect(gitIn(repo, 'rev-parse', 'main')).toBe(commit);
    }
  });

  it('does nothing with a checkout that has changes, or something under way, and names them', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    const before = commitAll(repo, 'theirs', { 'b.txt': 'theirs\n' });
    write(repo, { 'a.txt': 'being edited\n', 'ü b.txt': 'staged' });
    gitIn(repo, 'add', 'ü b.txt');
    expect(await mergeWork(parts, worktree, request)).toEqual({
      ...{ kind: 'dirty', into: 'main', folder: repo, files: ['a.txt', 'ü b.txt'] },
    });
    gitIn(repo, 'reset', '--quiet', '--hard');
    gitIn(repo, 'checkout', '--quiet', '-b', 'other', 'main~1');
    commitAll(repo, 'clash', { 'b.txt': 'clash\n' });
    gitIn(repo, 'checkout', '--quiet', 'main');
    expect(() => gitIn(repo, 'rebase', 'other')).toThrow();
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'under-way', into: 'main' });
    expect(gitIn(repo, 'rev-parse', 'main')).toBe(before);
    expect(gitIn(repo, 'log', '--format=%s', worktree.branch)).toBe('mine\nbegin');
  });

  it.each([
    ['the index of the checkout', 'index.lock', true],
    ['the branch, checked out nowhere', 'refs/heads/main.lock', false],
  ])('names the lock that a git left on %s, and never takes it away', async (_, name, isCheckedOut) => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const commit = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    if (!isCheckedOut) gitIn(repo, 'checkout', '--quiet', '--detach');
    const lock = path.join(worktree.git_dir, name);
    fs.writeFileSync(lock, '');
    // As a git leaves it that was cut off with the machine: some files are moved on.
    if (isCheckedOut) write(repo, { 'b.txt': 'half\n' });
    expect(await mergeWork(parts, worktree, request)).toEqual({ kind: 'locked', into: 'main', folder: repo, lock });
    expect(fs.existsSync(lock)).toBe(true);
    expect(record(worktree).state).toBe('open');
    expect(gitIn(repo, 'log', '--format=%s', 'main')).toBe('begin');
    fs.rmSync(lock);
    if (isCheckedOut) {
      expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'dirty', files: ['b.txt'] });
      gitIn(repo, 'checkout', '--quiet', 'b.txt');
    }
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', commit, isNew: true });
  });

  it('waits for a git of the person that is just done', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    const lock = path.join(repo, '.git/index.lock');
    fs.writeFileSync(lock, '');
    setTimeout(() => fs.rmSync(lock), 300);
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', isNew: true });
  });

  it('says so where the history of the base is no line any more: its agent had merged itself', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'a.txt': 'mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    expect(() => gitIn(folder, 'merge', 'main')).toThrow();
    commitAll(folder, 'solved by the agent', { 'a.txt': 'both\n' });
    const merged = await mergeWork(parts, worktree, request);
    expect(merged).toMatchObject({ kind: 'merged', isNew: true, hasMerges: true });
    expect(gitIn(repo, 'rev-list', '--count', '--merges', 'main')).toBe('1');
    expect(gitIn(repo, 'show', 'main:a.txt')).toBe('both');
  });

  it('says so as well where single commits do not fit, and only the whole does', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'there', { 'a.txt': 'mine\ntwo\nthree\n' });
    commitAll(folder, 'and back', { 'a.txt': 'one\ntwo\nthree\n', 'c.txt': 'c\n' });
    const tip = gitIn(folder, 'rev-parse', 'HEAD');
    const theirs = commitAll(repo, 'theirs', { 'a.txt': 'theirs\ntwo\nthree\n' });
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', isNew: true, hasMerges: true });
    expect(gitIn(repo, 'log', '-1', '--format=%P', 'main')).toBe(`${theirs} ${tip}`);
    expect(gitIn(repo, 'show', 'main:a.txt')).toBe('theirs\ntwo\nthree');
  });

  it('never merges with conflicts, and changes nothing then', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const tip = commitAll(folder, 'mine', { 'a.txt': 'mine\n', 'b.txt': 'mine\n' });
    const base = commitAll(repo, 'theirs', { 'a.txt': 'theirs\n', 'b.txt': 'theirs\n' });
    expect(await mergeWork(parts, worktree, request)).toEqual({
      ...{ kind: 'conflict', into: 'main', files: ['a.txt', 'b.txt'] },
    });
    expect([gitIn(repo, 'rev-parse', 'main'), gitIn(repo, 'rev-parse', worktree.branch)]).toEqual([base, tip]);
    expect(gitIn(repo, 'status', '--porcelain')).toBe('');
  });

  it('leaves a file of the person alone that is in the way', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    write(repo, { 'c.txt': 'of the person\n' });
    const refused = await mergeWork(parts, worktree, request);
    expect(refused).toMatchObject({ kind: 'refused', text: expect.stringContaining('c.txt') });
    expect(fs.readFileSync(path.join(repo, 'c.txt'), 'utf8')).toBe('of the person\n');
    expect(gitIn(repo, 'log', '--format=%s', 'main')).toBe('begin');
  });

  it('is done without the worktree, which somebody removed', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const commit = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    fs.rmSync(folder, { recursive: true });
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', commit });
    expect(gitIn(repo, 'rev-parse', 'HEAD')).toBe(commit);
  });

  it('says what is missing: a commit, a local branch, the branch, what the agent left elsewhere', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const empty = await addWorktree(1);
    expect(await mergeWork(parts, empty.worktree, request)).toEqual({ kind: 'nothing', into: 'main' });
    const tagged = await addWorktree(2, { base: 'v1', base_branch: null });
    expect(await mergeWork(parts, tagged.worktree, request)).toEqual({ kind: 'no-branch', base: 'v1' });
    const renamed = await addWorktree(3, { base: 'old', base_branch: 'old' });
    expect(await mergeWork(parts, renamed.worktree, request)).toEqual({ kind: 'base-gone', into: 'old' });
    const detached = await addWorktree(4);
    gitIn(detached.folder, 'checkout', '--quiet', '--detach');
    commitAll(detached.folder, 'elsewhere', { 'c.txt': 'c' });
    expect(await mergeWork(parts, detached.worktree, request)).toMatchObject({ kind: 'elsewhere' });
    fs.rmSync(empty.folder, { recursive: true });
    gitIn(repo, 'worktree', 'prune');
    gitIn(repo, 'branch', '-D', empty.worktree.branch);
    await expect(mergeWork(parts, empty.worktree, request)).rejects.toThrow('is not there any more');
  });

  it('notices what the person merged', async () => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const commit = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    gitIn(repo, 'merge', '--quiet', '--no-ff', '-m', 'by hand', worktree.branch);
    expect(await mergeWork(parts, worktree, request)).toEqual({ kind: 'merged', into: 'main', commit, isNew: false });
    expect(record(worktree).state).toBe('merged');
  });

  it('runs nothing that the repository names', async () => {
    const { parts, addWorktree, repo, home } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const trace = path.join(home.outside, 'trace');
    commitAll(folder, 'mine', { 'c.txt': 'c\n', '.gitattributes': '* filter=f merge=f diff=f\n', 'a.txt': 'one\n' });
    commitAll(repo, 'theirs', { 'b.txt': 'theirs\n' });
    for (const hook of ['post-merge', 'post-checkout', 'post-rewrite', 'reference-transaction', 'pre-merge-commit']) {
      fs.writeFileSync(path.join(repo, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${trace}\n`, { mode: 0o755 });
    }
    const names = ['filter.f.clean', 'filter.f.smudge', 'merge.f.driver', 'core.fsmonitor', 'diff.f.textconv'];
    for (const name of names) gitIn(repo, 'config', name, `sh -c 'echo ${name} >> ${trace}; cat'`);
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', isNew: true });
    expect(fs.existsSync(trace) ? fs.readFileSync(trace, 'utf8') : '').toBe('');
    expect(fs.readFileSync(path.join(repo, 'c.txt'), 'utf8')).toBe('c\n');
  });

  it('begins again where somebody commits to the base in the middle of it, and gives up in the end', async () => {
    for (const times of [1, 9]) {
      const { parts, addWorktree, repo } = makeRepository();
      const { worktree, folder } = await addWorktree();
      commitAll(folder, 'mine', { 'c.txt': 'c\n' });
      let left = times;
      const run: typeof parts.git.run = async (where, args, options) => {
        if (args[0] === 'merge' && left-- > 0) commitAll(repo, `theirs ${left}`, { [`t${left}.txt`]: 't' });
        return await parts.git.run(where, args, options);
      };
      const merged = await mergeWork({ ...parts, git: { ...parts.git, run } }, worktree, request);
      const history = gitIn(repo, 'log', '--format=%s', 'main').split('\n');
      if (times === 1) {
        expect(merged).toMatchObject({ kind: 'merged', isNew: true });
        expect(history).toEqual(['mine', 'theirs 0', 'begin']);
      } else {
        expect(merged).toMatchObject({ kind: 'refused', into: 'main' });
        expect(history).not.toContain('mine');
      }
      expect(gitIn(repo, 'status', '--porcelain')).toBe('');
      expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    }
  });

  it('merges lines, whatever driver the repository names for a file: one that keeps a side would lose the other', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    gitIn(repo, 'config', 'merge.mine.driver', 'true');
    commitAll(repo, 'attributes', { '.gitattributes': 'a.txt merge=mine\n' });
    commitAll(folder, 'mine', { 'a.txt': 'mine\ntwo\nthree\n', '.gitattributes': 'a.txt merge=mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'one\ntwo\nTHREE\n' });
    const merged = await mergeWork(parts, worktree, request);
    if (merged.kind === 'conflict') expect(merged.files).toEqual(['a.txt']);
    else expect(fs.readFileSync(path.join(repo, 'a.txt'), 'utf8')).toBe('mine\ntwo\nTHREE\n');
  });

  it('says that the histories have nothing in common', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    gitIn(repo, 'checkout', '--quiet', '--orphan', 'alone');
    commitAll(repo, 'alone');
    gitIn(repo, 'branch', '--quiet', '-M', 'main');
    await expect(mergeWork(parts, worktree, request)).rejects.toMatchObject({ code: 'usage' });
  });
});
