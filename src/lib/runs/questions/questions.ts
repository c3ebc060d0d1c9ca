/** Questions of agents in the hands of those who follow or end their runs: answers told, and what nobody waits for any more closed. */

import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Processes } from '../../adapters/processes.ts';
import type { Paths } from '../../config/paths.ts';
import { isoNow } from '../../format/instant.ts';
import { localChat } from '../../format/task-id.ts';
import { cutText, oneLine } from '../../format/text.ts';
import { questionKey } from '../../outbox/entry.ts';
import type { Outbox } from '../../outbox/store.ts';
import { type Approval, type ApprovalAnswer, type Asked, createApprovals } from '../../tasks/approvals.ts';
import type { Task } from '../../tasks/record.ts';

export interface QuestionParts {
  files: Files;
  paths: Paths;
  clock: Clock;
  outbox: Outbox;
}

/** The task's place, as far as its questions need it. */
type AskingTask = Pick<Task, 'telegram_group'>;

/** So much of what somebody wrote is shown again. */
const toldChoiceChars = 200;

/** Changes the question's message, where it has one. May be done again. */
export async function tellAnswer(
  { outbox }: Pick<QuestionParts, 'outbox'>,
  { telegram_group: chatId }: AskingTask,
  { task_id, run, id }: Approval,
  { answer, scope, how, by, by_name, choice }: ApprovalAnswer,
): Promise<void> {
  if (chatId === null || chatId === localChat) return;
  await outbox.answered(chatId, questionKey(task_id, run, id), {
    ...{ answer, scope, how, by, by_name },
    ...(choice === undefined ? {} : { choice: cutText(oneLine(choice), toldChoiceChars) }),
  });
}

/** Closes questions that nobody waits for any more, and tells the answers of all of them. */
async function closeAll(
  parts: QuestionParts,
  task: AskingTask,
  asked: readonly Asked[],
  isOver: (approval: Approval) => boolean,
): Promise<void> {
  const approvals = createApprovals(parts);
  for (const { approval, answer } of asked) {
    if (answer) await tellAnswer(parts, task, approval, answer);
    else if (isOver(approval)) {
      const at = isoNow(parts.clock);
      const given = { answer: 'deny', scope: 'once', how: 'void', by: null, by_name: null, at } as const;
      await tellAnswer(parts, task, approval, (await approvals.answer(approval, given)).answer);
    }
  }
}

/** Closes the questions of runs that are over. May be done again: whoever was killed in the middle left it to the next one. */
export async function closeQuestions(parts: QuestionParts, task: Task): Promise<void> {
  const asked = createApprovals(parts).list(task.task_id);
  if (asked.length === 0) return;
  const live = task.status === 'running' ? task.runs.at(-1)?.n : null;
  await closeAll(parts, task, asked, ({ run }) => run !== live);
}

export interface QuestionWatch {
  /** The run's questions so far. Those whose asker was killed are closed; the agent goes on without an answer. */
  look(): Promise<readonly Asked[]>;
}

/** The folder's time changes with each file in it, but no finer than the system's clock ticks. */
const settledMs = 1000;

/** Watches over the questions of a run that is being followed; looks only where something may have changed. */
export function watchQuestions(
  parts: QuestionParts & { processes: Processes },
  task: Task,
  run: number,
): QuestionWatch {
  const approvals = createApprovals(parts);
  let seenAt = 0;
  let known: readonly Asked[] = [];
  return {
    async look() {
      const changedAt = approvals.changedAt(task.task_id);
      const isStill = changedAt === seenAt && changedAt < parts.clock.now() - settledMs;
      if (changedAt === 0 || (isStill && known.every(({ answer }) => answer))) return known;
      seenAt = changedAt;
      known = approvals.list(task.task_id).filter(({ approval }) => approval.run === run);
      const isGone = ({ waiter }: Approval) => waiter !== null && !parts.processes.isAlive(waiter);
      const open = known.filter(({ answer }) => answer === null);
      if (open.some(({ approval }) => isGone(approval))) {
        await closeAll(parts, task, open, isGone);
        known = approvals.list(task.task_id).filter(({ approval }) => approval.run === run);
      }
      return known;
    },
  };
}
