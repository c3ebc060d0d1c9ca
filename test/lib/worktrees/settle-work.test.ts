// What a person can do with work instead of merging it: look at it, push it, give it up, save it.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createForge } from '../../../src/lib/adapters/forge.ts';
import { saveBundle } from '../../../src/lib/worktrees/bundle.ts';
import { diffWork } from '../../../src/lib/worktrees/diff.ts';
import { discardWork } from '../../../src/lib/worktrees/discard.ts';
import { holdRepository } from '../../../src/lib/worktrees/held-repository.ts';
import { publishWork } from '../../../src/lib/worktrees/publish.ts';
import { commitAll, gitIn, makeRepository, type WorkRepository, write } from '../../support/work-repository.ts';

const request = { title: 'the task' };

describe('looking at the work', () => {
  it('shows commits and what is not committed yet, in the ways that are asked for', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'a.txt': 'one\n2\nthree\n' });
    write(folder, { 'new.txt': 'new\n' });
    commitAll(repo, 'of somebody else', { 'b.txt': 'other\n' });
    const show = (what: 'patch' | 'stat' | 'names') => diffWork(parts, worktree, { show: what, hasColours: false });
    expect(await show('names')).toBe('a.txt\nnew.txt');
    expect(await show('stat')).toContain('2 files changed, 2 insertions(+), 1 deletion(-)');
    expect(await show('patch')).toContain('-two\n+2\n');
    expect(await diffWork(parts, worktree, { show: 'patch', hasColours: true })).toContain('\u001b[31m-two');
    expect(gitIn(folder, 'status', '--porcelain')).toBe('?? new.txt');
  });

  it('does so without the worktree, and says that the branch is gone', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    fs.rmSync(folder, { recursive: true });
    expect(await diffWork(parts, worktree, { show: 'names', hasColours: false })).toBe('c.txt');
    gitIn(repo, 'worktree', 'prune');
    gitIn(repo, 'branch', '-D', worktree.branch);
    await expect(diffWork(parts, worktree, { show: 'names', hasColours: false })).rejects.toThrow('not there any more');
  });
});

describe('giving the work up', () => {
  it('keeps its tip by a ref, and says how to get it back', async () => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    write(folder, { 'c.txt': 'c\n' });
    const { commit, back } = await discardWork(parts, worktree, request);
    expect(record(worktree)).toMatchObject({ state: 'discarded', settled_commit: commit });
    fs.rmSync(folder, { recursive: true });
    gitIn(repo, 'worktree', 'prune');
    gitIn(repo, 'branch', '-D', worktree.branch);
    gitIn(repo, ...back.split(' ').slice(1));
    expect(gitIn(repo, 'show', `${worktree.branch}-again:c.txt`)).toBe('c');
  });
});

describe('saving the work as a file', () => {
  it('takes every commit beyond the base: of the branch, and what refs of ours kept', async () => {
    const { parts, addWorktree, repo, record } = makeRepository();
    const { worktree, folder } = await addWorktree();
    const save = () => holdRepository(parts, worktree, 'test', saveBundle);
    expect(await save()).toBeNull();
    const tip = commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    gitIn(folder, 'checkout', '--quiet', '--detach');
    const kept = commitAll(folder, 'elsewhere', { 'd.txt': 'd\n' });
    const ref = `refs/ccdispatch/kept/${worktree.worktree_id}/1`;
    gitIn(repo, 'update-ref', ref, kept);
    const bundle = (await save()) as string;
    expect(record(worktree).bundle).toBe(bundle);
    const heads = gitIn(repo, 'bundle', 'list-heads', bundle).split('\n').sort();
    expect(heads).toEqual([`${tip} refs/heads/${worktree.branch}`, `${kept} ${ref}`].sort());
  });
});

/** A remote on disk, and a `gh` that notes how it is called. */
function makeForge({ home, repo }: WorkRepository, { gh }: { gh: string | null }) {
  const remote = path.join(home.outside, 'remote.git');
  gitIn(home.outside, 'init', '--quiet', '--bare', remote);
  gitIn(repo, 'remote', 'add', 'origin', remote);
  const [bin, trace] = [path.join(home.outside, 'bin'), path.join(home.outside, 'trace')];
  fs.mkdirSync(bin);
  for (const name of ['git', 'sh', 'cat']) {
    const found = process.env.PATH?.split(':').find((folder) => fs.existsSync(path.join(folder, name)));
    fs.symlinkSync(path.join(found as string, name), path.join(bin, name));
  }
  if (gh) {
    const script = `#!/bin/sh\nfor word; do echo "$word"; done >> ${trace}\necho . >> ${trace}\n${gh}\n`;
    fs.writeFileSync(path.join(bin, 'gh'), script, { mode: 0o755 });
  }
  const env = { PATH: bin, HOME: home.outside, GIT_CONFIG_GLOBAL: '/dev/null', TELEGRAM_BOT_TOKEN: 'secret' };
  return {
    remote,
    forge: createForge(env),
    calls: () => fs.readFileSync(trace, 'utf8').split('\n.\n').filter(Boolean),
  };
}

