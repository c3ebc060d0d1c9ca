/** An agent asks whether it may use a tool: the question is written down, told, and waited for until somebody or the time answers it. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Processes, ProcessId } from '../adapters/processes.ts';
import { renderDuration } from '../format/duration.ts';
import { isoOf } from '../format/instant.ts';
import { isObject, parseObject } from '../format/json.ts';
import { keyOf } from '../outbox/entry.ts';
import type { Outbox } from '../outbox/store.ts';
import { createBell } from '../runs/bell.ts';
import { tellAnswer } from '../runs/questions/questions.ts';
import { leadsTo, maskInput, writeQuestion } from '../runs/questions/write-question.ts';
import { questionEntry, type ToldTask } from '../runs/told.ts';
import {
  type Approval,
  type ApprovalAnswer,
  type Approvals,
  createApprovals,
  fingerprintOf,
} from '../tasks/approvals.ts';
import type { Task } from '../tasks/record.ts';
import { type HookParts, runOfHook, taskOfHook } from './hook.ts';

/** What the agent hears; null: nothing is decided, it goes by its own rules. */
export type Decision = { behavior: 'allow' } | { behavior: 'deny'; message: string } | null;

/** The part of the hook's JSON that we read. */
export interface PermissionInput {
  session_id: string;
  tool_name: string;
  tool_input: Record<string, unknown>;
  /** The agent within the agent that asks. */
  agent_id?: string;
  /** The folder that it works in. */
  cwd?: string;
}

export interface PermissionParts extends HookParts {
  clock: Clock;
  processes: Processes;
  outbox: Outbox;
  /** Masks secrets before anybody sees what is asked. */
  redact(text: string): string;
  /** Sees to it that somebody delivers what is in the outbox. */
  wake(): void;
  /** This very process. */
  pid: number;
}

/** The hook's JSON, or null for what is none. */
export function parsePermissionInput(text: string): PermissionInput | null {
  const value = parseObject<PermissionInput>(text);
  const isWhole = typeof value?.session_id === 'string' && typeof value.tool_name === 'string';
  return isWhole && isObject(value.tool_input) ? (value as PermissionInput) : null;
}

type AskingTask = ToldTask & Pick<Task, 'runs' | 'status'>;

/** The record as it stands; not checked as a whole, which would cost more than all else here. */
function readTask({ files, paths }: HookParts, taskId: string): AskingTask {
  return JSON.parse(files.read(paths.record(taskId)) ?? '') as AskingTask;
}

/**
 * The agent that waits for us: the process that it names itself, else that of the run. Where it is gone nobody hears us.
 */
function findAgent({ env, processes }: PermissionParts, { runs }: AskingTask): ProcessId | null {
  const named = processes.identify(Number(env.CLAUDE_PID ?? Number.NaN));
  const run = runs.at(-1);
  return named ?? (run && run.pid > 0 ? { pid: run.pid, started: run.pid_started } : null);
}

const nobodyToAsk: Decision = {
  behavior: 'deny',
  message: 'Nobody can be asked whether this is allowed. Go on without it, or say that it is still to be done.',
};

const pollMs = 500;
const wakeEveryMs = 20_000;

