// Worktrees are made in real repositories of every kind, and again after everything that can become of one.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CcdispatchError } from '../../../src/lib/errors/errors.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { commitAll, gitIn, write } from '../../support/work-repository.ts';
import { idOf, initRepository, type WorktreeHome, worktreesOf } from '../../support/worktree-home.ts';

let home: TestHome;
let here: WorktreeHome;
let repo: string;

beforeEach(() => {
  home = makeHome();
  here = worktreesOf(home);
  repo = initRepository(path.join(home.outside, 'repo'));
});

/** What a person reads of the refusal. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: CcdispatchError) => thrown,
  );
  return `${(error as CcdispatchError).code}: ${error.message} | ${(error as CcdispatchError).hint}`;
}

const entries = (of = repo) =>
  gitIn(of, 'worktree', 'list', '--porcelain')
    .match(/^worktree .*/gm)
    ?.slice(1) ?? [];

describe('a new worktree', () => {
  it('starts from what is checked out, on a branch of its own that tracks nothing', async () => {
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    expect(worktree).toMatchObject({
      repo,
      git_dir: path.join(repo, '.git'),
      branch: `ccdispatch/${idOf(1)}`,
      base: 'main',
      base_branch: 'main',
      base_commit: gitIn(repo, 'rev-parse', 'main'),
      state: 'open',
      notes: [],
    });
    expect(worktree.ready_at).not.toBe(null);
    expect(fs.readFileSync(path.join(folder, 'src/b.txt'), 'utf8')).toBe('two\n');
    expect(gitIn(folder, 'symbolic-ref', '--short', 'HEAD')).toBe(worktree.branch);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(gitIn(repo, 'worktree', 'list', '--porcelain')).not.toContain('locked');
    expect(gitIn(repo, 'config', '--list')).not.toContain('branch.ccdispatch');
    expect(gitIn(repo, 'branch', '--show-current')).toBe('main');
  });

  it('is the same one the next time, and no git is asked for that', async () => {
    const first = await here.prepare(repo);
    write(here.folder(first), { 'work.txt': 'w' });
    const git = { ...here.parts.git, run: () => Promise.reject(new Error('git was asked')) };
    const again = worktreesOf(home);
    again.parts.git = git;
    expect(await again.prepare(repo)).toEqual(first);
    expect(fs.existsSync(path.join(here.folder(first), 'work.txt'))).toBe(true);
  });

  it('starts from the named base: a branch, a tag, a commit, one of a remote', async () => {
    const first = gitIn(repo, 'rev-parse', 'HEAD');
    gitIn(repo, 'tag', 'v1');
    gitIn(repo, 'branch', 'side');
    gitIn(repo, 'update-ref', 'refs/remotes/origin/main', first);
    commitAll(repo, 'second', { 'c.txt': 'c' });
    for (const [n, base, branch] of [
      [1, 'side', 'side'],
      [2, 'v1', null],
      [3, first, null],
      [4, 'origin/main', null],
      [5, 'HEAD~1', null],
    ] as const) {
      const worktree = await here.prepare(repo, n, { base });
      expect([worktree.base, worktree.base_branch, worktree.base_commit]).toEqual([base, branch, first]);
    }
  });

  it('takes the branch that was named, and refuses one that is there', async () => {
    const worktree = await here.prepare(repo, 1, { branch: 'topic/login' });
    expect(gitIn(here.folder(worktree), 'branch', '--show-current')).toBe('topic/login');
    expect(await refusal(here.prepare(repo, 2, { branch: 'main' }))).toBe(
      `usage: The repository ${repo} has a branch main already. | Choose another name, or start from that branch with: --base main`,
    );
    expect(await refusal(here.prepare(repo, 2, { branch: 'topic' }))).toContain('The branch topic/login is in the way');
    expect(await refusal(here.prepare(repo, 2, { branch: 'main/x' }))).toContain('The branch main is in the way');
    expect(here.parts.worktrees.load(idOf(2))).toBe(null);
  });

  it.each(['-rf', 'a\nb', 'a..b', '@{-1}', 'a.lock', 'a b', '', 'HEAD', 'a~1', '/a', 'refs/../x'])(
    'refuses the branch %j',
    async (branch) => {
      expect(await refusal(here.prepare(repo, 1, { branch }))).toContain('cannot be the name of a branch');
      expect(entries()).toEqual([]);
    },
  );

  it('goes round a branch called ccdispatch, and one of its own name', async () => {
    gitIn(repo, 'branch', `ccdispatch/${idOf(2)}`);
    expect((await here.prepare(repo, 2)).branch).toBe(`ccdispatch-${idOf(2)}`);
    gitIn(repo, 'branch', '-D', `ccdispatch/${idOf(2)}`);
    gitIn(repo, 'branch', 'ccdispatch');
    expect((await here.prepare(repo, 1)).branch).toBe(`ccdispatch-${idOf(1)}`);
  });

  it('starts from the commit where the main checkout is dirty, and says so', async () => {
    write(repo, { 'a.txt': 'changed\n', 'new.txt': 'n' });
    const worktree = await here.prepare(repo);
    expect(fs.readFileSync(path.join(here.folder(worktree), 'a.txt'), 'utf8')).toBe('one\n');
    expect(worktree).toMatchObject({ notes: ['dirty'], told_with: { task: idOf(1), notes: ['dirty'] } });
    expect(fs.readFileSync(path.join(repo, 'a.txt'), 'utf8')).toBe('changed\n');
  });

  it('starts from the commit of a detached HEAD', async () => {
    gitIn(repo, 'checkout', '-q', '--detach');
    const commit = gitIn(repo, 'rev-parse', 'HEAD');
    expect(await here.prepare(repo)).toMatchObject({ base: commit, base_branch: null, base_commit: commit });
  });

  it('works from a bare repository, a shallow clone, one of sha256, and another worktree', async () => {
    const bare = path.join(home.outside, 'bare.git');
    gitIn(home.outside, 'clone', '-q', '--bare', repo, bare);
    const shallow = path.join(home.outside, 'shallow');
    commitAll(repo, 'more', { 'd.txt': 'd' });
    gitIn(home.outside, 'clone', '-q', '--depth=1', `file://${repo}`, shallow);
    const long = initRepository(path.join(home.outside, 'sha256'), '--object-format=sha256');
    const linked = path.join(home.outside, 'linked');
    gitIn(repo, 'worktree', 'add', '-q', '-b', 'side', linked);
    for (const [n, folder] of [bare, shallow, long, linked].entries()) {
      const worktree = await here.prepare(folder, n);
      expect(fs.existsSync(path.join(here.folder(worktree), 'a.txt'))).toBe(true);
      expect(worktree.repo).toBe(folder === linked ? repo : folder);
      if (folder === linked) expect(worktree.base).toBe('side');
    }
  });

  it('bears blanks, quotes and other scripts in paths', async () => {
    const odd = initRepository(path.join(home.outside, `o'd "ä" 仓库 $(x)`));
    const worktree = await here.prepare(odd);
    expect(fs.existsSync(path.join(here.folder(worktree), 'a.txt'))).toBe(true);
    expect(await here.prepare(odd)).toEqual(worktree);
  });

  it('says so where a path would be too long for the system, and leaves nothing', async () => {
    const name = 'n'.repeat(240);
    const deep = Array.from({ length: 18 }, () => name).join('/');
    // By plumbing: no folder holds it, and git itself has no limit.
    const blob = gitIn(repo, 'hash-object', '-w', 'a.txt');
    gitIn(repo, 'update-index', '--add', '--cacheinfo', `100644,${blob},${deep}/f.txt`);
    gitIn(repo, 'commit', '-qm', 'deep');
    const said = await refusal(here.prepare(repo));
    expect(said).toContain('The path of a file would be longer than this system allows');
    expect(entries()).toEqual([]);
    expect(gitIn(repo, 'branch', '--list')).toBe('* main');
  });

  it('runs no hook and no filter of the repository', async () => {
    const trap = path.join(home.outside, 'trapped');
    commitAll(repo, 'attributes', { '.gitattributes': '*.txt filter=evil\n*.md filter=a=b\n', 'a.md': 'a\n' });
    gitIn(repo, 'config', 'filter.evil.smudge', `touch ${trap}`);
    gitIn(repo, 'config', 'filter.evil.process', `touch ${trap}`);
    gitIn(repo, 'config', 'filter.a=b.smudge', `touch ${trap}`);
    gitIn(repo, 'config', 'core.fsmonitor', `touch ${trap}`);
    for (const name of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      write(repo, { [`.git/hooks/${name}`]: `#!/bin/sh\ntouch ${trap}\n` });
      fs.chmodSync(path.join(repo, '.git/hooks', name), 0o755);
    }
    const worktree = await here.prepare(repo);
    expect(fs.readFileSync(path.join(here.folder(worktree), 'a.txt'), 'utf8')).toBe('one\n');
    expect(fs.existsSync(trap)).toBe(false);
  });
});

