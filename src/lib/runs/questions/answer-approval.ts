/** A person answers what an agent asks: who may, whether it is not too late, and what he is told. */

import type { Processes } from '../../adapters/processes.ts';
import { isoNow } from '../../format/instant.ts';
import { choicesOf } from '../../notifications/asked-fields.ts';
import { textsOf } from '../../notifications/languages.ts';
import type { Language } from '../../notifications/notification.ts';
import { answerWords } from '../../notifications/render-question.ts';
import { type Approval, type ApprovalAnswer, createApprovals, type NewAnswer } from '../../tasks/approvals.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { type QuestionParts, tellAnswer } from './questions.ts';

export interface AnswerParts extends QuestionParts {
  tasks: Pick<TaskStore, 'exists' | 'load'>;
  processes: Pick<Processes, 'isAlive'>;
}

export interface AnswerRequest {
  approvalId: string;
  /** `answer`: in words, or by the number of what is offered. */
  action: 'allow' | 'allowTask' | 'deny' | 'answer';
  words?: string | number;
  /** `shell` is the id of whoever sits at a shell. */
  person: { id: string; name: string | null };
  /** Whether this person may answer for this task. */
  mayApprove(task: Task): boolean;
}

export type AnswerOutcome =
  | { kind: 'answered'; approval: Approval; answer: ApprovalAnswer }
  /** Somebody, the time, or the end of the run was first; `answer` is the one that stands. */
  | { kind: 'too-late'; approval: Approval; answer: ApprovalAnswer }
  /** It wants words, or, with `isPlain`, wants none. */
  | { kind: 'needs-words'; isPlain: boolean }
  | { kind: 'not-allowed' }
  | { kind: 'unknown' };

/** Why nobody can answer any more what is still open; null where somebody can. */
function endOf({ processes, clock }: AnswerParts, task: Task, approval: Approval): 'timeout' | 'void' | null {
  const { run, waiter, expires_at } = approval;
  const isOver = task.status !== 'running' || latestRun(task)?.n !== run;
  if (isOver || (waiter !== null && !processes.isAlive(waiter))) return 'void';
  return clock.now() >= Date.parse(expires_at) ? 'timeout' : null;
}

/** What the person's word means for the kind of question; null where it does not fit it. */
function meaningOf(
  { action, words }: AnswerRequest,
  { kind, input }: Approval,
): Pick<NewAnswer, 'answer' | 'scope' | 'choice'> | null {
  const text = typeof words === 'number' ? choicesOf(input)[words] : words?.trim();
  if (action === 'deny') return { answer: 'deny', scope: 'once' };
  if (action === 'answer') {
    if (kind === undefined || !text) return null;
    // Who answers a plan with words wants it changed.
    return { answer: kind === 'choice' ? 'allow' : 'deny', scope: 'once', choice: text };
  }
  if (kind === 'choice') return null;
  return { answer: 'allow', scope: action === 'allowTask' && kind === undefined ? 'task' : 'once' };
}

/**
 * Answers a question. The first answer stands, be it a person's or the time's; the question's message is changed in any
 * case. Acts on files alone: the agent that waits sees the answer there.
 */
export async function answerApproval(parts: AnswerParts, request: AnswerRequest): Promise<AnswerOutcome> {
  const { approvalId, person } = request;
  const approvals = createApprovals(parts);
  const found = approvals.find(approvalId);
  if (!found || !parts.tasks.exists(found.approval.task_id)) return { kind: 'unknown' };
  const { approval } = found;
  const task = parts.tasks.load(approval.task_id);
  if (!request.mayApprove(task)) return { kind: 'not-allowed' };
  const meaning = meaningOf(request, approval);
  if (!meaning) return { kind: 'needs-words', isPlain: approval.kind === undefined };
  const end = endOf(parts, task, approval);
  const at = isoNow(parts.clock);
  const given: NewAnswer = end
    ? { answer: 'deny', scope: 'once', how: end, by: null, by_name: null, at }
    : {
        ...meaning,
        how: 'person',
        by: person.id,
        by_name: person.name,
        at,
      };
  const { answer, isFirst } = await approvals.answer(approval, given);
  await tellAnswer(parts, task, approval, answer);
  return { kind: isFirst && !end ? 'answered' : 'too-late', approval, answer };
}

const isInSession = ({ stream_id }: Approval) => stream_id !== undefined;

/** What the person is told who answered; at most 200 characters. */
export function renderAnswerOutcome(outcome: AnswerOutcome, language: Language): string {
  const { question, colon } = textsOf(language);
  const { replies } = question;
  switch (outcome.kind) {
    case 'answered':
      if (outcome.answer.choice !== undefined) return replies.passedOn;
      if (outcome.answer.answer === 'deny') return replies.denied;
      if (outcome.answer.scope !== 'task') return replies.allowed;
      return isInSession(outcome.approval) ? replies.allowedForSession : replies.allowedForTask;
    case 'too-late': {
      const { asked_at, expires_at } = outcome.approval;
      const patienceMs = Date.parse(expires_at) - Date.parse(asked_at);
      return `${question.tooLate}${colon}${answerWords(outcome.answer, patienceMs, language, isInSession(outcome.approval))}`;
    }
    case 'needs-words':
      return outcome.isPlain ? question.replies.needsYesOrNo : replies.needsWords;
    case 'not-allowed':
      return replies.notAllowed;
    case 'unknown':
      return replies.unknown;
  }
}
