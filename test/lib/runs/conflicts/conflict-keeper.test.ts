// Who waits for whom, as the worker sees to it: on real records and files, with a repository of which only its answers are there.

import { beforeEach, describe, expect, it } from 'vitest';
import { resumeTask } from '../../../../src/lib/runs/control.ts';
import { newRunState } from '../../../../src/lib/runs/fold.ts';
import { type ConflictStage, chat, makeConflictStage } from './conflict-stage.ts';

let stage: ConflictStage;
beforeEach(() => {
  stage = makeConflictStage();
});

describe('two tasks that changed one file', () => {
  it('the later one is paused, the earlier one is not, and people are told whom it waits for', async () => {
    const [earlier, later] = [await stage.running(1), await stage.running(2)];
    stage.changes(earlier, 'src/a.ts');
    stage.changes(later, 'src/a.ts');
    await stage.tend(1);
    expect(stage.intentOf(earlier)).toBe(null);
    const detail = `src/a.ts — “t1” (${earlier.task_id})`;
    expect(stage.intentOf(later)).toMatchObject({ kind: 'pause', reason: 'conflict', detail });
    await stage.comesOut(later, 'paused', 'conflict');
    await stage.tend();
    expect(stage.now(later).status).toBe('paused');
    expect(stage.keeper.hasWork()).toBe(true);
    expect(stage.why(later)).toMatchObject({ waits_for: 'conflict', text: expect.stringContaining(earlier.task_id) });
  });

  it('only in lock files, or in what git passes over, do not meet', async () => {
    const [earlier, later] = [await stage.running(1), await stage.running(2)];
    stage.answers.ignoredByGit = ['notes.txt'];
    for (const task of [earlier, later]) stage.changes(task, 'deep/x.lock', 'notes.txt');
    await stage.tend();
    expect([stage.intentOf(earlier), stage.intentOf(later)]).toEqual([null, null]);
    expect(stage.records.load(later.task_id).met).toEqual([]);
    stage.changes(later, 'deep/x.lock', 'notes.txt', 'z.ts');
    stage.changes(earlier, 'deep/x.lock', 'notes.txt', 'z.ts');
    await stage.tend();
    expect(stage.intentOf(later)).toMatchObject({ reason: 'conflict' });
  });

  it.each([
    ['as the policy says', 'warn', 'claude'],
    ['as its agent could not go on', 'pause', 'sh'],
  ] as const)('are told of once, and both go on, %s', async (_why, how, agent) => {
    stage.answers.policy = how;
    const [earlier, later] = [await stage.running(1), await stage.running(2, { agent })];
    stage.changes(earlier, 'src/a.ts');
    stage.keeper.observe(later, { ...newRunState, writes: [`/w/${later.worktree}/src/a.ts`] });
    await stage.tend();
    expect(stage.intentOf(later)).toBe(null);
    const met = { kind: 'met', run: 1, other_task_id: earlier.task_id, other_task_name: 't1', file: 'src/a.ts' };
    expect(Object.values(stage.home.told(chat))).toMatchObject([met]);
    expect(stage.records.load(later.task_id).met).toMatchObject([{ over: 'warned' }]);
    expect(stage.why(later).text).toContain(`It changed src/a.ts, as ${earlier.task_id} did before it: both go on.`);
  });

  it('of one worktree, or where all is ignored, are nobody’s matter', async () => {
    const [earlier, later] = [await stage.running(1), await stage.running(2, { worktree: 'same' })];
    stage.answers.policy = 'ignore';
    stage.changes(earlier, 'src/a.ts');
    stage.changes(later, 'src/a.ts');
    const third = await stage.running(3, { worktree: 'same' });
    await stage.tend(1);
    stage.answers.policy = 'pause';
    stage.changes(third, 'only/theirs.ts');
    stage.keeper.observe(later, { ...newRunState, writes: [`/w/same/src/a.ts`, '/w/same/only/theirs.ts'] });
    await stage.tend();
    expect(stage.records.load(third.task_id).met).toEqual([]);
  });
});