/** Waits for the answer; gives the one that stands. Whoever deletes the task while we wait voids the question. */
async function waitForAnswer(
  parts: PermissionParts,
  approvals: Approvals,
  approval: Approval,
  agent: ProcessId | null,
  stop: AbortSignal,
): Promise<ApprovalAnswer> {
  const { clock, files, paths, processes, outbox } = parts;
  const bell = createBell(clock);
  const folder = join(paths.task(approval.task_id), 'approvals');
  const stopWatching = files.watch(folder, bell.ring, pollMs);
  stop.addEventListener('abort', bell.ring);
  const expiresAt = Date.parse(approval.expires_at);
  const close = async (how: 'timeout' | 'void' | 'rule', by: Pick<ApprovalAnswer, 'by' | 'by_name'> | null) => {
    const answer = how === 'rule' ? 'allow' : 'deny';
    const told = { by: by?.by ?? null, by_name: by?.by_name ?? null };
    return (await approvals.answer(approval, { answer, scope: 'once', how, ...told, at: isoOf(clock.now()) })).answer;
  };
  try {
    for (let wokeAt = clock.now(); ; ) {
      const answer = approvals.answerOf(approval);
      if (answer) return answer;
      const grant = approvals.grantFor(approval.task_id, approval.fingerprint);
      if (grant) return await close('rule', grant);
      if (stop.aborted || (agent !== null && !processes.isAlive(agent))) return await close('void', null);
      if (clock.now() >= expiresAt) return await close('timeout', null);
      if (clock.now() >= wokeAt + wakeEveryMs) {
        wokeAt = clock.now();
        // Whoever was to deliver it may have been killed.
        if (isUntold(outbox, approval, readTask(parts, approval.task_id))) parts.wake();
      }
      await bell.wait(Math.max(1, Math.min(pollMs, expiresAt - clock.now())));
    }
  } finally {
    stopWatching();
    stop.removeEventListener('abort', bell.ring);
  }
}

function isUntold(outbox: Outbox, approval: Approval, task: AskingTask): boolean {
  const entry = questionEntry(task, approval, null);
  return entry !== null && outbox.isUnderWay(entry.chat_id, keyOf(entry.notification));
}

function decisionOf(answer: ApprovalAnswer, patienceMs: number): Decision {
  if (answer.how === 'void') return null;
  if (answer.answer === 'allow') return { behavior: 'allow' };
  const message =
    answer.how === 'timeout'
      ? `Nobody answered within ${renderDuration(patienceMs)} whether this is allowed: it timed out, nobody denied it. Go on without it, or say that it is still to be done.`
      : 'A person has denied this. Do not reach for the same by another way; go on without it, or say what you could not do.';
  return { behavior: 'deny', message };
}

/**
 * What the agent that calls this hook may do. Null for agents that are none of ours. `patienceMs` is how long a person may
 * take. When `stop` aborts, or the agent is gone, the question is closed.
 */
export async function decidePermission(
  parts: PermissionParts,
  text: string,
  patienceMs: number,
  stop: AbortSignal,
): Promise<Decision> {
  const taskId = taskOfHook(parts);
  if (taskId === null) return null;
  const input = parsePermissionInput(text);
  if (!input) throw new Error('this is not the JSON of a permission hook');
  const run = runOfHook(parts, taskId, input.session_id);
  if (run === null) return null;
  const task = readTask(parts, taskId);
  if (task.telegram_group === null && !task.options.approvals) return nobodyToAsk;
  const approvals = createApprovals(parts);
  const fingerprint = fingerprintOf(input.tool_name, input.tool_input);
  const now = parts.clock.now();
  const question = {
    task_id: taskId,
    run,
    tool: parts.redact(input.tool_name),
    input: maskInput(input.tool_input, parts.redact),
    leads_to: leadsTo(parts, input.tool_input, input.cwd ?? '/'),
    fingerprint,
    agent_id: input.agent_id ?? null,
    asked_at: isoOf(now),
    expires_at: isoOf(now + patienceMs),
    waiter: parts.processes.identify(parts.pid),
  };
  const grant = approvals.grantFor(taskId, fingerprint);
  if (grant) {
    const { by, by_name } = grant;
    const rule = { answer: 'allow', scope: 'once', how: 'rule', by, by_name, at: isoOf(now) } as const;
    await approvals.answer(await approvals.ask(question), rule);
    return { behavior: 'allow' };
  }
  const approval = await writeQuestion(parts, approvals, task, question);
  parts.wake();
  const answer = await waitForAnswer(parts, approvals, approval, findAgent(parts, task), stop);
  await tellAnswer(parts, task, approval, answer);
  parts.wake();
  return decisionOf(answer, patienceMs);
}
