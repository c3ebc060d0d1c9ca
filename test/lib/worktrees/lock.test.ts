// The lock of a repository: a git that outlives whoever started it still holds it, and who waits can give up.

import path from 'node:path';
import { expect, it } from 'vitest';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { makeHome } from '../../support/home.ts';
import { initRepository, worktreesOf } from '../../support/worktree-home.ts';

it('is free only when the last git that was given it has ended', async () => {
  const home = makeHome();
  const { worktrees } = worktreesOf(home).parts;
  const repo = initRepository(path.join(home.outside, 'repo'));
  const key = { repo, git_dir: path.join(repo, '.git') };
  const lock = await worktrees.lock(key, 'test');
  const settings = ['alias.linger=!sleep 1'];
  const startedAt = performance.now();
  const lingering = systemGit.run(repo, ['linger'], { lock, settings });
  // As if we had been killed.
  setTimeout(() => lock.release(), 200);
  const next = await worktrees.lock(key, 'test');
  expect(performance.now() - startedAt).toBeGreaterThan(950);
  next.release();
  await lingering;
});

it('is given up on when it takes too long, or nobody wants it any more', async () => {
  const home = makeHome();
  const { worktrees } = worktreesOf(home).parts;
  const key = { repo: '/srv/shop', git_dir: '/srv/shop/.git' };
  const held = await worktrees.lock(key, 'a long merge');
  await expect(worktrees.lock(key, 'test', { timeoutMs: 30 })).rejects.toThrow(/held by process \d+ \(a long merge\)/);
  const stop = AbortSignal.timeout(50);
  await expect(worktrees.lock(key, 'test', { signal: stop })).rejects.toThrow('aborted');
  held.release();
  (await worktrees.lock(key, 'test', { timeoutMs: 30 })).release();
});

it('finds nothing half written by somebody who was killed over a record', async () => {
  const home = makeHome();
  const { worktrees } = worktreesOf(home).parts;
  const key = { repo: '/srv/shop', git_dir: '/srv/shop/.git' };
  const folder = worktrees.repositoryFolder(key);
  home.files.makeFolder(folder);
  for (const name of ['.tmp-77-3-task-local-1.json', 'task-local-1.json', '.tmp-removed-task-local-2'])
    home.files.write(path.join(folder, name), '{');
  (await worktrees.lock(key, 'test')).release();
  expect(home.files.list(folder).sort()).toEqual(['.lock', '.tmp-removed-task-local-2', 'task-local-1.json']);
});
