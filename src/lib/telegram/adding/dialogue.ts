/** The dialogue in which an admin adds an account from the chat: its record, where it stands, and how it goes on. Pure. */

import type { Language } from '../../notifications/notification.ts';

/** Without a word for so long it ends by itself. */
export const lifetimeMs = 10 * 60_000;
/** After its end: for so long a key that comes too late is still known for one, and not taken for a request. */
export const lingerMs = 3_600_000;
/** More updates than anybody sends in one dialogue. */
const mostActed = 100;

/** How it ended; `refused`: whoever began it is no admin any more. */
export type Outcome = 'added' | 'cancelled' | 'expired' | 'refused';

/** What was answered so far; null is still open. */
export interface Given {
  name: string | null;
  agent: string | null;
  /** Whether the key is for a base URL of its own. */
  with_url: boolean | null;
  base_url: string | null;
  /** Sealed. */
  secret: string | null;
  priority: number | null;
}

/** A dialogue as it stands in its file. */
export interface Dialogue extends Given {
  schema_version: 1;
  /** Six letters and digits, which its buttons name. */
  id: string;
  user_id: string;
  thread_id: number | null;
  language: Language;
  /** The press that began it: what came before is none of its answers. */
  begun_by: number;
  /** Until when the next answer may be sent; of one that is over: until when its end is remembered. */
  expires_at: string;
  /** Of one that ended by itself: until when the last answer was waited for. */
  due_at: string | null;
  /** Updates that it was brought forward by: a replay of one is no further answer. */
  acted: number[];
  /** The update that the secret came with. */
  secret_from: number | null;
  outcome: Outcome | null;
}

/** What is asked at the moment; `adding`: nothing, the account is being made. */
export type Step = 'name' | 'agent' | 'kind' | 'url' | 'secret' | 'priority' | 'adding';

const nothing: Given = { name: null, agent: null, with_url: null, base_url: null, secret: null, priority: null };

const after = (now: number, ms: number) => new Date(now + ms).toISOString();

export interface Beginning {
  id: string;
  userId: string;
  threadId: number | null;
  language: Language;
  updateId: number;
}

export function beginDialogue({ id, userId, threadId, language, updateId }: Beginning, now: number): Dialogue {
  return {
    schema_version: 1,
    id,
    user_id: userId,
    thread_id: threadId,
    language,
    begun_by: updateId,
    expires_at: after(now, lifetimeMs),
    due_at: null,
    acted: [updateId],
    secret_from: null,
    outcome: null,
    ...nothing,
  };
}

/** The first question without an answer. */
export function stepOf({ name, agent, with_url, base_url, secret, priority }: Given): Step {
  if (name === null) return 'name';
  if (agent === null) return 'agent';
  if (with_url === null) return 'kind';
  if (with_url && base_url === null) return 'url';
  if (secret === null) return 'secret';
  return priority === null ? 'priority' : 'adding';
}

export function isOver({ outcome }: Dialogue): boolean {
  return outcome !== null;
}

/** Whether an answer is in time, by when it was sent, or by our own clock: the two may differ. Milliseconds since 1970. */
export function isInTime({ expires_at }: Dialogue, sentAt: number, now: number): boolean {
  return Math.min(sentAt, now) <= Date.parse(expires_at);
}

/** Whether something was sent before the dialogue ended by itself: it was meant as an answer, but came too late for one. */
export function isOvertaken({ due_at }: Dialogue, sentAt: number): boolean {
  return due_at !== null && sentAt <= Date.parse(due_at);
}

/** Once more as much time for the next answer. */
export function prolong(dialogue: Dialogue, now: number): Dialogue {
  return { ...dialogue, expires_at: after(now, lifetimeMs) };
}

/** The dialogue after an answer. */
export function goOnWith(dialogue: Dialogue, given: Partial<Given>, updateId: number, now: number): Dialogue {
  const next = { ...prolong(dialogue, now), ...given, acted: [...dialogue.acted, updateId].slice(-mostActed) };
  return given.secret ? { ...next, secret_from: updateId } : next;
}

/** The dialogue at its end: nothing of what was answered stays, but what was added is still named. */
export function endDialogue(dialogue: Dialogue, outcome: Outcome, updateId: number | null, now: number): Dialogue {
  const { name, agent, priority, acted } = dialogue;
  return {
    ...dialogue,
    ...nothing,
    ...(outcome === 'added' ? { name, agent, priority } : {}),
    acted: updateId === null ? acted : [...acted, updateId].slice(-mostActed),
    expires_at: after(now, lingerMs),
    due_at: outcome === 'expired' ? dialogue.expires_at : null,
    outcome,
  };
}

/** The place that the secret is sealed for. */
export function secretPlace({ id, user_id }: Dialogue): string {
  return ['dialogue', user_id, id, 'secret'].join('\0');
}

const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';
const isCountOrNull = (value: unknown) => value === null || Number.isSafeInteger(value);

/** The record in a file's text; null where it is none of ours. */
export function parseDialogue(text: string): Dialogue | null {
  try {
    const found = JSON.parse(text) as Partial<Dialogue> | null;
    const isWhole =
      found?.schema_version === 1 &&
      /^[0-9a-z]{6}$/.test(found.id ?? '') &&
      /^\d+$/.test(found.user_id ?? '') &&
      (found.language === 'en' || found.language === 'zh') &&
      Number.isSafeInteger(found.begun_by) &&
      Number.isFinite(Date.parse(found.expires_at ?? '')) &&
      Array.isArray(found.acted) &&
      [found.name, found.agent, found.base_url, found.secret, found.due_at, found.outcome].every(isTextOrNull) &&
      [found.thread_id, found.priority, found.secret_from].every(isCountOrNull) &&
      (found.with_url === null || typeof found.with_url === 'boolean');
    return isWhole ? (found as Dialogue) : null;
  } catch {
    return null;
  }
}
