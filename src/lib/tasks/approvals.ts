/** Questions of agents that a person must answer, and their answers: files beside the task, whoever asks and whoever answers. */

import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { ProcessId } from '../adapters/processes.ts';
import type { Paths } from '../config/paths.ts';
import { parseObject } from '../format/json.ts';
import { parseTaskId, renderTaskId } from '../format/task-id.ts';

/** `approvals/<id>.json`: what is asked; written once, before anybody hears of it. */
export interface Approval {
  schema_version: 1;
  /** Lower-case letters and digits; begins with the time of its task, so that the task is found by it. */
  id: string;
  task_id: string;
  /** The run whose agent asks. */
  run: number;
  /** The tool that the agent wants to use. */
  tool: string;
  /** What it wants to use it for, whole, secrets masked. */
  input: Record<string, unknown>;
  /** The file that it really names, where its path leads elsewhere by a link; null where it does not. */
  leads_to: string | null;
  /** Equal for what counts as the same question; see {@link fingerprintOf}. */
  fingerprint: string;
  /** The agent within the agent that asks; null for the agent itself. */
  agent_id: string | null;
  /** ISO instants; at `expires_at` the question is denied. */
  asked_at: string;
  expires_at: string;
  /** The process that waits for the answer: without it nobody would hear it. Null where the agent itself waits. */
  waiter: ProcessId | null;
  /** The question's name in the agent's stream; absent for one that came through a hook. */
  stream_id?: string;
  /** What kind of answer it wants; absent for yes or no. */
  kind?: 'choice' | 'plan';
}

/** `approvals/<id>.answer.json`: made exclusively, the first one stands. */
export interface ApprovalAnswer {
  schema_version: 1;
  id: string;
  answer: 'allow' | 'deny';
  /** `task`: the same question of this task is answered in the same way from now on. */
  scope: 'once' | 'task';
  /** `rule`: because an earlier answer holds for the task. `void`: nobody waits for an answer any more. */
  how: 'person' | 'timeout' | 'rule' | 'void';
  /** What was chosen or written, where more than yes or no was asked. */
  choice?: string;
  /** The person's id, or `shell`; null where no person answered. */
  by: string | null;
  /** The person's name, for people. */
  by_name: string | null;
  /** ISO instant. */
  at: string;
}

/** A question with its answer; null while it is open. */
export interface Asked {
  approval: Approval;
  answer: ApprovalAnswer | null;
}

export type NewApproval = Omit<Approval, 'schema_version' | 'id' | 'leads_to'> & Partial<Pick<Approval, 'leads_to'>>;
export type NewAnswer = Omit<ApprovalAnswer, 'schema_version' | 'id'>;

export interface Approvals {
  /** Writes a question down, durable when it returns. */
  ask(question: NewApproval): Promise<Approval>;
  /** Keeps what is asked as text for people, whole, beside the question; gives the file's absolute path. */
  saveText(approval: Approval, text: string): Promise<string>;
  /** Answers a question unless it was answered before; gives the answer that stands. */
  answer(approval: Approval, answer: NewAnswer): Promise<{ answer: ApprovalAnswer; isFirst: boolean }>;
  /** The answer that stands; null while the question is open. */
  answerOf(approval: Approval): ApprovalAnswer | null;
  /** The question of this id, whichever task asks it; null for none. */
  find(id: string): Asked | null;
  /** All questions of a task, the oldest first. */
  list(taskId: string): Asked[];
  /** Those of them that nobody has answered. */
  open(taskId: string): Approval[];
  /** When anything was asked or answered last, in milliseconds since 1970; 0 for never. */
  changedAt(taskId: string): number;
  /** The answer that allowed such questions for the whole task; null for none. */
  grantFor(taskId: string, fingerprint: string): ApprovalAnswer | null;
}

const idPattern = /^([0-9a-z]{1,11})([0-9a-z]{4})$/;
const idTail = 4;

/** The id of a question of this task; the time and a bit of chance. Fits beside anything else into a button's 64 bytes. */
function newId(taskId: string): string {
  const ts = parseTaskId(taskId)?.ts ?? 0;
  const chance = randomInt(36 ** idTail);
  return ts.toString(36) + chance.toString(36).padStart(idTail, '0');
}

/** Fields that say how a command is run or what it is for, not what it does. */
const besides = new Set(['description', 'timeout']);

/**
 * Equal for questions that one answer may hold for: the same tool and, where it runs a command, the same command, run in
 * the same way. `input` is the unmasked one.
 */
