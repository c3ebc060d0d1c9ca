/** A person answers what an agent asks: who may, whether it is not too late, and what he is told. */

import type { Processes } from '../adapters/processes.ts';
import { textsOf } from '../notifications/languages.ts';
import type { Language } from '../notifications/notification.ts';
import { answerWords } from '../notifications/render-question.ts';
import { type Approval, type ApprovalAnswer, createApprovals, type NewAnswer } from '../tasks/approvals.ts';
import { latestRun, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { type QuestionParts, tellAnswer } from './questions.ts';

export interface AnswerParts extends QuestionParts {
  tasks: Pick<TaskStore, 'exists' | 'load'>;
  processes: Pick<Processes, 'isAlive'>;
}

export interface AnswerRequest {
  approvalId: string;
  action: 'allow' | 'allowTask' | 'deny';
  /** `shell` is the id of whoever sits at a shell. */
  person: { id: string; name: string | null };
  /** Whether this person may answer for this task. */
  mayApprove(task: Task): boolean;
}

export type AnswerOutcome =
  | { kind: 'answered'; approval: Approval; answer: ApprovalAnswer }
  /** Somebody, the time, or the end of the run was first; `answer` is the one that stands. */
  | { kind: 'too-late'; approval: Approval; answer: ApprovalAnswer }
  | { kind: 'not-allowed' }
  | { kind: 'unknown' };

/** Why nobody can answer any more what is still open; null where somebody can. */
function endOf({ processes, clock }: AnswerParts, task: Task, approval: Approval): 'timeout' | 'void' | null {
  const { run, waiter, expires_at } = approval;
  const isOver = task.status !== 'running' || latestRun(task)?.n !== run;
  if (isOver || (waiter !== null && !processes.isAlive(waiter))) return 'void';
  return clock.now() >= Date.parse(expires_at) ? 'timeout' : null;
}

/**
 * Answers a question. The first answer stands, be it a person's or the time's; the question's message is changed in any
 * case. Acts on files alone: the agent that waits sees the answer there.
 */
export async function answerApproval(parts: AnswerParts, request: AnswerRequest): Promise<AnswerOutcome> {
  const { approvalId, action, person } = request;
  const approvals = createApprovals(parts);
  const found = approvals.find(approvalId);
  if (!found || !parts.tasks.exists(found.approval.task_id)) return { kind: 'unknown' };
  const { approval } = found;
  const task = parts.tasks.load(approval.task_id);
  if (!request.mayApprove(task)) return { kind: 'not-allowed' };
  const end = endOf(parts, task, approval);
  const at = new Date(parts.clock.now()).toISOString();
  const given: NewAnswer = end
    ? { answer: 'deny', scope: 'once', how: end, by: null, by_name: null, at }
    : {
        answer: action === 'deny' ? 'deny' : 'allow',
        scope: action === 'allowTask' ? 'task' : 'once',
        how: 'person',
        by: person.id,
        by_name: person.name,
        at,
      };
  const { answer, isFirst } = await approvals.answer(approval, given);
  await tellAnswer(parts, task, approval, answer);
  return { kind: isFirst && !end ? 'answered' : 'too-late', approval, answer };
}

/** What the person is told who answered; at most 200 characters. */
export function renderAnswerOutcome(outcome: AnswerOutcome, language: Language): string {
  const { question, colon } = textsOf(language);
  const { replies } = question;
  switch (outcome.kind) {
    case 'answered':
      if (outcome.answer.answer === 'deny') return replies.denied;
      return outcome.answer.scope === 'task' ? replies.allowedForTask : replies.allowed;
    case 'too-late': {
      const { asked_at, expires_at } = outcome.approval;
      const patienceMs = Date.parse(expires_at) - Date.parse(asked_at);
      return `${question.tooLate}${colon}${answerWords(outcome.answer, patienceMs, language)}`;
    }
    case 'not-allowed':
      return replies.notAllowed;
    case 'unknown':
      return replies.unknown;
  }
}
