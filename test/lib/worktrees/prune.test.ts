// What may go goes, with its branch; whatever is nowhere else stays, and is saved when it is old.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { judgeWorktree, type WorktreeUse } from '../../../src/lib/worktrees/judge.ts';
import { type Pruned, type PruneOptions, pruneWorktrees } from '../../../src/lib/worktrees/prune.ts';
import { parseWorktree, renderWorktree, type Worktree } from '../../../src/lib/worktrees/record.ts';
import type { WorktreeFacts } from '../../../src/lib/worktrees/survey.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { commitAll, gitIn, write } from '../../support/work-repository.ts';
import { idOf, initRepository, type WorktreeHome, worktreesOf } from '../../support/worktree-home.ts';

let home: TestHome;
let here: WorktreeHome;
let repo: string;
let uses: Map<string, WorktreeUse>;
let now: number;

const dayMs = 86_400_000;
const used = (lastTask: string | null, usedBy: string | null = null): WorktreeUse => ({
  usedBy,
  lastTask,
  endedAt: null,
});

async function prune(options: Partial<PruneOptions> = {}): Promise<Record<string, string>> {
  const results: Pruned[] = await pruneWorktrees(
    {
      ...here.parts,
      clock: { ...here.parts.clock, now: () => now },
      useOf: (id) => uses.get(id) ?? used(null),
    },
    { saveAfterMs: 30 * dayMs, isDryRun: false, ...options },
  );
  expect(results.map(({ failure }) => failure).filter(Boolean)).toEqual([]);
  return Object.fromEntries(
    results.map(({ worktree, verdict }) => [worktree.worktree_id, `${verdict.step}: ${verdict.why}`]),
  );
}

const hasBranch = (name: string) => gitIn(repo, 'branch', '--list', name, '--format=%(refname:short)') === name;
const entries = () =>
  fs.readdirSync(path.join(repo, '.git')).includes('worktrees')
    ? fs.readdirSync(path.join(repo, '.git/worktrees'))
    : [];

