// What a worktree gets beside its commit: listed files that git ignores, submodules of the main checkout, filters of the person.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { pruneWorktrees } from '../../../src/lib/worktrees/prune.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { commitAll, gitIn, write } from '../../support/work-repository.ts';
import { initRepository, type WorktreeHome, worktreesOf } from '../../support/worktree-home.ts';

let home: TestHome;
let here: WorktreeHome;
let repo: string;

beforeEach(() => {
  home = makeHome();
  here = worktreesOf(home);
  repo = initRepository(path.join(home.outside, 'repo'));
});

const message = (work: Promise<unknown>) =>
  work.then(
    () => 'it was not refused',
    (error: Error & { hint?: string }) => `${error.message} | ${error.hint}`,
  );

describe('.worktreeinclude', () => {
  it('brings what it names and git ignores, and nothing else', async () => {
    commitAll(repo, 'ignore', { '.gitignore': '.env\nnode_modules\n*.log\nbuild/\n' });
    write(repo, {
      '.worktreeinclude': '# comment\n.env\nnode_modules/*\n!node_modules/big\nnew.txt\na.txt\n',
      '.env': 'SECRET=1\n',
      'src/.env': 'SECRET=2\n',
      'node_modules/a/index.js': 'a',
      'node_modules/big/index.js': 'b',
      'new.txt': 'neither tracked nor ignored',
      'a.txt': 'changed here\n',
      'x.log': 'ignored, but not named',
      'build/out': 'ignored, but not named',
    });
    fs.chmodSync(path.join(repo, '.env'), 0o640);
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    expect(
      fs
        .readdirSync(folder, { recursive: true })
        .filter((name) => !String(name).startsWith('.git'))
        .sort(),
    ).toEqual(
      [
        '.env',
        'a.txt',
        'node_modules',
        'node_modules/a',
        'node_modules/a/index.js',
        'node_modules/big',
        'node_modules/big/index.js',
        'src',
        'src/.env',
        'src/b.txt',
      ].filter((name) => !name.includes('big')),
    );
    expect(fs.readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('one\n');
    expect(fs.statSync(path.join(folder, '.env')).mode & 0o777).toBe(0o640);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
  });

  it('follows no link out of the repository, neither from it nor into the worktree', async () => {
    const outside = path.join(home.outside, 'elsewhere');
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, 'id_rsa'), 'KEY');
    // In the commit `conf` is a link; in the checkout, by now, a folder.
    fs.symlinkSync(outside, path.join(repo, 'conf'));
    commitAll(repo, 'link', { '.gitignore': '*.key\nlinks\n' });
    fs.rmSync(path.join(repo, 'conf'));
    write(repo, { 'conf/my.key': 'K', '.worktreeinclude': '*.key\nlinks\n', 'links/real.key': 'R' });
    fs.symlinkSync('real.key', path.join(repo, 'links/inside.key'));
    fs.symlinkSync(path.join(outside, 'id_rsa'), path.join(repo, 'links/absolute.key'));
    fs.symlinkSync('../../elsewhere/id_rsa', path.join(repo, 'links/up.key'));
    fs.symlinkSync(outside, path.join(repo, 'links/folder'));
    const folder = here.folder(await here.prepare(repo));
    expect(fs.readdirSync(path.join(folder, 'links')).sort()).toEqual(['inside.key', 'real.key']);
    expect(fs.readlinkSync(path.join(folder, 'links/inside.key'))).toBe('real.key');
    expect(fs.readdirSync(outside)).toEqual(['id_rsa']);
  });
});

