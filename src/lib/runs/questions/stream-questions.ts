/** Questions in a session's stream: written down and told like those of a hook, and answered on the agent's input. */

import { join } from 'node:path';
import type { AgentQuestion, QuestionAnswer } from '../../agents/agent.ts';
import { renderDuration } from '../../format/duration.ts';
import { isoOf } from '../../format/instant.ts';
import { type Approval, type ApprovalAnswer, createApprovals, fingerprintOf } from '../../tasks/approvals.ts';
import type { Task } from '../../tasks/record.ts';
import type { QuestionParts } from './questions.ts';
import { leadsTo, maskInput, tellQuestion, writeQuestion } from './write-question.ts';

export interface StreamQuestionParts extends QuestionParts {
  /** Masks secrets before anybody sees what is asked. */
  redact(text: string): string;
  /** So long a person may take, in milliseconds. */
  patienceMs(): number;
  /** Whether there is anybody who could answer. */
  asksPeople(task: Task): boolean;
}

/** An agent that asks in its stream. */
export interface Asker {
  /** What it has asked and not been answered yet, oldest first. */
  open(): readonly AgentQuestion[];
  /** Tells it the answer; false where it does not read. */
  answer(questionId: string, answer: QuestionAnswer): Promise<boolean>;
}

const nobodyToAsk =
  'Nobody can be asked whether this is allowed. Go on without it, or say that it is still to be done.';
const denied =
  'A person has denied this. Do not reach for the same by another way; go on without it, or say what you could not do.';

/** The answers to the agent's own questions, by their texts. */
function chosen(input: Record<string, unknown>, choice: string): Record<string, string> {
  const questions = Array.isArray(input.questions) ? input.questions : [];
  const texts = questions.flatMap((one) => (typeof one?.question === 'string' ? [one.question as string] : []));
  return Object.fromEntries(texts.map((text) => [text, choice]));
}

/** What the agent hears. */
function answerTo({ kind, input }: AgentQuestion, answer: ApprovalAnswer, patienceMs: number): QuestionAnswer {
  if (answer.answer === 'allow') {
    const isChoice = kind === 'choice' && answer.choice !== undefined;
    return { behavior: 'allow', input: isChoice ? { ...input, answers: chosen(input, answer.choice ?? '') } : input };
  }
  // Who answers a plan with words wants it changed.
  if (answer.how === 'person' && answer.choice) return { behavior: 'deny', message: answer.choice };
  const timedOut = `Nobody answered within ${renderDuration(patienceMs)}: it timed out, nobody denied it. Go on without it, or say that it is still to be done.`;
  return { behavior: 'deny', message: answer.how === 'timeout' ? timedOut : denied };
}

/** What was allowed for the whole session: a file for each, named by the question's fingerprint. */
function grantsOf({ files, paths }: QuestionParts, { session_id: id }: Task) {
  const pathOf = (fingerprint: string) =>
    id === null ? null : join(paths.session(id), 'grants', `${fingerprint}.json`);
  return {
    find(fingerprint: string): Pick<ApprovalAnswer, 'by' | 'by_name'> | null {
      const path = pathOf(fingerprint);
      const text = path && files.read(path);
      return text ? (JSON.parse(text) as Pick<ApprovalAnswer, 'by' | 'by_name'>) : null;
    },
    async keep({ fingerprint }: Approval, { by, by_name }: ApprovalAnswer): Promise<void> {
      const path = pathOf(fingerprint);
      if (path) await files.create(path, `${JSON.stringify({ by, by_name })}\n`);
    },
  };
}

/** Writes a question down; one that was allowed for the session before is answered with it. */
async function write(parts: StreamQuestionParts, task: Task, run: number, question: AgentQuestion): Promise<Approval> {
  const approvals = createApprovals(parts);
  const { id, tool, kind, agentId, plan } = question;
  const input = plan === undefined ? question.input : { ...question.input, plan };
  const fingerprint = fingerprintOf(tool, input);
  const now = parts.clock.now();
  const asked = {
    task_id: task.task_id,
    run,
    tool: parts.redact(tool),
    input: maskInput(input, parts.redact),
    leads_to: leadsTo(parts, input, task.workdir),
    fingerprint,
    agent_id: agentId,
    asked_at: isoOf(now),
    expires_at: isoOf(now + parts.patienceMs()),
    waiter: null,
    stream_id: id,
    ...(kind === 'permission' ? {} : { kind }),
  };
  const grant = kind === 'permission' ? grantsOf(parts, task).find(fingerprint) : null;
  if (!grant) return await writeQuestion(parts, approvals, task, asked);
  const approval = await approvals.ask(asked);
  await approvals.answer(approval, { answer: 'allow', scope: 'once', how: 'rule', ...grant, at: isoOf(now) });
  return approval;
}

export interface StreamQuestions {
  /**
   * Brings the open questions further: what is new is written down and told, what is answered or overdue reaches the agent.
   * Whoever adopts the run does the same from the same files.
   */
  look(): Promise<void>;
}

export function createStreamQuestions(
  parts: StreamQuestionParts,
  task: Task,
  run: number,
  asker: Asker,
): StreamQuestions {
  const approvals = createApprovals(parts);
  /** By the agent's names of them; those answered are not answered again while the agent takes the answer in. */
  const written = new Map<string, Approval>();
  const answered = new Set<string>();

  /** The question as it was written down, by us or by whoever drove the run before us, who may not have lived to tell it. */
  async function find(question: AgentQuestion): Promise<Approval> {
    const known = approvals
      .list(task.task_id)
      .find(({ approval }) => approval.run === run && approval.stream_id === question.id);
    if (known && !known.answer) await tellQuestion(parts, approvals, task, known.approval);
    return known?.approval ?? (await write(parts, task, run, question));
  }

  async function bring(question: AgentQuestion): Promise<void> {
    if (!parts.asksPeople(task)) {
      if (await asker.answer(question.id, { behavior: 'deny', message: nobodyToAsk })) answered.add(question.id);
      return;
    }
    const approval = written.get(question.id) ?? (await find(question));
    written.set(question.id, approval);
    const answer = await answerNow(parts, task, approval);
    if (!answer) return;
    const patienceMs = Date.parse(approval.expires_at) - Date.parse(approval.asked_at);
    if (await asker.answer(question.id, answerTo(question, answer, patienceMs))) answered.add(question.id);
  }

  return {
    async look() {
      for (const question of asker.open()) if (!answered.has(question.id)) await bring(question);
    },
  };
}

/** The answer that stands, the time's included; null while there is none. */
async function answerNow(parts: StreamQuestionParts, task: Task, approval: Approval): Promise<ApprovalAnswer | null> {
  const approvals = createApprovals(parts);
  const now = parts.clock.now();
  const given = approvals.answerOf(approval);
  if (given?.answer === 'allow' && given.scope === 'task' && given.how === 'person') {
    await grantsOf(parts, task).keep(approval, given);
  }
  if (given || now < Date.parse(approval.expires_at)) return given;
  const timeout = { answer: 'deny', scope: 'once', how: 'timeout', by: null, by_name: null, at: isoOf(now) } as const;
  return (await approvals.answer(approval, timeout)).answer;
}