describe('prune', () => {
  beforeEach(() => {
    home = makeHome();
    here = worktreesOf(home);
    repo = initRepository(path.join(home.outside, 'repo'));
    uses = new Map();
    now = Date.now();
  });

  it('removes what nothing was done in, what was merged, what was pushed', async () => {
    const remote = path.join(home.outside, 'remote.git');
    gitIn(home.outside, 'clone', '-q', '--bare', repo, remote);
    gitIn(repo, 'remote', 'add', 'origin', remote);
    const [empty, merged, pushed] = [
      await here.prepare(repo, 1),
      await here.prepare(repo, 2),
      await here.prepare(repo, 3),
    ];
    commitAll(here.folder(merged), 'm', { 'm.txt': 'm' });
    gitIn(repo, 'merge', '-q', '--ff-only', merged.branch);
    commitAll(here.folder(pushed), 'p', { 'p.txt': 'p' });
    gitIn(here.folder(pushed), 'push', '-q', 'origin', pushed.branch);
    uses.set(idOf(2), used('task-local-5'));
    expect(await prune({ isDryRun: true })).toEqual({
      [idOf(1)]: 'remove: empty',
      [idOf(2)]: 'remove: merged',
      [idOf(3)]: 'remove: pushed',
    });
    for (const worktree of [empty, merged, pushed]) expect(fs.existsSync(here.folder(worktree))).toBe(true);
    await prune();
    for (const worktree of [empty, merged, pushed]) {
      expect(fs.existsSync(here.folder(worktree))).toBe(false);
      expect(hasBranch(worktree.branch)).toBe(false);
    }
    expect(entries()).toEqual([]);
    // A task can still go on in it: then it is made again where its work was left.
    expect(here.parts.worktrees.list().worktrees).toMatchObject([
      { worktree_id: idOf(2), state: 'merged', ready_at: null },
    ]);
    const again = await here.prepare(repo, 2);
    expect(gitIn(here.folder(again), 'rev-parse', 'HEAD')).toBe(gitIn(repo, 'rev-parse', 'main'));
  });

  it('keeps open commits, files that no commit holds, commits of a detached HEAD, and what is in use', async () => {
    const [open, dirty, detached, busy, stray] = [
      await here.prepare(repo, 1),
      await here.prepare(repo, 2),
      await here.prepare(repo, 3),
      await here.prepare(repo, 4),
      await here.prepare(repo, 5),
    ];
    commitAll(here.folder(open), 'o', { 'o.txt': 'o' });
    write(here.folder(dirty), { 'new.txt': 'n' });
    gitIn(here.folder(detached), 'checkout', '-q', '--detach');
    commitAll(here.folder(detached), 'd', { 'd.txt': 'd' });
    uses.set(idOf(4), used('task-local-4', 'task-local-4'));
    fs.rmSync(path.join(here.folder(stray), '.git'));
    expect(await prune()).toEqual({
      [idOf(1)]: 'keep: open',
      [idOf(2)]: 'keep: uncommitted',
      [idOf(3)]: 'keep: elsewhere',
      [idOf(4)]: 'keep: in_use',
      [idOf(5)]: 'keep: unknown',
    });
    for (const worktree of [open, dirty, detached, busy, stray]) {
      expect(fs.existsSync(here.folder(worktree))).toBe(true);
      expect(hasBranch(worktree.branch)).toBe(true);
    }
    expect(here.parts.worktrees.load(idOf(1))?.ready_at).toBe(open.ready_at);
  });

  it('does not take another branch of an agent for a safe place', async () => {
    const first = await here.prepare(repo, 1);
    commitAll(here.folder(first), 'o', { 'o.txt': 'o' });
    await here.prepare(repo, 2, { base: first.branch });
    expect(await prune()).toEqual({ [idOf(1)]: 'keep: open', [idOf(2)]: 'remove: empty' });
  });

  it('saves old work as a bundle, with what was not committed, and brings it back', async () => {
    const worktree = await here.prepare(repo);
    const folder = here.folder(worktree);
    commitAll(folder, 'o', { 'o.txt': 'o' });
    write(folder, { 'new.txt': 'n' });
    // What an agent left elsewhere was kept by a ref of ours.
    const ref = `refs/ccdispatch/kept/${idOf(1)}/1`;
    const kept = gitIn(repo, 'commit-tree', '-p', 'main', '-m', 'kept', 'main^{tree}');
    gitIn(repo, 'update-ref', ref, kept);
    uses.set(idOf(1), used(idOf(1)));
    now += 31 * dayMs;
    expect(await prune()).toEqual({ [idOf(1)]: 'save: uncommitted' });
    expect(gitIn(repo, 'for-each-ref', 'refs/ccdispatch')).toBe('');
    expect([fs.existsSync(folder), hasBranch(worktree.branch)]).toEqual([false, false]);
    const record = here.parts.worktrees.load(idOf(1));
    expect(record?.bundle).toBe(`${folder}.bundle`);
    expect(gitIn(repo, 'bundle', 'list-heads', record?.bundle ?? '')).toContain(worktree.branch);
    gitIn(repo, 'reflog', 'expire', '--expire=now', '--all');
    gitIn(repo, 'gc', '-q', '--prune=now');
    expect(await prune()).toEqual({ [idOf(1)]: 'keep: removed' });
    await here.prepare(repo);
    expect(fs.readdirSync(folder)).toEqual(expect.arrayContaining(['o.txt', 'new.txt']));
    expect(gitIn(repo, 'rev-parse', ref)).toBe(kept);
  });

  it('leaves a branch that a person named, or has checked out', async () => {
    const named = await here.prepare(repo, 1, { branch: 'topic' });
    const checked = await here.prepare(repo, 2);
    for (const worktree of [named, checked]) {
      commitAll(here.folder(worktree), worktree.branch, { [`${worktree.worktree_id}.txt`]: '' });
      gitIn(repo, 'merge', '-q', worktree.branch);
    }
    gitIn(here.folder(checked), 'checkout', '-q', '--detach');
    gitIn(repo, 'checkout', '-q', checked.branch);
    expect(await prune()).toEqual({ [idOf(1)]: 'remove: merged', [idOf(2)]: 'remove: merged' });
    expect([hasBranch('topic'), hasBranch(checked.branch)]).toEqual([true, true]);
    expect(entries()).toEqual([]);
  });

  it('touches nobody else’s worktrees, gone ones included, and not ours of another home', async () => {
    const foreign = path.join(home.outside, 'foreign');
    gitIn(repo, 'worktree', 'add', '-q', '-b', 'foreign', foreign);
    gitIn(repo, 'worktree', 'add', '-q', '-b', 'gone', path.join(home.outside, 'gone'));
    fs.rmSync(path.join(home.outside, 'gone'), { recursive: true });
    const other = worktreesOf();
    await other.prepare(repo, 1);
    await here.prepare(repo, 2);
    expect(await prune()).toEqual({ [idOf(2)]: 'remove: empty' });
    expect(entries().sort()).toEqual(['foreign', 'gone', idOf(1)].sort());
    expect(await other.prepare(repo, 1)).toMatchObject({ state: 'open' });
  });

  it('lists what it cannot judge where the repository is gone, and forgets what nothing is left of', async () => {
    const first = await here.prepare(repo, 1);
    const second = await here.prepare(repo, 2);
    fs.rmSync(here.folder(second), { recursive: true });
    fs.rmSync(repo, { recursive: true });
    expect(await prune()).toEqual({ [idOf(1)]: 'keep: repository_gone', [idOf(2)]: 'forget: repository_gone' });
    expect(fs.existsSync(here.folder(first))).toBe(true);
    expect(here.parts.worktrees.list().worktrees).toHaveLength(1);
  });
});

