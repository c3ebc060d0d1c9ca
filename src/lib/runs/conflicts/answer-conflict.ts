/** A person says what becomes of a task's work that does not fit onto what was merged: the worker then does it. */

import type { Clock } from '../../adapters/clock.ts';
import { isoNow } from '../../format/instant.ts';
import type { TaskStore } from '../../tasks/store.ts';
import type { ConflictAnswer, ConflictChoice, ConflictRecords } from './conflict-record.ts';
import { isHeld } from './conflict-release.ts';

export interface ConflictAnswerParts {
  tasks: Pick<TaskStore, 'load'>;
  records: ConflictRecords;
  clock: Pick<Clock, 'now'>;
}

export interface ConflictAnswerRequest {
  taskId: string;
  /** The run that the question was about. */
  run: number;
  choice: ConflictChoice;
  /** `shell` is the id of whoever sits at a shell. */
  person: { id: string; name: string | null };
}

export type ConflictOutcome =
  | { kind: 'answered'; answer: ConflictAnswer }
  /** Somebody, or the time, was first. `patienceMs` is how long there was for an answer. */
  | { kind: 'too-late'; answer: ConflictAnswer; patienceMs: number }
  /** Nothing is asked about that run, or not any more. */
  | { kind: 'not-asked' };

/** Answers the question; the first answer stands. Throws `not-found` for a task that is none. */
export async function answerConflict(
  { tasks, records, clock }: ConflictAnswerParts,
  { taskId, run, choice, person }: ConflictAnswerRequest,
): Promise<ConflictOutcome> {
  const { question } = records.load(taskId);
  const before = records.answerOf(taskId, run);
  const patienceMs = question ? Date.parse(question.expires_at) - Date.parse(question.asked_at) : 0;
  if (before) return { kind: 'too-late', answer: before, patienceMs };
  if (question?.run !== run || !isHeld(tasks.load(taskId))) return { kind: 'not-asked' };
  const at = isoNow(clock);
  const isOver = clock.now() >= Date.parse(question.expires_at);
  const given: ConflictAnswer = isOver
    ? { choice: 'keep', how: 'timeout', by: null, by_name: null, at }
    : { choice, how: 'person', by: person.id, by_name: person.name, at };
  const { answer, isFirst } = await records.answer(taskId, run, given);
  return isFirst && !isOver ? { kind: 'answered', answer } : { kind: 'too-late', answer, patienceMs };
}
