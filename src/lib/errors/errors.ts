/** The one error type of the product: what happened, what to type next, and the exit code that a shell sees. */

/** Exit codes by kind of error; a shell or cron job may rely on them. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  config: 3,
  'not-allowed': 4,
  'not-found': 5,
  busy: 6,
  limited: 7,
  pending: 8,
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** What an error says: `message` what happened, `hint` what to type next. */
export interface Words {
  message: string;
  hint: string;
}

/** What a chat can be told in its own language. */
export interface Refusal {
  code: ErrorCode;
  en: Words;
  zh: Words;
}

/** An error a person is meant to read: `message` says what happened, `hint` what to type next. */
export class CcdispatchError extends Error {
  override readonly name = 'CcdispatchError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** The same in Chinese; null for what is said in English alone. */
  readonly zh: Words | null;

  constructor(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown; zh?: Words }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
    this.zh = options?.zh ?? null;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** Throws a {@link CcdispatchError}; reads well at the end of an expression. */
export function fail(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown }): never {
  throw new CcdispatchError(code, message, hint, options);
}

/** Throws what people are told in both languages. */
export function refuse({ code, en, zh }: Refusal): never {
  throw new CcdispatchError(code, en.message, en.hint, { zh });
}

/** The error's words in the language, as far as it has any; else in English. */
export function wordsIn(error: CcdispatchError, language: 'en' | 'zh'): Words {
  return (language === 'zh' ? error.zh : null) ?? error;
}

/** The error's system code (`ENOENT`, `ENOSPC`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the error says that the disk (or the quota of it) is full. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Turns the file system's own errors into ones that say what to do; leaves all others as they are. */
export function explainSystemError(error: unknown, path: string): unknown {
  if (error instanceof CcdispatchError) return error;
  const code = systemCode(error);
  if (isDiskFull(error)) {
    return new CcdispatchError(
      'failed',
      `The disk that holds ${path} is full.`,
      'Free some space (ccdispatch cleanup --dry-run shows what can go), then try again.',
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new CcdispatchError(
      'not-allowed',
      `No permission to write in ${path}.`,
      'Use the account that owns this folder, or set CCDISPATCH_HOME to a folder of your own.',
      { cause: error },
    );
  }
  if (code === 'ENOTDIR') {
    return new CcdispatchError(
      'config',
      `${path} cannot be made: a part of it is a file, not a folder.`,
      'Move the file away, or set CCDISPATCH_HOME to a folder.',
      { cause: error },
    );
  }
  return error;
}
