// A process that makes, uses, loses and prunes worktrees without a pause, until it is killed; it says which commits were made.

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pruneWorktrees } from '../../src/lib/worktrees/prune.ts';
import { openHome } from './home.ts';
import { seededRandom } from './random.ts';
import { gitIn } from './work-repository.ts';
import { idOf, type WorktreeHome, worktreesOf } from './worktree-home.ts';

export interface WorktreeRequestOfCrash {
  home: string;
  repo: string;
  seed: number;
  /** Of the tasks whose worktrees they are. */
  numbers: readonly number[];
  /** Ends after everything was repaired once. */
  isLast: boolean;
}

const nobody = () => ({ usedBy: null, lastTask: 'task-local-1', endedAt: null });

/** As an agent commits: under the lock only so that a test can wait for the end of a git whose parent was killed. */
async function commitIn(here: WorktreeHome, repo: string, n: number): Promise<string> {
  const worktree = await here.prepare(repo, n);
  const lock = await here.parts.worktrees.lock(worktree, 'test');
  try {
    const folder = here.folder(worktree);
    writeFileSync(join(folder, `${process.pid}-${Date.now()}.txt`), 'work');
    const stdio = ['ignore', 'pipe', 'ignore', lock.descriptor] as const;
    const commit = 'git add -A && git -c user.name=a -c user.email=a@example.org commit -qm work && git rev-parse HEAD';
    return execFileSync('sh', ['-c', commit], { cwd: folder, encoding: 'utf8', stdio: [...stdio] }).trim();
  } finally {
    lock.release();
  }
}

async function main({ home, repo, seed, numbers, isLast }: WorktreeRequestOfCrash): Promise<void> {
  const here = worktreesOf(openHome(home));
  const { next } = seededRandom(seed);
  const prune = async (saveAfterMs: number) => {
    const results = await pruneWorktrees({ ...here.parts, useOf: nobody }, { saveAfterMs, isDryRun: false });
    const failed = results.find(({ failure }) => failure !== null);
    if (failed) throw new Error(`${failed.worktree.worktree_id}: ${failed.failure}`);
  };
  while (!isLast) {
    const n = numbers[Math.floor(next() * numbers.length)] as number;
    const what = next();
    writeSync(1, 'step\n');
    if (what < 0.45) writeSync(1, `${await commitIn(here, repo, n)} ${n}\n`);
    else if (what < 0.6) {
      const worktree = here.parts.worktrees.load(idOf(n));
      if (worktree) rmSync(here.folder(worktree), { recursive: true, force: true });
    } else if (what < 0.75) await prune(Number.MAX_SAFE_INTEGER);
    else if (what < 0.9) await prune(-1);
    else {
      const worktree = await here.prepare(repo, n);
      // Merged by hand.
      gitIn(repo, 'merge', '--quiet', '--no-edit', worktree.branch);
    }
  }
  for (const n of numbers) await here.prepare(repo, n);
  await prune(Number.MAX_SAFE_INTEGER);
}

// Whoever started us has us begin when he closes this.
readFileSync(0);
await main(JSON.parse(process.argv[2] ?? '') as WorktreeRequestOfCrash);
