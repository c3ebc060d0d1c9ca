// Whoever makes and prunes worktrees is killed at random: nothing half made stays, no commit is lost, nobody else's is touched.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bundleProgram } from '../support/crash-program.ts';
import type { WorktreeRequestOfCrash } from '../support/crash-worktree-process.ts';
import { makeHome } from '../support/home.ts';
import { seededRandom } from '../support/random.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { idOf, initRepository, type WorktreeHome, worktreesOf } from '../support/worktree-home.ts';

const kills = Number(process.env.TEST_KILLS ?? 20);
const numbers = [1, 2, 3];
const firstSeed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);

interface Ended {
  said: string;
  failed: string;
  signal: string | null;
}

interface Ready {
  /** Lets the process begin, and kills it so many milliseconds after its step of this number began. */
  run(killAt: { step: number; ms: number } | null): Promise<Ended>;
  remove(): void;
}

/** Starts the process, which waits for its word: so it is there when it is needed, and costs no time. */
function prepare(file: string, request: WorktreeRequestOfCrash): Ready {
  const child = spawn(process.execPath, [file, JSON.stringify(request)], { stdio: 'pipe' });
  child.stdin.on('error', () => {});
  return {
    run(killAt) {
      const ended = follow(child, killAt);
      child.stdin.end();
      return ended;
    },
    remove: () => void child.kill('SIGKILL'),
  };
}

function follow(child: ChildProcessWithoutNullStreams, killAt: { step: number; ms: number } | null): Promise<Ended> {
  let [said, failed, isKilled] = ['', '', false];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failed += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (killAt && !isKilled && said.split('step\n').length > killAt.step) {
      isKilled = true;
      void sleep(killAt.ms).then(() => child.kill('SIGKILL'));
    }
  });
  return new Promise((resolve) => child.once('exit', (_, signal) => resolve({ said, failed, signal })));
}

function locksIn(folder: string): string[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.lock') || path.basename(name) === 'locked');
}

/** A repository with enough files for a checkout to be killed in, and with worktrees that are not ours. */
function makeScene(outside: string): { repo: string; foreign: () => unknown } {
  const repo = initRepository(path.join(outside, 'repo'));
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`many/${n % 20}/${n}.txt`, `${n}\n`]));
  commitAll(repo, 'many', many);
  const foreign = path.join(outside, 'foreign');
  gitIn(repo, 'worktree', 'add', '-q', '--lock', '-b', 'foreign', foreign);
  commitAll(foreign, 'foreign', { 'foreign.txt': 'f' });
  fs.writeFileSync(path.join(foreign, 'new.txt'), 'not committed');
  gitIn(repo, 'worktree', 'add', '-q', '-b', 'gone', path.join(outside, 'gone'));
  fs.rmSync(path.join(outside, 'gone'), { recursive: true });
  return {
    repo,
    foreign: () => [
      gitIn(foreign, 'rev-parse', 'HEAD', 'foreign', 'gone'),
      gitIn(foreign, 'status', '--porcelain'),
      ['foreign', 'gone'].map((name) => fs.readdirSync(path.join(repo, '.git/worktrees', name)).sort()),
    ],
  };
}

/** Commits of a worktree that are neither on its branch, nor merged, nor in its bundle. */
function lostOf(here: WorktreeHome, repo: string, n: number, commits: readonly string[]): string[] {
  const worktree = here.parts.worktrees.load(idOf(n));
  const branch = worktree ? gitIn(repo, 'for-each-ref', '--format=%(refname)', `refs/heads/${worktree.branch}`) : '';
  const tips = ['refs/heads/main', ...(branch === '' ? [] : [branch])];
  if (branch === '' && worktree?.bundle) {
    tips.push(
      ...gitIn(repo, 'bundle', 'unbundle', worktree.bundle)
        .split('\n')
        .map((line) => line.split(' ')[0] as string),
    );
  }
  if (commits.length === 0) return [];
  const beyond = new Set(gitIn(repo, 'rev-list', ...commits, '--not', ...tips).split('\n'));
  return commits.filter((commit) => beyond.has(commit));
}

it(`keeps repositories whole over ${kills} kills (TEST_SEED=${firstSeed})`, {
  timeout: 60_000 + kills * 4000,
}, async () => {
  const { next } = seededRandom(firstSeed);
  const home = makeHome();
  const here = worktreesOf(home);
  const { repo, foreign } = makeScene(home.outside);
  const before = foreign();
  const program = await bundleProgram('crash-worktree-process.ts');
  const commits = new Map<number, string[]>(numbers.map((n) => [n, []]));
  const request = { home: home.home, repo, numbers };
  const start = () => prepare(program.file, { ...request, seed: Math.floor(next() * 1e9), isLast: false });
  let spare = start();
  try {
    for (let round = 0; round < kills; round++) {
      const running = spare.run({ step: 1 + Math.floor(next() * 3), ms: next() * 120 });
      spare = start();
      const killed = await running;
      const where = `TEST_SEED=${firstSeed}, round ${round}`;
      expect([killed.signal, killed.failed], where).toEqual(['SIGKILL', '']);
      for (const [, commit, n] of killed.said.matchAll(/^([0-9a-f]{40}) (\d)\n/gm))
        commits.get(Number(n))?.push(commit as string);
      // Waits for gits that outlived it.
      const lock = await here.parts.worktrees.lock({ repo, git_dir: path.join(repo, '.git') }, 'test');
      lock.release();
      const lost = [...commits].flatMap(([n, all]) => lostOf(here, repo, n, all));
      expect(lost, where).toEqual([]);
      if (round % 5 !== 4 && round !== kills - 1) continue;
      const repaired = await prepare(program.file, { ...request, seed: 0, isLast: true }).run(null);
      expect([repaired.signal, repaired.failed], where).toEqual([null, '']);
      expect(gitIn(repo, 'fsck', '--no-dangling'), where).toBe('');
      expect(locksIn(path.join(repo, '.git')), where).toEqual([path.join('worktrees', 'foreign', 'locked')]);
      const ours = here.parts.worktrees.list().worktrees.filter((worktree) => fs.existsSync(here.folder(worktree)));
      const entries = fs.readdirSync(path.join(repo, '.git/worktrees')).sort();
      expect(entries, where).toEqual(['foreign', 'gone', ...ours.map(({ worktree_id }) => worktree_id)].sort());
      const folder = here.parts.worktrees.repositoryFolder({ repo, git_dir: path.join(repo, '.git') });
      expect(
        fs.readdirSync(folder).filter((name) => /^\.tmp|\.new/.test(name)),
        where,
      ).toEqual([]);
      expect(foreign(), where).toEqual(before);
    }
    expect([...commits.values()].flat().length, `TEST_SEED=${firstSeed}`).toBeGreaterThan(0);
  } finally {
    spare.remove();
    program.remove();
  }
});
