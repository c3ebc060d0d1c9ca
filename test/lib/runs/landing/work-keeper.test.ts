// What becomes of a task's work at the end of its runs: committed, counted, merged as the settings say, told once.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { createForge } from '../../../../src/lib/adapters/forge.ts';
import { silentLog } from '../../../../src/lib/adapters/log.ts';
import { createOutbox } from '../../../../src/lib/outbox/store.ts';
import { mergeTask } from '../../../../src/lib/runs/landing/land-work.ts';
import { createWorkKeeper } from '../../../../src/lib/runs/landing/work-keeper.ts';
import { addTask, type TaskFields } from '../../../support/tasks.ts';
import { commitAll, gitIn, makeRepository, write } from '../../../support/work-repository.ts';

async function openScene(onEnd: 'keep' | 'merge' | 'pr', fields: TaskFields = {}) {
  const set = makeRepository();
  const { home, repo } = set;
  const { worktree, folder } = await set.addWorktree();
  const about = { worktree: worktree.worktree_id, repo, branch: worktree.branch, workdir: folder };
  const task = await addTask(home, {
    ...{ status: 'completed', task_name: 'calc', telegram_group: '123' },
    ...about,
    ...fields,
  });
  const outbox = createOutbox({ ...home, clock: systemClock, botId: null });
  const shared = { ...set.parts, forge: createForge({ PATH: process.env.PATH }), log: silentLog };
  const keeper = createWorkKeeper({ ...shared, outbox, onEnd: () => onEnd });
  const told = () => {
    const place = path.join(home.paths.outbox, '123');
    const names = fs.existsSync(place) ? fs.readdirSync(place).filter((name) => name.endsWith('.json')) : [];
    return names.map((name) => JSON.parse(fs.readFileSync(path.join(place, name), 'utf8')).notification);
  };
  const land = { ...shared, ...home, clock: systemClock };
  return { set, repo, worktree, folder, task, keeper, told, land };
}

describe('at the outcome', () => {
  it('the work is committed and counted against the place where it left its base', async () => {
    const { keeper, task, folder, repo, worktree } = await openScene('keep');
    write(folder, { 'a.txt': 'one\n2\nthree\n', 'c.txt': 'c\n' });
    commitAll(repo, 'of somebody else', { 'd.txt': 'd\n' });
    const kept = await keeper.keep(task);
    const commit = gitIn(repo, 'rev-parse', worktree.branch);
    expect(kept).toEqual({ work: { commit, files: 2, insertions: 2, deletions: 1 }, note: null });
  });

  it('says what is not on the branch, and never fails', async () => {
    const { keeper, task, folder, repo } = await openScene('keep');
    fs.mkdirSync(path.join(folder, 'inner'));
    gitIn(path.join(folder, 'inner'), 'init', '--quiet');
    commitAll(path.join(folder, 'inner'), 'inner', { 'x.txt': 'x' });
    expect((await keeper.keep(task))?.note).toBe('work_left_out');
    gitIn(folder, 'checkout', '--quiet', '--detach');
    write(folder, { 'c.txt': 'c' });
    expect((await keeper.keep(task))?.note).toBe('work_elsewhere');
    fs.rmSync(repo, { recursive: true });
    expect(await keeper.keep(task)).toEqual({ work: null, note: 'work_not_committed' });
  });

  it('has nothing to do for a task whose worktree was never made', async () => {
    const { keeper, task } = await openScene('keep', { worktree: 'task-1-1700000000099' });
    expect(await keeper.keep(task)).toBeNull();
    await keeper.finish(task);
  });
});

