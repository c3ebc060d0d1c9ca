/** Why a task that waits for another one, or for a word about its work, is not further than it is. */

import { oneLine } from '../../format/text.ts';
import type { Task } from '../../tasks/record.ts';
import { type ConflictRecordParts, createConflictRecords, waitedFor } from '../conflicts/conflict-record.ts';

export interface WhyConflict {
  code: 'conflict' | 'conflict_question';
  text: string;
  /** ISO instant at which it goes on whoever answers; null where that is not known. */
  until: string | null;
}

const named = 5;

function list(parts: readonly string[]): string {
  const more = parts.length - named;
  return parts.slice(0, named).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A sentence for each task that this one met and does not wait for, as the settings, or its agent, have it. */
export function sayMet({ task_id, worktree }: Task, parts: ConflictRecordParts): string {
  if (worktree === null) return '';
  return createConflictRecords(parts)
    .load(task_id)
    .met.filter(({ over }) => over === 'warned')
    .map(({ earlier, file }) => ` It changed ${oneLine(file)}, as ${earlier} did before it: both go on.`)
    .join('');
}

/** For a task that is paused because of another one. */
export function whyConflict({ task_id, runs }: Task, parts: ConflictRecordParts): WhyConflict {
  const record = createConflictRecords(parts).load(task_id);
  const { question } = record;
  const resume = `ccdispatch tasks resume ${task_id}`;
  if (question && question.run === runs.at(-1)?.n) {
    const files = list(question.files.map(oneLine));
    const text = `Its work does not fit onto ${question.branch} (${files}): it is asked in the chat what becomes of it. Keep both branches with: ${resume}; or end it with: ccdispatch tasks cancel ${task_id}`;
    return { code: 'conflict_question', text, until: question.expires_at };
  }
  const others = waitedFor(record).map(
    ({ earlier, earlier_name, file }) =>
      `${earlier} (${oneLine(earlier_name)}), which changed ${oneLine(file)} as well`,
  );
  const whom = others.length > 0 ? list(others) : 'another task that changed the same file';
  const text = `It waits for ${whom}: it goes on by itself when that has ended. Let it go on at once with: ${resume}; or end it with: ccdispatch tasks cancel ${task_id}`;
  return { code: 'conflict', text, until: null };
}
