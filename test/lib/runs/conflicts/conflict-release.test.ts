// Work that does not fit onto what was merged: who is asked, and what is done with the answer, or without one.

import { beforeEach, describe, expect, it } from 'vitest';
import { answerConflict } from '../../../../src/lib/runs/conflicts/answer-conflict.ts';
import type { PutOnTop } from '../../../../src/lib/runs/conflicts/conflict-ground.ts';
import { resumeTask } from '../../../../src/lib/runs/control.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { firstTaskTs, type TaskFields } from '../../../support/tasks.ts';
import { type ConflictStage, chat, makeConflictStage, minute } from './conflict-stage.ts';

let stage: ConflictStage;
beforeEach(() => {
  stage = makeConflictStage();
});

describe('work that does not fit', () => {
  const conflict: PutOnTop = { kind: 'conflict', branch: 'main', commit: 'c0ffee', files: ['src/a.ts'] };

  async function makeAsked(fields: TaskFields = {}): Promise<[Task, Task]> {
    const [earlier, later] = await stage.makeHeld(fields);
    stage.answers.put = conflict;
    await stage.comesOut(earlier, 'completed');
    stage.answers.merged.add(earlier.task_id);
    await stage.tend();
    return [earlier, later];
  }
  const question = () => stage.home.told(chat)[`task-${chat}-${firstTaskTs + 20_000}.1.conflict`];
  const answer = (task: Task, choice: 'resolve' | 'keep' | 'cancel') =>
    answerConflict(
      { ...stage.home, records: stage.records },
      { taskId: task.task_id, run: 1, choice, person: { id: '7', name: 'Ada' } },
    );

  it('is asked about, while nobody waits for the answer but the task itself', async () => {
    const [earlier, later] = await makeAsked();
    expect(stage.now(later)).toMatchObject({ status: 'paused', reason: 'conflict' });
    expect(question()).toMatchObject({ other_task_id: earlier.task_id, files: ['src/a.ts'], answer: null });
    expect(stage.why(later)).toMatchObject({ waits_for: 'conflict_question', until: expect.stringContaining('T') });
    const third = await stage.running(3);
    stage.changes(third, 'src/b.ts');
    await stage.tend();
    expect(stage.intentOf(third)).toBe(null);
    expect(stage.keeper.hasWork()).toBe(true);
  });

  it('is resolved by its agent where a person says so', async () => {
    const [, later] = await makeAsked();
    expect(await answer(later, 'resolve')).toMatchObject({ kind: 'answered' });
    await stage.tend();
    expect(stage.answers.calls.at(-1)).toBe('open t2');
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)[0]).toContain('conflict markers');
    expect(question()).toMatchObject({ answer: { choice: 'resolve', how: 'person', by_name: 'Ada' } });
    expect(await answer(later, 'cancel')).toMatchObject({ kind: 'too-late', answer: { choice: 'resolve' } });
    expect(stage.records.load(later.task_id).question).toBe(null);
  });

  it('stays as it is where it cannot be laid open for its agent', async () => {
    const [, later] = await makeAsked();
    await answer(later, 'resolve');
    stage.answers.failures = 100;
    await stage.tend(30);
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)[0]).toContain('nothing of yours was changed');
  });

  it('is given up where a person cancels it', async () => {
    const [, later] = await makeAsked();
    await answer(later, 'cancel');
    await stage.tend();
    expect(stage.now(later)).toMatchObject({ status: 'cancelled', reason: 'user' });
    expect(stage.keeper.hasWork()).toBe(false);
  });

  it('stays as it is where nobody answers in time', async () => {
    const [, later] = await makeAsked();
    await stage.home.clock.pass(29 * minute);
    await stage.tend();
    expect(stage.now(later).status).toBe('paused');
    await stage.home.clock.pass(minute);
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)[0]).toContain('nothing of yours was changed');
    expect(question()).toMatchObject({ answer: { choice: 'keep', how: 'timeout' } });
  });

  it('stays as it is at once where nobody is there to be asked', async () => {
    const [, later] = await makeAsked({ telegram_group: null });
    await stage.tend();
    expect(stage.now(later).status).toBe('pending');
    expect(stage.notesOf(later)[0]).toContain('nothing of yours was changed');
    expect(stage.home.told(chat)).toEqual({});
  });

  it('is asked about no more where the task went on', async () => {
    const [, later] = await makeAsked();
    await resumeTask(stage.home, later.task_id);
    await stage.tend();
    expect(question()).toMatchObject({ answer: { how: 'void' } });
    expect(await answer(later, 'cancel')).toMatchObject({ kind: 'too-late' });
    expect(stage.now(later).status).toBe('pending');
  });

  it('is asked about by another worker where the first one died before it told anybody', async () => {
    const [, later] = await makeAsked();
    stage.home.files.remove(`${stage.home.paths.outbox}/${chat}/${later.task_id}.1.conflict.json`);
    stage.openKeeper();
    await stage.tend();
    expect(question()).toMatchObject({ answer: null });
  });

  it('has no question that was never asked', async () => {
    const [, later] = await stage.makeHeld();
    expect(await answer(later, 'keep')).toEqual({ kind: 'not-asked' });
    await stage.tend();
    expect(stage.now(later).status).toBe('paused');
  });
});
