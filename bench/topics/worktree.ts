// Making a task's worktree, all that comes with it included, against bare git on the same repository.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { diskTrees } from '../../src/lib/adapters/trees.ts';
import { pathsOf } from '../../src/lib/config/paths.ts';
import { prepareWorktree } from '../../src/lib/worktrees/prepare.ts';
import { createWorktreeStore } from '../../src/lib/worktrees/store.ts';
import type { Contender, Scene, Topic } from '../measure.ts';

const fileCount = 20_000;
const ours = 'prepare';
const bare = 'git worktree add';

function git(folder: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org'];
  execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'ignore' });
}

/** A repository of so many small files, 200 in a folder. */
function makeRepository(folder: string): void {
  mkdirSync(folder);
  git(folder, 'init', '-b', 'main');
  for (let n = 0; n < fileCount; n++) {
    const sub = join(folder, `part-${Math.floor(n / 200)}`);
    if (n % 200 === 0) mkdirSync(sub);
    writeFileSync(join(sub, `file-${n}.txt`), `This is file ${n}.\n${'A line of it.\n'.repeat(20)}`);
  }
  git(folder, 'add', '.');
  git(folder, 'commit', '-m', 'All of it');
}

function ourContender(folder: string, repo: string): Contender {
  const paths = pathsOf(join(folder, 'home'));
  const store = { files: realFiles, locks: kernelLocks, paths };
  const parts = {
    ...store,
    git: systemGit,
    trees: diskTrees,
    clock: systemClock,
    worktrees: createWorktreeStore(store),
  };
  let round = 0;
  return {
    name: ours,
    async take() {
      const startedAt = performance.now();
      const request = { worktreeId: `task-local-${++round}`, repo, base: null, branch: null };
      const worktree = await prepareWorktree(parts, request);
      const ms = performance.now() - startedAt;
      git(repo, 'worktree', 'remove', '--force', parts.worktrees.folder(worktree));
      return ms;
    },
  };
}

function bareContender(folder: string, repo: string): Contender {
  let round = 0;
  return {
    name: bare,
    async take() {
      const target = join(folder, `bare-${++round}`);
      const startedAt = performance.now();
      git(repo, 'worktree', 'add', '--no-track', '-b', `bare-${round}`, target, 'main');
      const ms = performance.now() - startedAt;
      git(repo, 'worktree', 'remove', '--force', target);
      return ms;
    },
  };
}

export const worktreeTopic: Topic = {
  name: 'worktree',
  unit: 'ms',
  rounds: 7,
  quickRounds: 3,
  async open(): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-worktree-'));
    const repo = join(folder, 'repo');
    makeRepository(repo);
    const what = `a task's worktree of ${fileCount} files, record, checks and locks included, against bare git`;
    return {
      contenders: [ourContender(folder, repo), bareContender(folder, repo)],
      lines: [{ name: 'worktree', what, a: ours, b: bare, aim: 1.2 }],
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