describe('the verdict', () => {
  const worktree = (change: Partial<Worktree>): Worktree =>
    parseWorktree(
      renderWorktree({
        schema_version: 1,
        worktree_id: idOf(1),
        repo: '/r',
        git_dir: '/r/.git',
        branch: `ccdispatch/${idOf(1)}`,
        base: 'main',
        base_branch: 'main',
        base_commit: 'a'.repeat(40),
        created_at: '2026-11-20T10:00:00.000Z',
        ready_at: '2026-11-20T10:00:00.000Z',
        notes: [],
        told_with: null,
        state: 'open',
        settled_commit: null,
        bundle: null,
        ...change,
      }),
      'here',
    );
  const tip = 'b'.repeat(40);
  const facts: WorktreeFacts = {
    hasRepository: true,
    folder: 'whole',
    tip,
    ahead: 1,
    isDirty: false,
    contained: null,
    hasOthers: false,
  };

  it.each<[string, Partial<Worktree>, Partial<WorktreeFacts>, Partial<WorktreeUse>, isOld: boolean, verdict: string]>([
    ['open work', {}, {}, {}, false, 'keep: open'],
    ['old open work', {}, {}, {}, true, 'save: open'],
    ['discarded work', { state: 'discarded', settled_commit: tip }, {}, {}, false, 'remove: discarded'],
    ['commits after a merge', { state: 'merged', settled_commit: 'c'.repeat(40) }, {}, {}, false, 'keep: open'],
    ['merged, but dirty', { state: 'merged', settled_commit: tip }, { isDirty: true }, {}, false, 'keep: uncommitted'],
    ['what git cannot tell of', {}, { isDirty: null }, {}, true, 'keep: unknown'],
    ['a task in it, however settled', {}, { contained: 'merged' }, { usedBy: 'task-1-1' }, true, 'keep: in_use'],
    [
      'a checkout that was never whole',
      { ready_at: null },
      { folder: 'broken', tip: null },
      {},
      false,
      'remove: unfinished',
    ],
    ['the same with a branch that has work', { ready_at: null }, { folder: 'broken' }, {}, false, 'keep: open'],
    ['a folder that is gone, with open commits', {}, { folder: 'gone' }, {}, false, 'keep: open'],
    [
      'a folder that is gone, with merged ones',
      {},
      { folder: 'gone', contained: 'merged' },
      {},
      false,
      'remove: merged',
    ],
    [
      'a record alone, of which a task has use',
      {},
      { folder: 'gone', tip: null },
      { lastTask: 'task-1-1' },
      false,
      'keep: removed',
    ],
    ['a record alone', {}, { folder: 'gone', tip: null }, {}, false, 'forget: removed'],
    ['a record with a bundle', { bundle: '/b' }, { folder: 'gone', tip: null }, {}, true, 'keep: removed'],
  ])('of %s', (_case, change, found, use, isOld, verdict) => {
    const { step, why } = judgeWorktree(
      worktree(change),
      { ...facts, ...found },
      { usedBy: null, lastTask: null, endedAt: null, ...use },
      { now: Date.parse('2026-11-20T10:00:00.000Z') + (isOld ? 31 : 1) * dayMs, saveAfterMs: 30 * dayMs },
    );
    expect(`${step}: ${why}`).toBe(verdict);
  });
});