describe('what cannot be', () => {
  it('is said: a folder without git, a file, nothing, a circle of links, a sub-folder, the inside of git, our home', async () => {
    const plain = path.join(home.outside, 'plain');
    fs.mkdirSync(plain);
    const loop = path.join(home.outside, 'loop');
    fs.symlinkSync('loop', loop);
    expect(await refusal(here.prepare(plain))).toMatch(/^usage: .*plain is no git repository\. \| .*git init/);
    expect(await refusal(here.prepare(path.join(repo, 'a.txt')))).toMatch(/^usage: .*is a file, not a repository/);
    expect(await refusal(here.prepare(path.join(home.outside, 'none')))).toMatch(/^not-found: There is no repository/);
    expect(await refusal(here.prepare(loop))).toMatch(/^not-found: .*in a circle/);
    expect(await refusal(here.prepare(path.join(repo, 'src')))).toBe(
      `usage: ${repo}/src is a folder of the repository ${repo}. | Name the repository itself: --repo ${repo}`,
    );
    expect(await refusal(here.prepare(path.join(repo, '.git/refs')))).toContain(`--repo ${repo}`);
    expect(await refusal(here.prepare(home.home))).toContain('lies in CCDISPATCH_HOME');
    const worktree = await here.prepare(repo);
    expect(await refusal(here.prepare(here.folder(worktree), 2))).toContain('continue its task with -s');
  });

  it('is said: a repository without a commit, and a base that does not exist', async () => {
    const empty = path.join(home.outside, 'empty');
    gitIn(home.outside, 'init', '-q', '-b', 'main', empty);
    expect(await refusal(here.prepare(empty))).toMatch(/^not-found: .* has no commit yet on the branch main/);
    expect(await refusal(here.prepare(repo, 1, { base: 'gone' }))).toMatch(/^not-found: .* has no commit "gone"/);
    expect(await refusal(here.prepare(repo, 1, { base: '--all' }))).toMatch(/^not-found/);
    expect(here.parts.worktrees.list()).toEqual({ worktrees: [], broken: [] });
  });

  it('is said: a repository of another user, until git is told to trust it', async () => {
    if (process.getuid?.() !== 0) return;
    for (const name of ['', '.git']) fs.chownSync(path.join(repo, name), 12345, 12345);
    expect(await refusal(here.prepare(repo))).toContain(`git config --global --add safe.directory ${repo}`);
  });

  it('leaves nothing behind: a branch that is checked out elsewhere', async () => {
    const worktree = await here.prepare(repo);
    fs.rmSync(here.folder(worktree), { recursive: true });
    gitIn(repo, 'worktree', 'prune');
    gitIn(repo, 'checkout', '-q', worktree.branch);
    expect(await refusal(here.prepare(repo))).toContain(`is checked out at ${repo}`);
    gitIn(repo, 'checkout', '-q', 'main');
    expect((await here.prepare(repo)).branch).toBe(worktree.branch);
  });
});

