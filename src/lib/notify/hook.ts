/** Hooks of agents: of runs of ours, which are kept with the run, and of sessions that a person started by hand, which are told. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { parseObject } from '../format/json.ts';
import { localChat, parseTaskId } from '../format/task-id.ts';
import { cutText } from '../format/text.ts';
import type { HandNotification, Language } from '../notifications/notification.ts';
import type { Outbox } from '../outbox/store.ts';

export interface HookParts {
  files: Files;
  locks: Locks;
  paths: Paths;
  env: Record<string, string | undefined>;
}

/** The part of a hook's JSON that we read. */
export interface HookInput {
  hook_event_name: string;
  session_id: string;
  cwd?: string;
  message?: string;
  last_assistant_message?: string;
  error?: string;
}

const furtherFields = ['cwd', 'message', 'last_assistant_message', 'error'] as const;

/** The part of the hook's JSON that we read, or null for what is none; a field that is no text counts as missing. */
export function parseHookInput(text: string): HookInput | null {
  const value = parseObject<HookInput>(text);
  if (typeof value?.hook_event_name !== 'string' || typeof value.session_id !== 'string') return null;
  const { hook_event_name, session_id } = value;
  const further = furtherFields.filter((name) => typeof value[name] === 'string').map((name) => [name, value[name]]);
  return { hook_event_name, session_id, ...Object.fromEntries(further) };
}

/** The task whose agent called us, or null for a session started by hand. */
export function taskOfHook({ env, paths }: Pick<HookParts, 'env' | 'paths'>): string | null {
  const taskId = env.CCDISPATCH_TASK_ID;
  if (!taskId || !parseTaskId(taskId)) return null;
  return env.CCDISPATCH_TASK_DIR === paths.task(taskId) ? taskId : null;
}

const lockTimeoutMs = 1000;

function latestRunOf(files: Files, taskFolder: string): number {
  return Math.max(0, ...files.list(join(taskFolder, 'runs')).map(Number).filter(Number.isInteger));
}

function conversationOf(files: Files, runFolder: string): string | null {
  try {
    return parseObject<{ conversation: string }>(files.read(join(runFolder, 'launch.json')))?.conversation ?? null;
  } catch {
    return null;
  }
}

/**
 * The number of the run whose agent called the hook. Null for an agent that our agent started: it inherits our variables,
 * but speaks of a conversation that is not the run's. An agent within ours speaks of the run's own.
 */
export function runOfHook({ files, paths }: HookParts, taskId: string, sessionId: string): number | null {
  const n = latestRunOf(files, paths.task(taskId));
  return n > 0 && conversationOf(files, paths.run(taskId, n)) === sessionId ? n : null;
}

/** Keeps the hook's JSON with the run it belongs to; false where that is none of ours. */
export async function keepHook(parts: HookParts, taskId: string, input: HookInput, text: string): Promise<boolean> {
  const { files, locks, paths } = parts;
  const run = runOfHook(parts, taskId, input.session_id);
  if (run === null) return false;
  const runFolder = paths.run(taskId, run);
  const lock = await locks.take(join(paths.task(taskId), '.hook-lock'), 'hook', lockTimeoutMs);
  try {
    const event = input.hook_event_name.replace(/[^A-Za-z]/g, '') || 'unknown';
    const count = files.list(runFolder).filter((name) => name.startsWith(`hook-${event}-`)).length;
    await files.create(join(runFolder, `hook-${event}-${count + 1}.json`), text);
  } finally {
    lock.release();
  }
  return true;
}

const maxTextChars = 48 * 1024;
const handEvents = new Set<string>(['Stop', 'StopFailure', 'Notification']);

/** Puts what a session started by hand says into the outbox; false for other events. */
export async function tellHand(
  outbox: Outbox,
  chatId: string,
  language: Language | null,
  input: HookInput,
): Promise<boolean> {
  if (!handEvents.has(input.hook_event_name) || chatId === localChat) return false;
  const notification: HandNotification = {
    kind: 'hand',
    event: input.hook_event_name as HandNotification['event'],
    folder: input.cwd ?? '',
    text: cutText(input.last_assistant_message ?? input.message ?? input.error ?? '', maxTextChars),
  };
  const entry = { chat_id: chatId, thread_id: null, reply_to: null, language, notification };
  return await outbox.announce(entry, `hand.${crypto.randomUUID()}`);
}