export function fingerprintOf(tool: string, input: Record<string, unknown>): string {
  const asked = typeof input.command === 'string' ? Object.entries(input).filter(([name]) => !besides.has(name)) : [];
  const sorted = asked.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([tool, sorted]))
    .digest('hex')
    .slice(0, 32);
}

function parseApproval(text: string | null): Approval | null {
  const found = parseObject<Approval>(text);
  const words = ['id', 'task_id', 'tool', 'fingerprint', 'asked_at', 'expires_at'] as const;
  const isWhole =
    found?.schema_version === 1 &&
    Number.isInteger(found.run) &&
    typeof found.input === 'object' &&
    found.input !== null &&
    words.every((word) => typeof found[word] === 'string');
  return isWhole ? { ...(found as Approval), leads_to: found.leads_to ?? null } : null;
}

/** An answer that cannot be read is none that allows anything. */
function parseAnswer(text: string | null, approval: Approval): ApprovalAnswer | null {
  if (text === null) return null;
  const found = parseObject<ApprovalAnswer>(text);
  if (found?.schema_version === 1 && (found.answer === 'allow' || found.answer === 'deny')) {
    return found as ApprovalAnswer;
  }
  const { id, asked_at: at } = approval;
  return { schema_version: 1, id, answer: 'deny', scope: 'once', how: 'void', by: null, by_name: null, at };
}

const answerSuffix = '.answer.json';
const suffix = '.json';

export function createApprovals({ files, paths }: { files: Files; paths: Paths }): Approvals {
  const folderOf = (taskId: string) => join(paths.task(taskId), 'approvals');
  const answerPath = ({ task_id, id }: Approval) => join(folderOf(task_id), id + answerSuffix);
  const load = (taskId: string, id: string): Asked | null => {
    const approval = parseApproval(files.read(join(folderOf(taskId), id + suffix)));
    return approval && { approval, answer: parseAnswer(files.read(answerPath(approval)), approval) };
  };

  const approvals: Approvals = {
    async ask(question) {
      for (;;) {
        const approval: Approval = { schema_version: 1, id: newId(question.task_id), leads_to: null, ...question };
        const path = join(folderOf(question.task_id), approval.id + suffix);
        if (await files.create(path, `${JSON.stringify(approval, null, 1)}\n`)) return approval;
      }
    },
    async saveText({ task_id, id }, text) {
      const path = join(folderOf(task_id), `${id}.txt`);
      await files.replace(path, text);
      return path;
    },
    async answer(approval, given) {
      const answer: ApprovalAnswer = { schema_version: 1, id: approval.id, ...given };
      const isFirst = await files.create(answerPath(approval), `${JSON.stringify(answer)}\n`);
      return { answer: isFirst ? answer : (approvals.answerOf(approval) ?? answer), isFirst };
    },
    answerOf: (approval) => parseAnswer(files.read(answerPath(approval)), approval),
    find(id) {
      const match = idPattern.exec(id);
      const ts = Number.parseInt(match?.[1] ?? '', 36);
      if (!match || !Number.isSafeInteger(ts)) return null;
      // A look into each chat is quick, and right also where a chat has got another id.
      for (const chatId of files.list(paths.tasks)) {
        const taskId = renderTaskId({ chatId, ts });
        const found = parseTaskId(taskId) ? load(taskId, id) : null;
        if (found) return found;
      }
      return null;
    },
    list: (taskId) =>
      files
        .list(folderOf(taskId))
        .filter((name) => name.endsWith(suffix) && !name.endsWith(answerSuffix) && !name.startsWith('.'))
        .flatMap((name) => load(taskId, name.slice(0, -suffix.length)) ?? [])
        .sort((a, b) => a.approval.asked_at.localeCompare(b.approval.asked_at)),
    open: (taskId) => approvals.list(taskId).flatMap(({ approval, answer }) => (answer ? [] : approval)),
    changedAt: (taskId) => files.stat(folderOf(taskId))?.modifiedAt ?? 0,
    grantFor(taskId, fingerprint) {
      const grants = approvals.list(taskId).flatMap(({ approval, answer }) => {
        const isGrant = answer?.answer === 'allow' && answer.scope === 'task' && answer.how === 'person';
        return isGrant && approval.fingerprint === fingerprint ? answer : [];
      });
      return grants[0] ?? null;
    },
  };
  return approvals;
}
