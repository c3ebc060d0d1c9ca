/** `conflicts.json` in a task's folder: whom it met on its repository, whom it waits for, and what a person was asked about it. */

import { join } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import type { Paths } from '../../config/paths.ts';
import { parseObject } from '../../format/json.ts';
import type { ConflictPair, PairEnd } from './conflicts.ts';

/** A pair in which the task is the later one; other fields than those of the pair are for people. */
export interface MetTask extends Omit<ConflictPair, 'later'> {
  earlier_name: string;
  /** ISO instant. */
  at: string;
}

/** Its work does not go by itself onto what was merged meanwhile, and a person says what becomes of it. */
export interface ConflictQuestion {
  /** The run that was paused; a task is asked about once for each. */
  run: number;
  /** Where its work was to go: a branch, and the commit that this was. */
  branch: string;
  commit: string;
  /** Files that do not fit. */
  files: string[];
  /** ISO instants; at `expires_at` the question is answered with `keep`. */
  asked_at: string;
  expires_at: string;
}

export interface ConflictRecord {
  schema_version: 1;
  met: MetTask[];
  question: ConflictQuestion | null;
}

/** `resolve`: its agent makes the two fit. `keep`: it goes on on its own branch as if there were no other. */
const conflictChoices = ['resolve', 'keep', 'cancel'] as const;
export type ConflictChoice = (typeof conflictChoices)[number];

/** The answer to a question; the first one stands. */
export interface ConflictAnswer {
  choice: ConflictChoice;
  /** `void`: the task went on without one. */
  how: 'person' | 'timeout' | 'void';
  /** The person's id, or `shell`; null where no person answered. */
  by: string | null;
  by_name: string | null;
  /** ISO instant. */
  at: string;
}

export interface ConflictRecords {
  /** What is known; an empty record where nothing is, or it cannot be read. */
  load(taskId: string): ConflictRecord;
  /** Durable when it returns. Only whoever holds the worker's lock writes. */
  save(taskId: string, record: ConflictRecord): Promise<void>;
  /** Answers the question about a run unless it was answered before; gives the answer that stands. */
  answer(taskId: string, run: number, answer: ConflictAnswer): Promise<{ answer: ConflictAnswer; isFirst: boolean }>;
  /** The answer to the question about a run; null while it is open. */
  answerOf(taskId: string, run: number): ConflictAnswer | null;
}

const empty: ConflictRecord = { schema_version: 1, met: [], question: null };
const ends: readonly (PairEnd | null)[] = [null, 'merged', 'ended', 'aside', 'let-go', 'warned'];

const isMet = (met: Partial<MetTask> | null): met is MetTask =>
  typeof met?.earlier === 'string' &&
  typeof met.file === 'string' &&
  Number.isInteger(met.run) &&
  ends.includes(met.over as PairEnd | null);

function isQuestion(question: Partial<ConflictQuestion> | null | undefined): question is ConflictQuestion {
  const words = ['branch', 'commit', 'asked_at', 'expires_at'] as const;
  return (
    Number.isInteger(question?.run) &&
    Array.isArray(question?.files) &&
    words.every((word) => typeof question[word] === 'string')
  );
}

function parseRecord(text: string | null): ConflictRecord {
  const found = parseObject<ConflictRecord>(text);
  if (found?.schema_version !== 1) return empty;
  const met = Array.isArray(found.met) ? found.met.filter(isMet) : [];
  return { schema_version: 1, met, question: isQuestion(found.question) ? found.question : null };
}

export interface ConflictRecordParts {
  files: Files;
  paths: Pick<Paths, 'task'>;
}

export function createConflictRecords({ files, paths }: ConflictRecordParts): ConflictRecords {
  const recordPath = (taskId: string) => join(paths.task(taskId), 'conflicts.json');
  const answerPath = (taskId: string, run: number) => join(paths.task(taskId), `conflict-${run}.answer.json`);
  const answerOf = (taskId: string, run: number): ConflictAnswer | null => {
    const text = files.read(answerPath(taskId, run));
    if (text === null) return null;
    const found = parseObject<ConflictAnswer>(text);
    if (found && conflictChoices.includes(found.choice as ConflictChoice)) return found as ConflictAnswer;
    // One that cannot be read is none that rewrites or ends anything.
    return { choice: 'keep', how: 'void', by: null, by_name: null, at: new Date(0).toISOString() };
  };
  return {
    load: (taskId) => parseRecord(files.read(recordPath(taskId))),
    save: (taskId, record) => files.replace(recordPath(taskId), `${JSON.stringify(record, null, 1)}\n`),
    answerOf,
    async answer(taskId, run, answer) {
      const isFirst = await files.create(answerPath(taskId, run), `${JSON.stringify(answer)}\n`);
      return { answer: isFirst ? answer : (answerOf(taskId, run) ?? answer), isFirst };
    },
  };
}

/** The tasks that this one waits for. */
export function waitedFor({ met }: ConflictRecord): MetTask[] {
  return met.filter(({ over }) => over === null);
}
