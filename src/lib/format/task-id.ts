/** Names of tasks: how an id is built from a chat and a time, and read again. */

/** The chat of a task that names none. */
export const localChat = 'local';

export interface TaskIdParts {
  /** A Telegram chat id (negative for groups) or `local`. */
  chatId: string;
  /** Milliseconds since 1970; moved up by one where two tasks of a chat would clash. */
  ts: number;
}

// Up to 15 digits without leading zeros: read as a number and written again, it is the same text.
const idPattern = /^task-(local|-?\d{1,20})-(0|[1-9]\d{0,14})$/;
const chatPattern = /^-?\d{1,20}$/;

/** `task-<chatId>-<ts>`. */
export function renderTaskId({ chatId, ts }: TaskIdParts): string {
  return `task-${chatId}-${ts}`;
}

/** The parts of a task id, or null where the text is none. Guards every path built from an id. */
export function parseTaskId(text: string): TaskIdParts | null {
  const match = idPattern.exec(text);
  return match ? { chatId: match[1] as string, ts: Number(match[2]) } : null;
}

/** Whether the text is a Telegram chat id: digits, with a minus for groups. */
export function isChatId(text: string): boolean {
  return chatPattern.test(text);
}

/** Whether the text is a person's id: digits alone. Guards every path built from one. */
export function isUserId(text: string): boolean {
  return /^[1-9]\d{0,19}$/.test(text);
}
