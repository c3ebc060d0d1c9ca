// The disk fills up while a worktree is checked out: nothing half made stays, and with room again it is made.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDiskFull } from '../../src/lib/errors/errors.ts';
import { makeSmallDisk, whyNoSmallDisk } from '../support/crash-small-disk.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { initRepository, worktreesOf } from '../support/worktree-home.ts';

const obstacle = whyNoSmallDisk();

describe.skipIf(obstacle)('a full disk', () => {
  it.each([0, 40])('in mid-checkout, with %i pages left, leaves nothing of the worktree', async (pages) => {
    const disk = makeSmallDisk('4m');
    const { home } = disk;
    const repo = initRepository(path.join(home.outside, 'repo'));
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`big/${n}.txt`, `${n}`.repeat(6000)]));
    commitAll(repo, 'big', files);
    const here = worktreesOf(home);
    fs.mkdirSync(home.paths.worktrees);
    disk.fill(pages);
    const error = await here.prepare(repo).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(isDiskFull(error), String(error)).toBe(true);
    expect(
      fs.existsSync(path.join(repo, '.git/worktrees')) ? fs.readdirSync(path.join(repo, '.git/worktrees')) : [],
    ).toEqual([]);
    expect(gitIn(repo, 'branch', '--list')).toBe('* main');
    expect(here.parts.worktrees.list().worktrees.map(({ worktree_id }) => worktree_id)).toEqual([]);
    disk.free();
    const worktree = await here.prepare(repo);
    expect(fs.readdirSync(path.join(here.folder(worktree), 'big'))).toHaveLength(100);
    expect(gitIn(here.folder(worktree), 'status', '--porcelain')).toBe('');
    expect(gitIn(repo, 'fsck')).toBe('');
  });
});
