// A conflict laid open in the files of a worktree: for the agent to resolve, with nothing lost and nothing half merged.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitWork } from '../../../src/lib/worktrees/commit.ts';
import { layOpenWork } from '../../../src/lib/worktrees/lay-open.ts';
import { mergeWork } from '../../../src/lib/worktrees/merge.ts';
import { commitAll, gitIn, makeRepository, write } from '../../support/work-repository.ts';

const request = { title: 'left over' };

async function makeConflict() {
  const made = makeRepository();
  const { worktree, folder } = await made.addWorktree();
  const tip = commitAll(folder, 'mine', { 'a.txt': 'one\nMINE\nthree\n', 'c.txt': 'c\n' });
  write(folder, { 'wip.txt': 'wip\n' });
  const onto = commitAll(made.repo, 'theirs', { 'a.txt': 'one\nTHEIRS\nthree\n' });
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
  return { ...made, worktree, folder, tip, onto, read };
}

describe('laying a conflict open', () => {
  it('starts the branch from the new base, with both sides in the files and the commits kept', async () => {
    const { parts, repo, worktree, folder, tip, onto, read, record } = await makeConflict();
    expect(await layOpenWork(parts, worktree, 'main', request)).toEqual({ kind: 'conflict', files: ['a.txt'] });
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(onto);
    expect(record(worktree).base_commit).toBe(onto);
    expect(read('a.txt')).toMatch(/^one\n<<<<<<< .*\nTHEIRS\n=======\nMINE\n>>>>>>> .*\nthree\n$/);
    expect([read('c.txt'), read('wip.txt')]).toEqual(['c\n', 'wip\n']);
    expect(gitIn(folder, 'diff', '--name-only', 'HEAD').split('\n')).toEqual(['a.txt', 'c.txt', 'wip.txt']);
    expect(gitIn(repo, 'rev-parse', `refs/ccdispatch/backup/${worktree.worktree_id}/1^`)).toBe(tip);
    expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch/moving')).toBe('');
    // Done again, as after a kill, it changes nothing.
    expect(await layOpenWork(parts, worktree, 'main', request)).toEqual({ kind: 'conflict', files: [] });
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(onto);
    expect(read('a.txt')).toContain('<<<<<<<');
  });

  it('is not merged until every marker is gone, and then in a line', async () => {
    const { parts, repo, worktree, folder, onto } = await makeConflict();
    await layOpenWork(parts, worktree, 'main', request);
    expect(await mergeWork(parts, worktree, request)).toEqual({ kind: 'conflict', into: 'main', files: ['a.txt'] });
    expect(gitIn(repo, 'rev-parse', 'main')).toBe(onto);
    write(folder, { 'a.txt': 'one\nTHEIRS AND MINE\nthree\n' });
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged', into: 'main' });
    expect(gitIn(repo, 'show', 'main:a.txt')).toBe('one\nTHEIRS AND MINE\nthree');
    expect(gitIn(repo, 'show', 'main:wip.txt')).toBe('wip');
    expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
    expect(gitIn(repo, 'fsck', '--no-dangling')).toBe('');
  });

  it('takes the markers of others for what they are', async () => {
    const { parts, worktree, folder, repo } = await makeConflict();
    commitAll(repo, 'a text about git', { 'guide.md': '<<<<<<< ours\n=======\n>>>>>>> theirs\n' });
    await layOpenWork(parts, worktree, 'main', request);
    write(folder, { 'a.txt': 'resolved\n' });
    expect(await mergeWork(parts, worktree, request)).toMatchObject({ kind: 'merged' });
  });

  it('goes on where it was killed between the files and the branch', async () => {
    const { parts, repo, worktree, onto, read } = await makeConflict();
    await layOpenWork(parts, worktree, 'main', request);
    const open = gitIn(repo, 'rev-parse', `refs/ccdispatch/open/${worktree.worktree_id}`);
    gitIn(repo, 'update-ref', `refs/heads/${worktree.branch}`, open);
    commitAll(repo, 'later', { 'b.txt': 'later\n' });
    expect(await layOpenWork(parts, worktree, 'main', request)).toEqual({ kind: 'conflict', files: [] });
    expect(gitIn(repo, 'rev-parse', worktree.branch)).toBe(onto);
    expect(read('a.txt')).toContain('<<<<<<<');
  });

  it('rebases what fits', async () => {
    const { parts, addWorktree, repo } = makeRepository();
    const { worktree, folder } = await addWorktree();
    commitAll(folder, 'mine', { 'c.txt': 'c\n' });
    commitAll(repo, 'theirs', { 'b.txt': 'theirs\n' });
    expect(await layOpenWork(parts, worktree, 'main', request)).toMatchObject({ kind: 'rebased' });
    expect(gitIn(repo, 'log', '--format=%s', `main..${worktree.branch}`)).toBe('mine');
    expect((await commitWork(parts, worktree, request)).isNew).toBe(false);
  });
});