describe('a task that waits', () => {
  it('goes on upon the merged work, and its agent is told what changed, once', async () => {
    const [earlier, later] = await stage.makeHeld();
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    await stage.tend();
    expect(stage.answers.calls).toEqual(['put t2']);
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)).toHaveLength(1);
    expect(stage.notesOf(later)[0]).toMatch(
      /"t1" \(task-77-\d+\), was merged into main as commit c0ffee\. It changed: "src\/a\.ts"\. .*"Said"/,
    );
    expect(stage.keeper.hasWork()).toBe(false);
    expect(stage.home.queue.aside()).toEqual([]);
  });

  it('waits until the work of the other is where it belongs', async () => {
    const [earlier, later] = await stage.makeHeld();
    const claim = `${stage.home.paths.active}/${earlier.task_id}`;
    await stage.comesOut(earlier, 'completed');
    stage.home.files.write(claim, '');
    await stage.tend();
    expect(stage.now(later).status).toBe('paused');
    stage.home.queue.finish(earlier.task_id);
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)).toEqual([]);
  });

  it.each([
    ['fails', 'failed', 'agent'],
    ['is cancelled', 'cancelled', 'user'],
    ['is paused by a person', 'paused', 'user'],
    ['is kept', 'completed', null],
  ] as const)('goes on as it is when the other %s, and the two never meet again', async (_how, outcome, reason) => {
    const [earlier, later] = await stage.makeHeld();
    await stage.comesOut(earlier, outcome, reason);
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect([stage.notesOf(later), stage.answers.calls]).toEqual([[], []]);
    if (outcome === 'paused') {
      await resumeTask(stage.home, earlier.task_id);
      stage.changes(stage.now(earlier), 'src/a.ts', 'src/b.ts');
      await stage.tend();
      expect(stage.now(later).status).toBe('pending');
    }
  });

  it('goes on when a person says so, and the pair is over', async () => {
    const [earlier, later] = await stage.makeHeld();
    await resumeTask(stage.home, later.task_id);
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.records.load(later.task_id).met).toMatchObject([{ earlier: earlier.task_id, over: 'let-go' }]);
    expect(stage.keeper.hasWork()).toBe(false);
  });

  it('is found by another worker, which does what the first one left', async () => {
    const [earlier, later] = await stage.makeHeld();
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    stage.openKeeper();
    expect(stage.keeper.hasWork()).toBe(true);
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)).toHaveLength(1);
  });

  it('is paused by another worker where the first one died between deciding and doing', async () => {
    const [earlier, later] = [await stage.running(1), await stage.running(2)];
    const at = new Date(stage.home.clock.now()).toISOString();
    const met = [{ earlier: earlier.task_id, earlier_name: 't1', file: 'src/a.ts', run: 1, over: null, at }];
    await stage.records.save(later.task_id, { schema_version: 1, met, question: null });
    stage.changes(earlier);
    stage.changes(later);
    await stage.tend();
    expect(stage.intentOf(later)).toMatchObject({ kind: 'pause', reason: 'conflict' });
  });

  it('goes on where its worktree is gone', async () => {
    const [, later] = await stage.makeHeld();
    const gone = { ...stage.now(later), worktree: null };
    await stage.home.files.replace(`${stage.home.paths.task(later.task_id)}/task-meta.json`, JSON.stringify(gone));
    stage.openKeeper();
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
  });

  it('waits until nobody works in its worktree any more', async () => {
    const [earlier, later] = await stage.makeHeld();
    const heir = await stage.running(3, { worktree: later.worktree });
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    await stage.tend();
    expect([stage.now(later).status, stage.answers.calls]).toEqual(['paused', []]);
    await stage.comesOut(heir, 'completed');
    await stage.tend();
    expect([stage.now(later).status, stage.answers.calls]).toEqual(['pending', ['put t2']]);
  });

  it('of a session goes on as it is: its agent lives', async () => {
    const [earlier, later] = await stage.makeHeld({ session_id: 'session-77-1' });
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    await stage.tend();
    expect([stage.now(later).status, stage.answers.calls]).toEqual(['pending', []]);
  });

  it('goes on as it is where nothing can be done for it, however often it is tried', async () => {
    const [earlier, later] = await stage.makeHeld();
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    stage.answers.failures = 100;
    await stage.tend(30);
    expect(stage.answers.calls).toHaveLength(3);
    expect(stage.now(later).status).toBe('pending');
  });
});

describe('trouble with one task or repository', () => {
  it('holds up no other', async () => {
    const [earlier, later] = await stage.makeHeld();
    const broken = await stage.running(5, { worktree: 'broken' });
    expect(() => stage.changes(broken, 'src/z.ts')).not.toThrow();
    await stage.comesOut(earlier, 'failed', 'agent');
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.home.log.said).toContain('a conflict was not looked at');
  });
});

it('has nothing to see to for a task that works on no repository, however often it is heard of', async () => {
  const alone = await stage.running(1, { worktree: null });
  for (let look = 0; look < 2; look++) {
    expect(stage.changes(alone, 'src/a.ts')).toBe(false);
    await stage.tend(1);
  }
  const [one] = [await stage.running(2)];
  expect(stage.changes(one, 'src/a.ts')).toBe(true);
});
