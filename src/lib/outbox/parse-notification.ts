/** Whether what lies in the outbox has the shape of a notification: a text is made of it only then. */

import type {
  HandNotification,
  ProgressNotification,
  ToldAnswer,
  ToldChoice,
  ToldOutcome,
} from '../notifications/notification.ts';
import { alertCodes, landedCodes, sessionCodes } from '../notifications/notification.ts';

type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const truth: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orMissing =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const record =
  (shape: Shape): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, check]) => check((value as Record<string, unknown>)[name]));

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const outcome = oneOf(...(['completed', 'failed', 'cancelled', 'paused'] satisfies ToldOutcome[]));
const state = oneOf(...(['queued', 'running', 'paused', 'ended'] satisfies ProgressNotification['state'][]));
const event = oneOf(...(['Stop', 'StopFailure', 'Notification'] satisfies HandNotification['event'][]));
const scope = oneOf(...(['once', 'task'] satisfies ToldAnswer['scope'][]));
const how = oneOf(...(['person', 'timeout', 'rule', 'void'] satisfies ToldAnswer['how'][]));
const choice = oneOf(...(['resolve', 'keep', 'cancel'] satisfies ToldChoice['choice'][]));
const usage = orNull(record({ input_tokens: count, output_tokens: count }));
const about: Shape = { task_id: text, task_name: text, agent: text, yolo: truth, run: count };

const kinds: Record<string, Check> = {
  progress: record({
    ...about,
    state,
    position: orNull(count),
    waiting_for: orNull(text),
    started_at: orNull(text),
    tool: orNull(record({ name: text, target: orNull(text) })),
    usage,
    outcome: orNull(outcome),
    can_pause: orMissing(truth),
  }),
  interim: record({ ...about, index: count, text, background: listOf(text) }),
  ended: record({
    ...about,
    outcome,
    reason: orNull(text),
    text,
    output_file: orNull(text),
    duration_ms: orNull(count),
    cost_usd: orNull(count),
    usage,
    changed_files: listOf(text),
    note: orNull(text),
    worktree_notes: orMissing(listOf(text)),
    work: orMissing(orNull(record({ branch: text, files: count, insertions: count, deletions: count }))),
    asks_at_limit: orMissing(truth),
  }),
  question: record({
    ...about,
    approval_id: text,
    tool: text,
    fields: listOf(record({ name: text, value: text })),
    input_file: orNull(text),
    in_session: orMissing(truth),
    wants: orMissing(oneOf('choice', 'plan')),
    choices: orMissing(listOf(text)),
    patience_ms: count,
    answer: orNull(
      record({
        ...{ answer: oneOf('allow', 'deny'), scope, how, by: orNull(text), by_name: orNull(text) },
        choice: orMissing(text),
      }),
    ),
  }),
  conflict: record({
    ...about,
    other_task_id: orNull(text),
    other_task_name: orNull(text),
    branch: text,
    files: listOf(text),
    patience_ms: count,
    answer: orNull(record({ choice, how, by: orNull(text), by_name: orNull(text) })),
  }),
  met: record({ ...about, other_task_id: text, other_task_name: text, file: text }),
  landed: record({
    ...about,
    outcome: oneOf(...landedCodes),
    branch: text,
    into: orNull(text),
    folder: orNull(text),
    files: listOf(text),
    url: orNull(text),
    commands: listOf(text),
    detail: orNull(text),
    is_new: truth,
    has_merges: orMissing(truth),
  }),
  session: record({ ...about, session_name: text, code: oneOf(...sessionCodes), index: count }),
  hand: record({ event, folder: text, text }),
  late: record({ update_id: count, age_ms: count, command: orNull(text) }),
  registration: record({ user_id: text, name: text }),
  admitted: record({}),
  'session-limit': record({
    update_id: count,
    limit: count,
    open: listOf(record({ session_id: text, name: text, unused_ms: count })),
  }),
  'session-options': record({ update_id: count, session_name: text, options: listOf(text) }),
  alert: record({ code: oneOf(...alertCodes), subject: orNull(text), amount: count, since: text, is_over: truth }),
};

export function isNotification(found: unknown): boolean {
  const kind = (found as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) && (kinds[kind] as Check)(found);
}