describe('when all is over', () => {
  it('what came after the outcome is committed, and nobody is told', async () => {
    const { keeper, task, folder, repo, worktree, told } = await openScene('keep');
    write(folder, { 'late.txt': 'late\n' });
    await keeper.finish(task);
    expect(gitIn(repo, 'show', `${worktree.branch}:late.txt`)).toBe('late');
    expect(told()).toEqual([]);
  });

  it('is merged as the settings say, and told once, however often it is done', async () => {
    const { keeper, task, folder, repo, told } = await openScene('merge');
    write(folder, { 'c.txt': 'c\n' });
    await keeper.finish(task);
    await keeper.finish(task);
    expect(gitIn(repo, 'log', '--format=%s', 'main')).toBe('calc\nbegin');
    expect(told()).toEqual([
      expect.objectContaining({ kind: 'landed', outcome: 'merged', into: 'main', is_new: true }),
    ]);
  });

  it('tells that it was merged where the one that merged it died before telling', async () => {
    const { keeper, task, folder, told, land } = await openScene('merge');
    write(folder, { 'c.txt': 'c\n' });
    await mergeTask(land, task);
    await keeper.finish(task);
    expect(told()).toEqual([expect.objectContaining({ outcome: 'merged', into: 'main' })]);
  });

  it.each(['failed', 'cancelled', 'paused'] as const)('stays as it is where the task is %s', async (status) => {
    const { keeper, task, folder, repo, told } = await openScene('merge', { status });
    write(folder, { 'c.txt': 'c\n' });
    await keeper.finish(task);
    expect(gitIn(repo, 'log', '--format=%s', 'main')).toBe('begin');
    expect(told()).toEqual([]);
  });

  it('tells why it could not be: a conflict, a branch that is gone', async () => {
    const { keeper, task, folder, repo, told } = await openScene('merge');
    commitAll(folder, 'mine', { 'a.txt': 'mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    await keeper.finish(task);
    expect(told()).toEqual([expect.objectContaining({ outcome: 'conflict', files: ['a.txt'] })]);
    const gone = await openScene('merge');
    fs.rmSync(gone.folder, { recursive: true });
    gitIn(gone.repo, 'worktree', 'prune');
    gitIn(gone.repo, 'branch', '-D', gone.worktree.branch);
    await gone.keeper.finish(gone.task);
    expect(gone.told()).toEqual([
      expect.objectContaining({ outcome: 'failed', detail: expect.stringContaining('is not there') }),
    ]);
  });
});

describe('what people ask for', () => {
  it('waits for nobody who is at work, but for one that is leaving', async () => {
    const { task, folder, land, set } = await openScene('keep');
    write(folder, { 'c.txt': 'c\n' });
    const fields = { telegram_group: '123', worktree: task.worktree, task_id: 'task-123-1763600000009' };
    const other = await addTask(set.home, { ...fields, status: 'running' });
    const claim = path.join(set.home.paths.active, other.task_id);
    fs.mkdirSync(path.dirname(claim), { recursive: true });
    fs.writeFileSync(claim, '');
    await expect(mergeTask(land, task)).rejects.toMatchObject({ code: 'busy', exitCode: 6 });
    fs.renameSync(claim, path.join(set.home.paths.active, task.task_id));
    setTimeout(() => fs.rmSync(path.join(set.home.paths.active, task.task_id)), 300);
    expect(await mergeTask(land, task)).toMatchObject({ kind: 'merged' });
  });

  it('is not done where it cannot be seen who is at work, but a broken record holds nobody up', async () => {
    const { task, repo, folder, land, set } = await openScene('keep');
    write(folder, { 'c.txt': 'c\n' });
    const other = await addTask(set.home, { status: 'running', task_id: 'task-123-1763600000009' });
    fs.mkdirSync(set.home.paths.active, { recursive: true });
    fs.writeFileSync(path.join(set.home.paths.active, other.task_id), '');
    const record = path.join(set.home.paths.task(other.task_id), 'task-meta.json');
    fs.rmSync(record);
    fs.mkdirSync(record);
    await expect(mergeTask(land, task)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(gitIn(repo, 'log', '--format=%s', 'main')).toBe('begin');
    fs.rmdirSync(record);
    fs.writeFileSync(record, JSON.stringify({ schema_version: 2 }));
    await expect(mergeTask(land, task)).rejects.toThrow('newer ccdispatch');
    fs.writeFileSync(record, '{"half');
    expect(await mergeTask(land, task)).toMatchObject({ kind: 'merged' });
  });
});
