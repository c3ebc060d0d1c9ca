// Kills the process that commits, rebases, merges, discards and bundles at random moments: no commit of an agent is lost.

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { recoverWork } from '../../src/lib/worktrees/rebase.ts';
import type { Worktree } from '../../src/lib/worktrees/record.ts';
import { type BundledProgram, bundleProgram } from '../support/bundle-program.ts';
import { type LandingStep, landingSteps } from '../support/landing-process.ts';
import { seededRandom } from '../support/random.ts';
import { commitAll, gitIn, makeRepository, type WorkRepository, write } from '../support/work-repository.ts';

const kills = Number(process.env.TEST_KILLS) || 40;
const steps = Object.keys(landingSteps) as LandingStep[];

/** One process that does steps, and the next one, which starts meanwhile. */
class Doer {
  private readonly spare: { child: ChildProcess; lines: AsyncIterator<string> }[] = [];
  readonly failures: string[] = [];
  constructor(
    private readonly program: string,
    private readonly home: string,
  ) {
    this.prepare();
    this.prepare();
  }

  private prepare(): void {
    const child = spawn(process.execPath, [this.program, this.home], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin?.on('error', () => {});
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    this.spare.push({ child, lines });
  }

  /** Does the step; kills the process after so many milliseconds, unless it is done before. Says whether it was killed. */
  async does(step: LandingStep, { worktree_id }: Worktree, killAfterMs: number): Promise<boolean> {
    const doer = this.spare[0] as (typeof this.spare)[0];
    if (!(doer as { isReady?: boolean }).isReady) await doer.lines.next();
    Object.assign(doer, { isReady: true });
    doer.child.stdin?.write(`${step} ${worktree_id}\n`);
    const answer = doer.lines.next();
    const first = await Promise.race([answer, sleep(killAfterMs).then(() => 'late' as const)]);
    if (first !== 'late') {
      const said = String(first.value);
      if (said !== 'done') this.failures.push(`${step}: ${said}`);
      return false;
    }
    doer.child.kill('SIGKILL');
    await answer;
    this.spare.shift();
    this.prepare();
    return true;
  }

  close(): void {
    for (const { child } of this.spare) child.kill('SIGKILL');
  }
}

/** What the agents of the test have made, all of which has to be found again. */
interface Made {
  commits: string[];
  blobs: string[];
}

/** What an agent does between our steps: a commit of its own, and something that it does not commit. */
function work(folder: string, n: number, made: Made, next: () => number): void {
  const name = path.basename(folder);
  const hash = (text: string) => {
    write(folder, { [`${name}/${n}.txt`]: text });
    made.blobs.push(gitIn(folder, 'hash-object', `${name}/${n}.txt`));
  };
  if (next() < 0.7) made.commits.push(commitAll(folder, `${name} ${n}`, { [`${name}/own-${n}.txt`]: `${next()}\n` }));
  if (next() < 0.7) hash(`left over ${n} ${next()}\n`);
}

async function lane(
  { addWorktree, parts }: WorkRepository,
  doer: Doer,
  { made, next, left }: { made: Made; next: () => number; left: { kills: number } },
  index: number,
): Promise<Worktree> {
  const { worktree, folder } = await addWorktree(index);
  for (let n = 1; left.kills > 0; n++) {
    work(folder, n, made, next);
    const step = steps[Math.floor(next() * steps.length)] as LandingStep;
    if (await doer.does(step, worktree, next() * 160)) left.kills--;
    // As before each run of an agent.
    await recoverWork(parts, worktree);
  }
  return worktree;
}

/** Something of a person in the same repository: a branch with a worktree in the middle of something. */
function addForeign(repo: string, outside: string): () => string {
  const folder = path.join(outside, 'foreign');
  gitIn(repo, 'worktree', 'add', '--quiet', '-b', 'foreign', folder);
  commitAll(folder, 'of a person', { 'foreign.txt': '1\n' });
  write(folder, { 'foreign.txt': '2\n', 'new.txt': 'n\n' });
  gitIn(folder, 'add', 'foreign.txt');
  const gitDir = gitIn(folder, 'rev-parse', '--absolute-git-dir');
  fs.writeFileSync(path.join(gitDir, 'index.lock'), '');
  return () =>
    [
      gitIn(folder, 'rev-parse', 'foreign'),
      gitIn(folder, '--no-optional-locks', 'status', '--porcelain'),
      fs.existsSync(path.join(gitDir, 'index.lock')),
    ].join('\n');
}

/** Everything below the git folder whose name tells of something unfinished. */
function leftovers(repo: string): string[] {
  const found = fs.readdirSync(path.join(repo, '.git'), { recursive: true }) as string[];
  const isForeign = (name: string) => name.startsWith('worktrees/foreign/');
  const isLeft = (name: string) => /\.lock$|ccdispatch-index|rebase-(merge|apply)$/.test(name);
  return found.filter((name) => isLeft(name) && !isForeign(name));
}

it('keeps every commit, leaves nothing behind, and never merges half', { timeout: 300_000 }, async () => {
  const { seed, next } = seededRandom(Number(process.env.TEST_SEED) || undefined);
  console.log(`TEST_SEED=${seed} TEST_KILLS=${kills}`);
  const program: BundledProgram = await bundleProgram(
    fileURLToPath(new URL('../support/landing-process.ts', import.meta.url)),
  );
  onTestFinished(() => program.remove());
  const set = makeRepository();
  const { repo, home, parts } = set;
  const foreign = addForeign(repo, home.outside);
  const before = foreign();
  const made: Made = { commits: [], blobs: [] };
  const left = { kills };
  const doers = [new Doer(program.path, home.home), new Doer(program.path, home.home)];
  onTestFinished(() => {
    for (const doer of doers) doer.close();
  });
  const worktrees = await Promise.all(doers.map((doer, index) => lane(set, doer, { made, next, left }, index + 1)));

  expect(doers.flatMap(({ failures }) => failures)).toEqual([]);
  for (const worktree of worktrees) {
    expect((await landingSteps.rebase(parts, worktree)).kind).toBe('rebased');
    expect(gitIn(parts.worktrees.folder(worktree), 'status', '--porcelain')).toBe('');
    const { bundle } = set.record(worktree);
    if (bundle !== null) gitIn(repo, 'bundle', 'verify', '--quiet', bundle);
  }
  expect(gitIn(repo, 'fsck', '--no-dangling', '--strict')).toBe('');
  const reachable = new Set(gitIn(repo, 'rev-list', '--objects', '--all').split(/[ \n]/));
  expect(made.commits.filter((commit) => !reachable.has(commit))).toEqual([]);
  expect(made.blobs.filter((blob) => !reachable.has(blob))).toEqual([]);
  expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
  expect(gitIn(repo, 'status', '--porcelain')).toBe('');
  expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch/moving')).toBe('');
  expect(leftovers(repo)).toEqual([]);
  expect(foreign()).toBe(before);
});