describe('pushing the work', () => {
  it('opens one pull request with gh, and moves the branch on the next time', async () => {
    const set = makeRepository();
    const gh = 'case "$1 $2" in "pr create") echo https://example.org/pull/7;; "pr view") exit 1;; esac';
    const { remote, forge, calls } = makeForge(set, { gh });
    const { worktree, folder } = await set.addWorktree();
    write(folder, { 'c.txt': 'c\n' });
    const parts = { ...set.parts, forge };
    const first = await publishWork(parts, worktree, request);
    const commit = gitIn(remote, 'rev-parse', worktree.branch);
    expect(first).toEqual({
      ...{ kind: 'pushed', branch: worktree.branch, commit, remote: 'origin' },
      ...{ url: 'https://example.org/pull/7', commands: [] },
    });
    expect(calls()).toEqual([
      'auth\nstatus',
      `pr\nview\n${worktree.branch}\n--json\nstate,url\n--jq\nselect(.state=="OPEN").url`,
      `pr\ncreate\n--head\n${worktree.branch}\n--base\nmain\n--title\nthe task\n--fill`,
    ]);
    expect(set.record(worktree)).toMatchObject({ state: 'pushed', settled_commit: commit });
    // Rewritten since: what we pushed ourselves may be replaced.
    gitIn(folder, 'commit', '--quiet', '--amend', '-m', 'better');
    expect(await publishWork(parts, worktree, request)).toMatchObject({ kind: 'pushed' });
    expect(gitIn(remote, 'log', '-1', '--format=%s', worktree.branch)).toBe('better');
  });

  it('lets the hooks of the repository have their say, without secrets of ours', async () => {
    const set = makeRepository();
    const { forge, remote } = makeForge(set, { gh: null });
    const { worktree, folder } = await set.addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    const hook = path.join(set.repo, '.git/hooks/pre-push');
    fs.writeFileSync(hook, '#!/bin/sh\necho "no: [$TELEGRAM_BOT_TOKEN]" >&2\nexit 1\n', { mode: 0o755 });
    const parts = { ...set.parts, forge };
    const refused = await publishWork(parts, worktree, request);
    expect(refused).toMatchObject({ kind: 'not-pushed', text: expect.stringContaining('no: []') });
    expect(set.record(worktree).state).toBe('open');
    fs.rmSync(hook);
    const pushed = await publishWork(parts, worktree, request);
    expect(pushed).toMatchObject({
      ...{ kind: 'pushed', url: null },
      commands: [`(cd ${set.repo} && gh pr create --head ${worktree.branch} --base main --title 'the task' --fill)`],
    });
    expect(gitIn(remote, 'rev-parse', worktree.branch)).toBe(gitIn(set.repo, 'rev-parse', worktree.branch));
  });

  it('finds the pull request that is open, and lives with a gh that is not logged in', async () => {
    const set = makeRepository();
    const { forge } = makeForge(set, {
      gh: 'case "$1" in pr) [ "$2" = view ] && echo https://example.org/pull/3;; *) [ ! -e out ];; esac',
    });
    const { worktree, folder } = await set.addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    const parts = { ...set.parts, forge };
    expect(await publishWork(parts, worktree, request)).toMatchObject({ url: 'https://example.org/pull/3' });
    write(set.repo, { out: '' });
    expect(await publishWork(parts, worktree, request)).toMatchObject({ kind: 'pushed', url: null });
  });

  it('says that there is no remote, or nothing to push', async () => {
    const set = makeRepository();
    const { worktree, folder } = await set.addWorktree();
    const parts = { ...set.parts, forge: createForge(process.env) };
    expect(await publishWork(parts, worktree, request)).toEqual({ kind: 'nothing', branch: worktree.branch });
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    expect(await publishWork(parts, worktree, request)).toEqual({ kind: 'no-remote', repo: set.repo });
  });
});
