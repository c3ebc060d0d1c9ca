/** Whether what lies in the outbox has the shape of a notification: a text is made of it only then. */

import type { HandNotification, ProgressNotification, ToldAnswer, ToldOutcome } from '../notifications/notification.ts';

type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const truth: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
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
  }),
  question: record({
    ...about,
    approval_id: text,
    tool: text,
    fields: listOf(record({ name: text, value: text })),
    input_file: orNull(text),
    patience_ms: count,
    answer: orNull(record({ answer: oneOf('allow', 'deny'), scope, how, by: orNull(text), by_name: orNull(text) })),
  }),
  hand: record({ event, folder: text, text }),
};

export function isNotification(found: unknown): boolean {
  const kind = (found as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) && (kinds[kind] as Check)(found);
}
