/** Lets a task go on that waited for another one: what was merged meanwhile goes under its work, or a person is asked. */

import { isoOf } from '../../format/instant.ts';
import { conflictKey, keyOf } from '../../outbox/entry.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import { type ControlParts, cancelTask, resumeTask } from '../control.ts';
import type { ConflictGround, PutOnTop } from './conflict-ground.ts';
import { fitsNote, keepNote, type MergedTask, resolveNote } from './conflict-notes.ts';
import type { ConflictAnswer, ConflictQuestion, ConflictRecord, ConflictRecords } from './conflict-record.ts';
import { conflictEntry } from './told-conflicts.ts';

export interface ReleaseParts extends ControlParts {
  ground: ConflictGround;
  records: ConflictRecords;
  /** So long a person may take to answer. */
  patienceMs(): number;
  /** Whether there is anybody who would see a question. */
  canAsk(task: Task): boolean;
}

/** Whether the task is paused because of another one; then everything about its pause was told and done by us. */
export function isHeld({ status, reason }: Task): boolean {
  return status === 'paused' && reason === 'conflict';
}

/** The tasks whose work was merged while this one waited, in the order in which they met. */
async function mergedTasks(
  { tasks, ground }: ReleaseParts,
  task: Task,
  { met }: ConflictRecord,
): Promise<MergedTask[]> {
  const run = latestRun(task)?.n;
  const found: MergedTask[] = [];
  for (const pair of met.filter((each) => each.run === run && each.over === 'merged')) {
    if (!tasks.exists(pair.earlier)) continue;
    const earlier = tasks.load(pair.earlier);
    const work = await ground.mergedWork(earlier);
    const { task_id, task_name } = earlier;
    if (work) found.push({ ...work, task_id, task_name, result: earlier.result?.trim().split('\n')[0] || null });
  }
  return found;
}

/** The same note for the same pause, however often it is given; what was merged later is told anew. */
function noteIdOf(task: Task, { met }: ConflictRecord): string {
  const run = latestRun(task)?.n ?? 0;
  return `conflict-${run}-${met.filter((each) => each.run === run && each.over === 'merged').length}`;
}

/** Lets the task go on. May be done again: a task that goes on already stays as it is. */
export async function releaseTask(parts: ReleaseParts, taskId: string, how: 'rebase' | 'plain'): Promise<void> {
  const [task, record] = [parts.tasks.load(taskId), parts.records.load(taskId)];
  if (!isHeld(task)) return;
  // The process of a session lives on between its messages, and nothing may move under it.
  const isStill = task.session_id === null;
  const put: PutOnTop = how === 'rebase' && isStill ? await parts.ground.putOnTop(task) : { kind: 'nothing' };
  if (put.kind === 'conflict') return await ask(parts, task, put);
  const merged = await mergedTasks(parts, task, record);
  const note = put.kind === 'fits' ? fitsNote(merged, put.branch, put.commit) : null;
  await resumeTask(parts, taskId, { note, noteId: noteIdOf(task, record) });
  parts.log.info({ task_id: taskId, how: put.kind }, 'a task goes on that had waited for another one');
}

/** Writes down, before anybody hears of it, that a person is asked what becomes of the task's work. */
async function ask(parts: ReleaseParts, task: Task, put: Extract<PutOnTop, { kind: 'conflict' }>): Promise<void> {
  const { task_id: taskId } = task;
  const now = parts.clock.now();
  const { branch, commit, files } = put;
  // Where nobody is asked, nobody is waited for.
  const patienceMs = parts.canAsk(task) ? parts.patienceMs() : 0;
  const times = { asked_at: isoOf(now), expires_at: isoOf(now + patienceMs) };
  const question = { run: latestRun(task)?.n ?? 0, branch, commit, files, ...times };
  const record = { ...parts.records.load(taskId), question };
  await parts.records.save(taskId, record);
  await tellQuestion(parts, task, record);
  parts.log.info({ task_id: taskId, files }, "a task's work does not fit onto what was merged: a person is asked");
}

/** Asks in the chat, unless it was asked there already. */
export async function tellQuestion(parts: ReleaseParts, task: Task, { met, question }: ConflictRecord): Promise<void> {
  if (!question || question.asked_at === question.expires_at) return;
  const other = met.findLast(({ run, over }) => run === question.run && over === 'merged');
  const entry = conflictEntry(task, question, other ?? null);
  if (entry) await parts.outbox.announce(entry, keyOf(entry.notification));
}

async function tellAnswer({ outbox }: ReleaseParts, task: Task, run: number, answer: ConflictAnswer): Promise<void> {
  if (task.telegram_group === null) return;
  const { choice, how, by, by_name } = answer;
  await outbox.answered(task.telegram_group, conflictKey(task.task_id, run), { choice, how, by, by_name });
}

/** Does what was answered. May be done again. */
async function follow(
  parts: ReleaseParts,
  task: Task,
  record: ConflictRecord,
  { choice }: ConflictAnswer,
): Promise<void> {
  const { task_id: taskId } = task;
  const question = record.question;
  if (!question) return;
  if (choice === 'cancel') return void (await cancelTask(parts, taskId, null));
  const merged = await mergedTasks(parts, task, record);
  const noteId = `${noteIdOf(task, record)}-${choice}`;
  if (choice === 'keep') {
    return void (await resumeTask(parts, taskId, { note: keepNote(merged, question.branch, question.files), noteId }));
  }
  const open = await parts.ground.layOpen(task);
  const note =
    open.kind === 'conflict'
      ? resolveNote(merged, open.branch, open.commit, open.files.length > 0 ? open.files : question.files)
      : open.kind === 'fits'
        ? fitsNote(merged, open.branch, open.commit)
        : null;
  await resumeTask(parts, taskId, { note, noteId });
}

/** Whether anything is to be done about an open question now. */
export function isQuestionDue({ records, clock }: ReleaseParts, task: Task, question: ConflictQuestion): boolean {
  const isOver = clock.now() >= Date.parse(question.expires_at);
  return isOver || !isHeld(task) || records.answerOf(task.task_id, question.run) !== null;
}

/**
 * Sees to the question about a task: what was answered is done, what nobody answered in time is answered with `keep`, and
 * what need not be answered any more is closed.
 */
export async function tendQuestion(parts: ReleaseParts, taskId: string, isLastTry: boolean): Promise<void> {
  const [task, record] = [parts.tasks.load(taskId), parts.records.load(taskId)];
  const { question } = record;
  if (!question) return;
  const { run } = question;
  const at = isoOf(parts.clock.now());
  const nobody = { choice: 'keep', by: null, by_name: null, at } as const;
  if (isHeld(task)) {
    await tellQuestion(parts, task, record);
    let answer = parts.records.answerOf(taskId, run);
    if (!answer && parts.clock.now() < Date.parse(question.expires_at)) return;
    answer ??= (await parts.records.answer(taskId, run, { ...nobody, how: 'timeout' })).answer;
    await tellAnswer(parts, task, run, answer);
    // Where it cannot be done, it goes on as it is: nobody waits for ever.
    await follow(
      parts,
      task,
      record,
      isLastTry && answer.choice === 'resolve' ? { ...answer, choice: 'keep' } : answer,
    );
    parts.log.info({ task_id: taskId, choice: answer.choice, how: answer.how }, 'it was said what becomes of the work');
  } else {
    const { answer } = await parts.records.answer(taskId, run, { ...nobody, how: 'void' });
    await tellAnswer(parts, task, run, answer);
  }
  await parts.records.save(taskId, { ...parts.records.load(taskId), question: null });
}
