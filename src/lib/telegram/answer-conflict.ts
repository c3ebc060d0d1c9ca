/** Presses on the buttons of the question what becomes of a task's work that does not fit onto what was merged. */

import type { Press, PressAction } from '../notifications/buttons.ts';
import { textsOf } from '../notifications/languages.ts';
import { choiceWords } from '../notifications/render-conflict.ts';
import { answerConflict } from '../runs/conflicts/answer-conflict.ts';
import { type ConflictChoice, createConflictRecords } from '../runs/conflicts/conflict-record.ts';
import type { Task } from '../tasks/record.ts';
import { controls } from './find-tasks.ts';
import type { IncomingPress } from './incoming.ts';
import { noteRefused } from './refusals.ts';
import type { Turn } from './turn.ts';

const choices: Partial<Record<PressAction, ConflictChoice>> = {
  conflictResolve: 'resolve',
  conflictKeep: 'keep',
  conflictCancel: 'cancel',
};

/** Answers the question; gives what the presser is told. The question's message is changed by whoever delivers. */
export async function pressOnConflict(turn: Turn<IncomingPress>, press: Press, task: Task): Promise<string> {
  const { parts, person, language, texts, asked } = turn;
  const choice = choices[press.action];
  if (!person || !choice) return texts.pressUnknown;
  if (!controls(turn, task)) {
    await noteRefused(turn, { why: 'not theirs', task_id: task.task_id });
    return texts.notYours;
  }
  const outcome = await answerConflict(
    { ...parts, records: createConflictRecords(parts) },
    {
      taskId: task.task_id,
      run: press.run,
      choice,
      person: { id: person.id, name: person.name || asked.from.name },
    },
  );
  // Whoever is to do it may not live any more.
  parts.wake();
  const { conflict, question, colon } = textsOf(language);
  switch (outcome.kind) {
    case 'answered':
      return conflict.replies[choice];
    case 'too-late':
      return `${question.tooLate}${colon}${choiceWords(outcome.answer, outcome.patienceMs, language)}`;
    case 'not-asked':
      return texts.pressTooLate;
  }
}

export function isConflictPress({ action }: Press): boolean {
  return choices[action] !== undefined;
}
