/** Names of sessions: how an id is built from a chat and a time, and read again. */

import { parseTaskId, renderTaskId, type TaskIdParts } from './task-id.ts';

/** `session-<chatId>-<ts>`: of the same parts as a task's id. */
export function renderSessionId(parts: TaskIdParts): string {
  return renderTaskId(parts).replace(/^task/, 'session');
}

/** The parts of a session's id, or null where the text is none. Guards every path built from an id. */
export function parseSessionId(text: string): TaskIdParts | null {
  return text.startsWith('session-') ? parseTaskId(text.replace(/^session/, 'task')) : null;
}
