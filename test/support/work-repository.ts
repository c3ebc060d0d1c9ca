// A repository with one worktree of ours in it, made by plain git, and what looks at it from outside.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import type { WorkParts } from '../../src/lib/worktrees/held-repository.ts';
import { parseWorktree, renderWorktree, type Worktree } from '../../src/lib/worktrees/record.ts';
import { createWorktreeStore } from '../../src/lib/worktrees/store.ts';
import { makeHome } from './home.ts';

const person = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' };
const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };

/** Plain git of a person, with her own settings and all hooks out of the way; gives what it prints. */
export function gitIn(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'protocol.file.allow=always', '-c', 'core.hooksPath=/dev/null', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...person, ...committer },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** Writes files, and folders for them. */
export function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
}

/** Commits all that is in the folder; gives the commit. */
export function commitAll(folder: string, message: string, files: Record<string, string> = {}): string {
  write(folder, files);
  gitIn(folder, 'add', '-A');
  gitIn(folder, 'commit', '--quiet', '--allow-empty', '-m', message);
  return gitIn(folder, 'rev-parse', 'HEAD');
}

export interface WorkRepository {
  parts: WorkParts;
  repo: string;
  home: ReturnType<typeof makeHome>;
  /** Makes a worktree of its own for a task of that number. */
  addWorktree(n?: number, change?: Partial<Worktree>): Promise<{ worktree: Worktree; folder: string }>;
  /** The record as it is on disk. */
  record(worktree: Worktree): Worktree;
}

/** A repository with a few files on `main`, in a home of the test's own. */
export function makeRepository({
  isBare = false,
  untilRemoved = false,
  home = makeHome({ untilRemoved }),
} = {}): WorkRepository {
  const repo = path.join(home.outside, 'repo');
  fs.mkdirSync(repo);
  gitIn(repo, 'init', '--quiet', '-b', 'main');
  commitAll(repo, 'begin', { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n', '.gitignore': '*.log\n' });
  let place = repo;
  if (isBare) {
    place = path.join(home.outside, 'bare.git');
    gitIn(repo, 'clone', '--quiet', '--bare', repo, place);
  }
  const worktrees = createWorktreeStore({ files: realFiles, locks: kernelLocks, paths: home.paths });
  const gitDir = fs.realpathSync(isBare ? place : path.join(repo, '.git'));
  return {
    home,
    repo: place,
    parts: { git: systemGit, files: realFiles, worktrees },
    async addWorktree(n = 1, change = {}) {
      const id = `task-1-${1_700_000_000_000 + n}`;
      const worktree = parseWorktree(
        renderWorktree({
          schema_version: 1,
          worktree_id: id,
          repo: place,
          git_dir: gitDir,
          branch: `ccdispatch/${id}`,
          base: 'main',
          base_branch: 'main',
          base_commit: gitIn(place, 'rev-parse', 'main'),
          created_at: '2026-11-20T10:00:00.000Z',
          state: 'open',
          settled_commit: null,
          bundle: null,
          ...change,
        } as Worktree),
        'here',
      );
      const folder = worktrees.folder(worktree);
      gitIn(place, 'worktree', 'add', '--quiet', '--no-track', '-b', worktree.branch, folder, worktree.base_commit);
      await worktrees.save(worktree);
      return { worktree, folder };
    },
    record: ({ worktree_id }) => worktrees.load(worktree_id) as Worktree,
  };
}
