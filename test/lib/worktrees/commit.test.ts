// What agents leave in their worktrees is committed, whatever state they leave it in, on real repositories.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitWork } from '../../../src/lib/worktrees/commit.ts';
import { holdRepository, type WorkParts } from '../../../src/lib/worktrees/held-repository.ts';
import type { Worktree } from '../../../src/lib/worktrees/record.ts';
import { countWork } from '../../../src/lib/worktrees/summary.ts';
import { commitAll, gitIn, makeRepository, write } from '../../support/work-repository.ts';

const request = { title: 'calc: add\na sum' };
const count = (parts: WorkParts, worktree: Worktree, tip: string | null) =>
  holdRepository(parts, worktree, 'test', (repository) => countWork(repository, worktree, tip ?? ''));
const namesAt = (repo: string, commit: string) => gitIn(repo, 'ls-tree', '-r', '--name-only', commit).split('\n');

describe('what an agent left', () => {
  it('is committed on its branch, the agent own commits below it, ignored files left out', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const own = commitAll(folder, 'of the agent', { 'c.txt': 'c\n' });
    write(folder, { 'new/d.txt': 'd\n', 'e.log': 'ignored', 'a.txt': 'one\ntwo\n' });
    fs.rmSync(path.join(folder, 'b.txt'));
    const done = await commitWork(parts, worktree, request);
    expect(done).toMatchObject({ isNew: true, kept: null, leftOut: false });
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(done.tip);
    expect(gitIn(repo, 'rev-parse', `${done.tip}^`)).toBe(own);
    expect(namesAt(repo, done.tip as string)).toEqual(['.gitignore', 'a.txt', 'c.txt', 'new/d.txt']);
    expect(gitIn(repo, 'log', '-1', '--format=%B|%an|%ae', done.tip as string)).toBe(
      `calc: add a sum\n\nWork of ${worktree.worktree_id} that its agent had not committed.\n|ccdispatch|ccdispatch@localhost`,
    );
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(await count(parts, worktree, done.tip)).toEqual({ commit: done.tip, files: 4, insertions: 2, deletions: 2 });
    expect(await commitWork(parts, worktree, request)).toEqual({ ...done, isNew: false });
  });

  it('carries the name of the person, where the settings of the repository or of the person say it', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    gitIn(repo, 'config', 'user.name', 'Grace');
    gitIn(repo, 'config', 'user.email', 'grace@example.org');
    write(folder, { 'c.txt': 'c' });
    const { tip } = await commitWork(parts, worktree, request);
    expect(gitIn(repo, 'log', '-1', '--format=%an <%ae> %cn', tip as string)).toBe('Grace <grace@example.org> Grace');
  });

  it('is committed past an index that somebody else has locked, and past one of ours that was left behind', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const gitDir = gitIn(folder, 'rev-parse', '--absolute-git-dir');
    const lock = path.join(gitDir, 'index.lock');
    fs.writeFileSync(lock, '');
    write(folder, { 'c.txt': 'c' });
    const first = await commitWork(parts, worktree, request);
    expect(namesAt(repo, first.tip as string)).toContain('c.txt');
    expect(fs.existsSync(lock)).toBe(true);
    // What we leave when we are killed between making the lock and taking it away.
    fs.rmSync(lock);
    fs.copyFileSync(path.join(gitDir, 'index'), path.join(gitDir, 'ccdispatch-index'));
    fs.linkSync(path.join(gitDir, 'ccdispatch-index'), lock);
    fs.writeFileSync(path.join(gitDir, 'ccdispatch-index.lock'), '');
    write(folder, { 'd.txt': 'd' });
    const second = await commitWork(parts, worktree, request);
    expect(namesAt(repo, second.tip as string)).toContain('d.txt');
    expect(fs.readdirSync(gitDir).filter((name) => /lock|ccdispatch/.test(name))).toEqual([]);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it('leaves the index of its commit behind, also where we died between the two', async () => {
    const { parts, addWorktree } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const gitDir = gitIn(folder, 'rev-parse', '--absolute-git-dir');
    const [index, own] = ['index', 'ccdispatch-index'].map((name) => path.join(gitDir, name)) as [string, string];
    const before = fs.readFileSync(index);
    write(folder, { 'a.txt': 'of the agent\n' });
    const { tip } = await commitWork(parts, worktree, request);
    fs.renameSync(index, own);
    fs.writeFileSync(index, before);
    expect(gitIn(folder, 'diff', '--cached', '--name-only')).toBe('a.txt');
    expect(await commitWork(parts, worktree, request)).toMatchObject({ tip, isNew: false });
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(fs.existsSync(own)).toBe(false);
  });

  it('is committed past a lock of its branch that was left long ago, but not past one that may be held', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const lock = path.join(repo, '.git/refs/heads', `${worktree.branch}.lock`);
    fs.writeFileSync(lock, '');
    write(folder, { 'c.txt': 'c' });
    await expect(commitWork(parts, worktree, request)).rejects.toThrow('git update-ref failed');
    expect(fs.existsSync(lock)).toBe(true);
    const longAgo = new Date(Date.now() - 3_600_000);
    fs.utimesSync(lock, longAgo, longAgo);
    expect((await commitWork(parts, worktree, request)).isNew).toBe(true);
  });

  it('is committed where the index is broken', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    fs.writeFileSync(path.join(gitIn(folder, 'rev-parse', '--absolute-git-dir'), 'index'), 'nonsense');
    write(folder, { 'c.txt': 'c' });
    const { tip } = await commitWork(parts, worktree, request);
    expect(namesAt(repo, tip as string)).toEqual(['.gitignore', 'a.txt', 'b.txt', 'c.txt']);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it('runs no hook, filter, monitor or diff program that the repository names', async () => {
    const { parts, addWorktree, repo, home } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const trace = path.join(home.outside, 'trace');
    const program = path.join(home.outside, 'program');
    fs.writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> ${trace}\ncat\n`, { mode: 0o755 });
    for (const hook of ['pre-commit', 'commit-msg', 'post-commit', 'reference-transaction', 'post-index-change']) {
      fs.copyFileSync(program, path.join(repo, '.git/hooks', hook));
    }
    const settings = ['filter.f.clean', 'filter.f.smudge', 'filter.f.process', 'core.fsmonitor', 'diff.f.textconv'];
    for (const name of [...settings, 'diff.f.command', 'diff.external', 'merge.f.driver', 'gpg.program'])
      gitIn(repo, 'config', name, program);
    gitIn(repo, 'config', 'filter.f.required', 'true');
    gitIn(repo, 'config', 'commit.gpgsign', 'true');
    write(folder, { '.gitattributes': '* filter=f diff=f merge=f\n', 'c.txt': 'c\n' });
    const { tip } = await commitWork(parts, worktree, request);
    expect(gitIn(repo, 'show', `${tip}:c.txt`, '--no-textconv')).toBe('c');
    expect(fs.existsSync(trace)).toBe(false);
  });

  it('leaves repositories inside of it alone, but not what the branch has of their files', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'a library', { 'lib/code.txt': 'tracked\n' });
    for (const name of ['clone', 'lib', 'empty']) {
      fs.mkdirSync(path.join(folder, name), { recursive: true });
      gitIn(path.join(folder, name), 'init', '--quiet');
      if (name !== 'empty') commitAll(path.join(folder, name), 'inner', { 'inner.txt': name });
    }
    write(folder, { 'c.txt': 'c' });
    const done = await commitWork(parts, worktree, request);
    expect(done).toMatchObject({ isNew: true, leftOut: true });
    expect(namesAt(repo, done.tip as string)).toEqual([
      ...['.gitignore', 'a.txt', 'b.txt', 'c.txt', 'lib/code.txt', 'lib/inner.txt'],
    ]);
    expect(fs.readFileSync(path.join(folder, 'clone/inner.txt'), 'utf8')).toBe('clone');
  });

  it('takes a submodule that the agent moved on along', async () => {
    const { parts, addWorktree, repo, home } = makeRepository();
    const library = path.join(home.outside, 'library');
    fs.mkdirSync(library);
    gitIn(library, 'init', '--quiet');
    commitAll(library, 'one', { 'x.txt': '1' });
    const { worktree, folder } = await addWorktree();
    gitIn(folder, 'submodule', '--quiet', 'add', library, 'sub');
    const first = await commitWork(parts, worktree, request);
    expect(first.leftOut).toBe(false);
    const moved = commitAll(path.join(folder, 'sub'), 'two', { 'x.txt': '2' });
    const { tip } = await commitWork(parts, worktree, request);
    expect(gitIn(repo, 'ls-tree', tip as string, 'sub')).toContain(`commit ${moved}`);
  });

  it('takes too long: says so, changes nothing, and goes well the next time', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const before = gitIn(repo, 'rev-parse', worktree.branch);
    write(folder, Object.fromEntries(Array.from({ length: 800 }, (_, n) => [`many/${n}.txt`, `${n}`])));
    await expect(commitWork(parts, worktree, { ...request, timeoutMs: 40 })).rejects.toThrow();
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(before);
    const { isNew, tip } = await commitWork(parts, worktree, request);
    expect(isNew).toBe(true);
    expect(await count(parts, worktree, tip)).toMatchObject({ files: 800 });
  });
});

describe('a person who commits in the worktree while its work is being committed', () => {
  it('loses no commit, whatever moment it is', async () => {
    for (let moment = 0, isOver = false; !isOver; moment++) {
      const { parts, addWorktree, repo } = makeRepository();
      const { worktree, folder } = await addWorktree();
      write(folder, { 'left.txt': 'left' });
      let [calls, own] = [0, ''];
      const git: typeof parts.git = {
        ...parts.git,
        run: async (...args) => {
          if (calls++ === moment) own = commitAll(folder, 'by hand', { 'own.txt': 'own' });
          return await parts.git.run(...args);
        },
      };
      const { tip } = await commitWork({ ...parts, git }, worktree, request);
      isOver = own === '';
      expect(tip).toBe(gitIn(repo, 'rev-parse', worktree.branch));
      if (!isOver) expect(gitIn(repo, 'merge-base', '--is-ancestor', own, worktree.branch), `at ${moment}`).toBe('');
      expect(gitIn(repo, 'show', `${worktree.branch}:left.txt`)).toBe('left');
    }
  });
});

describe('a worktree that the agent left elsewhere', () => {
  it('in the middle of a rebase: its files and its new commits are kept by a ref of ours', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'a.txt': 'mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    expect(() => gitIn(folder, 'rebase', 'main')).toThrow();
    write(folder, { 'a.txt': 'half solved\n' });
    const tip = gitIn(repo, 'rev-parse', worktree.branch);
    const done = await commitWork(parts, worktree, request);
    expect(done).toEqual({ tip, isNew: false, kept: `refs/ccdispatch/kept/${worktree.worktree_id}/1`, leftOut: false });
    expect(gitIn(repo, 'show', `${done.kept}:a.txt`)).toBe('half solved');
    // The agent can go on where it was.
    expect(gitIn(folder, 'status', '--porcelain')).toBe('UU a.txt');
    gitIn(folder, 'add', 'a.txt');
    gitIn(folder, '-c', 'core.editor=true', 'rebase', '--continue');
    expect(gitIn(folder, 'log', '--format=%s', '-2')).toBe('mine\ntheirs');
  });

  it('detached, with a commit of its own, or on another branch with changes', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    gitIn(folder, 'checkout', '--quiet', '--detach');
    const lost = commitAll(folder, 'on no branch', { 'c.txt': 'c' });
    const detached = await commitWork(parts, worktree, request);
    expect(gitIn(repo, 'rev-parse', detached.kept as string)).toBe(lost);
    expect((await commitWork(parts, worktree, request)).kept).toBe(detached.kept);
    gitIn(folder, 'checkout', '--quiet', '-b', 'other');
    expect((await commitWork(parts, worktree, request)).kept).toBeNull();
    write(folder, { 'd.txt': 'd' });
    const { kept } = await commitWork(parts, worktree, request);
    expect(kept).toBe(`refs/ccdispatch/kept/${worktree.worktree_id}/2`);
    expect(gitIn(repo, 'show', `${kept}:d.txt`)).toBe('d');
  });

  it('with its branch removed: the branch is there again with all it had', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const own = commitAll(folder, 'mine', { 'c.txt': 'c' });
    gitIn(repo, 'update-ref', '-d', `refs/heads/${worktree.branch}`);
    write(folder, { 'd.txt': 'd' });
    const { tip } = await commitWork(parts, worktree, request);
    expect(gitIn(repo, 'rev-parse', `${worktree.branch}^`)).toBe(own);
    expect(tip).toBe(gitIn(repo, 'rev-parse', worktree.branch));
  });

  it('with its `.git` removed, inside of another repository: nothing is committed anywhere', async () => {
    const { parts, addWorktree, home } = makeRepository();
    const { worktree, folder } = await addWorktree();
    gitIn(home.home, 'init', '--quiet');
    fs.rmSync(path.join(folder, '.git'));
    write(folder, { 'c.txt': 'c' });
    const done = await commitWork(parts, worktree, request);
    expect(done).toMatchObject({ isNew: false, tip: worktree.base_commit });
    expect(() => gitIn(home.home, 'rev-parse', 'HEAD')).toThrow();
  });

  it('removed, or with the repository gone', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    fs.rmSync(folder, { recursive: true });
    expect(await commitWork(parts, worktree, request)).toMatchObject({ isNew: false, tip: worktree.base_commit });
    fs.rmSync(repo, { recursive: true });
    await expect(commitWork(parts, worktree, request)).rejects.toThrow('is not there any more');
  });
});