describe('submodules', () => {
  it('come from the main checkout, at their commit; those that are not there stay empty, and are said', async () => {
    const library = initRepository(path.join(home.outside, 'library'));
    const other = initRepository(path.join(home.outside, 'other'));
    gitIn(repo, 'submodule', '--quiet', 'add', library, 'lib/one');
    gitIn(repo, 'submodule', '--quiet', 'add', other, 'two');
    commitAll(repo, 'submodules');
    gitIn(repo, 'submodule', 'deinit', '-q', '-f', 'two');
    fs.rmSync(path.join(repo, '.git/modules/two'), { recursive: true });
    // Whoever is asked by its address is not there.
    fs.renameSync(library, `${library}-gone`);
    const before = fs.readFileSync(path.join(repo, '.git/config'), 'utf8');
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    expect(fs.readFileSync(path.join(folder, 'lib/one/a.txt'), 'utf8')).toBe('one\n');
    expect(fs.readdirSync(path.join(folder, 'two'))).toEqual([]);
    expect(worktree.notes).toEqual(['submodules']);
    expect(gitIn(path.join(folder, 'lib/one'), 'remote', 'get-url', 'origin')).toBe(library);
    expect(gitIn(folder, 'status', '--porcelain')).toBe('');
    expect(fs.readFileSync(path.join(repo, '.git/config'), 'utf8')).toBe(before);

    // Work in a submodule goes with the worktree: it must not be pruned.
    commitAll(path.join(folder, 'lib/one'), 'deep', { 'deep.txt': 'd' });
    gitIn(folder, 'checkout', '-q', '.');
    const options = { saveAfterMs: 1e9, isDryRun: false };
    const useOf = () => ({ usedBy: null, lastTask: null, endedAt: null });
    const [pruned] = await pruneWorktrees({ ...here.parts, useOf }, options);
    expect(pruned?.verdict.step).toBe('keep');
    expect(fs.existsSync(path.join(folder, 'lib/one/deep.txt'))).toBe(true);
  });
});

describe('filters', () => {
  const withPerson = (config: string) => {
    const before = process.env.HOME;
    process.env.HOME = home.outside;
    onTestFinished(() => {
      process.env.HOME = before;
    });
    fs.writeFileSync(path.join(home.outside, '.gitconfig'), config);
  };

  it('of the person are run, whatever the repository says of them', async () => {
    withPerson('[filter "caps"]\n\tsmudge = tr a-z A-Z\n\tclean = tr A-Z a-z\n\trequired\n');
    commitAll(repo, 'attributes', { '.gitattributes': '*.txt filter=caps\n' });
    gitIn(repo, 'config', 'filter.caps.smudge', `touch ${home.outside}/trapped`);
    const folder = here.folder(await here.prepare(repo));
    expect(fs.readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('ONE\n');
    expect(fs.existsSync(path.join(home.outside, 'trapped'))).toBe(false);
    const env = { ...process.env, HOME: home.outside };
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8', env })).toBe('');
  });

  it('that are not installed are named, and nothing is left', async () => {
    withPerson('[filter "lfs"]\n\tprocess = no-such-git-lfs filter-process\n\trequired = true\n');
    commitAll(repo, 'attributes', { '.gitattributes': '*.bin filter=lfs\n' });
    gitIn(repo, '-c', 'filter.lfs.process=', '-c', 'filter.lfs.required=false', 'status');
    fs.writeFileSync(path.join(repo, 'x.bin'), 'version https://git-lfs.github.com/spec/v1\n');
    gitIn(repo, 'add', 'x.bin');
    gitIn(repo, 'commit', '-qm', 'pointer');
    expect(await message(here.prepare(repo))).toMatch(
      /a filter of your git settings \((lfs|no-such-git-lfs|filter\.\*).*\), .* \| Install its program/,
    );
    expect(gitIn(repo, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(gitIn(repo, 'branch', '--list')).toBe('* main');
    expect(here.parts.worktrees.list().worktrees).toEqual([]);
    expect(fs.readdirSync(here.parts.worktrees.repositoryFolder({ repo, git_dir: path.join(repo, '.git') }))).toEqual([
      '.lock',
    ]);
  });

  it('that nobody has set up leave pointers of git-lfs, and that is noted', async () => {
    withPerson('');
    commitAll(repo, 'attributes', {
      '.gitattributes': '*.bin filter=lfs diff=lfs\n',
      'x.bin': 'version https://git-lfs',
    });
    const worktree = await here.prepare(repo);
    expect(worktree.notes).toEqual(['lfs']);
    expect(fs.readFileSync(path.join(here.folder(worktree), 'x.bin'), 'utf8')).toBe('version https://git-lfs');
  });

  it('trust a repository of another user where the person’s settings do', async () => {
    if (process.getuid?.() !== 0) return;
    for (const name of ['', '.git']) fs.chownSync(path.join(repo, name), 12345, 12345);
    withPerson(`[safe]\n\tdirectory = ${repo}\n`);
    expect((await here.prepare(repo)).repo).toBe(repo);
  });
});