describe('a worktree that was removed', () => {
  it.each(['by hand', 'by git', 'together with its branch'])('%s is made again at the same place', async (how) => {
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    const tip = commitAll(folder, 'work', { 'work.txt': 'w' });
    if (how === 'by hand') fs.rmSync(folder, { recursive: true });
    else gitIn(repo, 'worktree', 'remove', '--force', folder);
    if (how === 'together with its branch') gitIn(repo, 'branch', '-D', worktree.branch);
    const again = await here.prepare(repo);
    expect(again).toMatchObject({ worktree_id: worktree.worktree_id, branch: worktree.branch });
    const expected = how === 'together with its branch' ? worktree.base_commit : tip;
    expect(gitIn(folder, 'rev-parse', 'HEAD')).toBe(expected);
    expect(entries()).toEqual([`worktree ${folder}`]);
  });

  it('has a note told once: with the task for which it was new', async () => {
    write(repo, { 'a.txt': 'changed\n' });
    const worktree = await here.prepare(repo);
    fs.rmSync(here.folder(worktree), { recursive: true });
    const again = await here.prepare(repo, 1, { taskId: idOf(2) });
    expect(again).toMatchObject({ notes: ['dirty'], told_with: { task: idOf(1), notes: ['dirty'] } });
    // A retry of the first one is a result of its own.
    fs.rmSync(here.folder(worktree), { recursive: true });
    expect((await here.prepare(repo, 1)).told_with).toEqual({ task: idOf(1), notes: ['dirty'] });
  });

  it('keeps what is in a folder that git knows no more', async () => {
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    write(folder, { 'precious.txt': 'p' });
    fs.rmSync(path.join(folder, '.git'));
    const again = await here.prepare(repo, 1, { taskId: idOf(2) });
    expect(again).toMatchObject({ notes: ['kept_aside'], told_with: { task: idOf(2), notes: ['kept_aside'] } });
    expect(fs.existsSync(path.join(folder, 'precious.txt'))).toBe(false);
    expect(fs.readFileSync(`${folder}.kept-1/precious.txt`, 'utf8')).toBe('p');
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it('comes back from a bundle', async () => {
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    const tip = commitAll(folder, 'work', { 'work.txt': 'w' });
    const bundle = path.join(home.outside, 'x.bundle');
    gitIn(repo, 'bundle', 'create', '-q', bundle, `main..refs/heads/${worktree.branch}`);
    gitIn(repo, 'worktree', 'remove', '--force', folder);
    gitIn(repo, 'branch', '-D', worktree.branch);
    await here.parts.worktrees.save({ ...worktree, bundle });
    await here.prepare(repo);
    expect(gitIn(folder, 'rev-parse', 'HEAD')).toBe(tip);
  });

  it('says so where the repository is gone', async () => {
    await here.prepare(repo);
    fs.renameSync(repo, `${repo}-moved`);
    expect(await refusal(here.prepare(repo))).toMatch(/^not-found: The repository .* is not there any more/);
  });
});

describe('what a killed attempt leaves', () => {
  it('is repaired, and nobody else is touched', async () => {
    const foreign = path.join(home.outside, 'foreign');
    gitIn(repo, 'worktree', 'add', '-q', '--lock', '-b', 'foreign', foreign);
    const gone = path.join(home.outside, 'gone');
    gitIn(repo, 'worktree', 'add', '-q', '-b', 'gone', gone);
    fs.rmSync(gone, { recursive: true });
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    const entry = path.join(repo, '.git/worktrees', idOf(1));
    // As git leaves it when it is killed in mid-checkout.
    fs.writeFileSync(path.join(entry, 'locked'), `ccdispatch is making ${folder}`);
    fs.rmSync(path.join(folder, 'src'), { recursive: true });
    fs.writeFileSync(path.join(entry, 'index.lock'), '');
    fs.writeFileSync(path.join(repo, '.git/refs/heads', `${worktree.branch}.lock`), '');
    await here.parts.worktrees.save({ ...worktree, ready_at: null });
    await here.prepare(repo);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    // And before git has said whose the entry is.
    gitIn(repo, 'worktree', 'remove', '--force', folder);
    fs.mkdirSync(entry);
    await here.prepare(repo);
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(entry, { recursive: true });
    fs.mkdirSync(entry);
    fs.writeFileSync(path.join(entry, 'locked'), `ccdispatch is making ${folder}`);
    await here.prepare(repo);
    expect(entries().sort()).toEqual([folder, foreign, gone].map((each) => `worktree ${each}`));
    expect(gitIn(repo, 'worktree', 'list', '--porcelain').match(/^locked.*/gm)).toEqual(['locked added with --lock']);
    expect(fs.readdirSync(path.join(repo, '.git/worktrees')).sort()).toEqual(['foreign', 'gone', idOf(1)].sort());
    expect(gitIn(repo, 'fsck')).toBe('');
  });
});
