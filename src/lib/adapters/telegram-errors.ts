/** Makes one kind of failure from all that can go wrong on the way to Telegram. */

import { type FailureReason, TelegramFailure } from '../errors/telegram-failure.ts';

/** An answer with an error status that is not Telegram's: a gateway's or proxy's page. */
export class ForeignPage extends Error {
  override readonly name = 'ForeignPage';
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** What Telegram's API answers with `ok: false`; the shape of the library's error. */
interface ApiRefusal {
  errorCode: number;
  description: string;
  retryAfter?: number;
  migrateToChatId?: number;
}

/** Descriptions decide where the code says too little; the first that fits. They are not documented, so several spellings. */
const descriptions: [RegExp, FailureReason['kind']][] = [
  [/can't parse entities|ENTIT(Y|IES)_[A-Z_]*INVALID/i, 'unparsable'],
  [/message thread not found|TOPIC_(CLOSED|DELETED|ID_INVALID)/i, 'thread-gone'],
  [/(replied|to reply|be replied)( message)? not found|REPLY_MESSAGE_ID_INVALID/i, 'reply-gone'],
  [/message to edit not found|message can't be edited|MESSAGE_ID_INVALID|no text in the message to edit/i, 'gone'],
  [/chat not found|user not found|PEER_ID_INVALID|group chat was d|USER_IS_BLOCKED|user is deactivated/i, 'blocked'],
  [
    /CHAT_(WRITE_FORBIDDEN|RESTRICTED|ADMIN_REQUIRED)|not enough rights|have no rights|administrator rights/i,
    'blocked',
  ],
];

/** Codes of errors that come before anything was written: the request was certainly not done. */
const codesBeforeWriting: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EADDRNOTAVAIL',
  'ENETDOWN',
  'EMFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_TLS',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_INVALID_URL',
]);
const certificateFault = /CERT|UNABLE_TO_(VERIFY|GET_ISSUER)/;

/** The failure that an error means; its text is made anew, without the token and without a cause. */
export function failureOf(error: unknown, token: string): TelegramFailure {
  if (error instanceof TelegramFailure) return error;
  const clean = (text: string) => text.replaceAll(token, '***').replaceAll(encodeURIComponent(token), '***');
  if (isApiRefusal(error)) return new TelegramFailure(reasonOfRefusal(error), clean(`Telegram: ${error.description}`));
  const links = chainOf(error);
  const page = links.find((link) => link instanceof ForeignPage);
  if (page instanceof ForeignPage)
    return new TelegramFailure(reasonOfPage(page.status), `A gateway answered HTTP ${page.status}.`);
  const words = links.map(wordsOf).filter((text) => text !== '');
  if (links.some(isBeforeWriting)) {
    return new TelegramFailure(
      { kind: 'refused' },
      clean(`Telegram could not be reached: ${words.at(-1) ?? 'no reason given'}.`),
    );
  }
  if (links.some((link) => link.name === 'TimeoutError' || link.name === 'AbortError')) {
    return new TelegramFailure({ kind: 'ambiguous' }, 'Telegram did not answer in time.');
  }
  if (links.some((link) => link.name === 'ParseError')) {
    return new TelegramFailure({ kind: 'ambiguous' }, 'The answer was not Telegram’s.');
  }
  return new TelegramFailure(
    { kind: 'ambiguous' },
    clean(`The connection to Telegram broke: ${words.at(-1) ?? 'no reason given'}.`),
  );
}

function isApiRefusal(error: unknown): error is ApiRefusal {
  const { errorCode, description } = (error ?? {}) as Partial<ApiRefusal>;
  return typeof errorCode === 'number' && typeof description === 'string';
}

function reasonOfRefusal({ errorCode, description, retryAfter, migrateToChatId }: ApiRefusal): FailureReason {
  if (migrateToChatId !== undefined) return { kind: 'migrated', chatId: String(migrateToChatId) };
  if (errorCode === 429) return { kind: 'rate', retryAfterMs: (retryAfter ?? 1) * 1000 };
  if (errorCode >= 500) return reasonOfPage(errorCode);
  if (errorCode === 401 || errorCode === 404) return { kind: 'token' };
  if (errorCode === 409) return { kind: 'conflict' };
  const known = descriptions.find(([pattern]) => pattern.test(description))?.[1];
  if (known !== undefined) return { kind: known } as FailureReason;
  return { kind: errorCode === 403 ? 'blocked' : 'rejected' };
}

function reasonOfPage(status: number): FailureReason {
  // A gateway that gave up waiting has passed the request on.
  if (status === 504) return { kind: 'ambiguous' };
  if (status === 429) return { kind: 'rate', retryAfterMs: 5000 };
  return { kind: status === 413 ? 'rejected' : 'refused' };
}

interface Link {
  name?: string;
  code?: unknown;
  syscall?: unknown;
  message?: string;
}

/** The error and its causes, those of several attempts side by side included. */
function chainOf(error: unknown, depth = 0): Link[] {
  if (typeof error !== 'object' || error === null || depth > 8) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) ? errors.flatMap((one) => chainOf(one, depth + 1)) : [];
  return [error as Link, ...chainOf(cause, depth + 1), ...inner];
}

function isBeforeWriting({ code, syscall, message }: Link): boolean {
  // Whatever fails while connecting or looking up a name fails before the first byte.
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (typeof code === 'string' && (codesBeforeWriting.has(code) || certificateFault.test(code))) return true;
  return /^Proxy response \(|before secure TLS connection|^bad port$/.test(message ?? '');
}

/** The words of an error that tell the most and hold no address: its code, or a message without a URL. */
function wordsOf({ code, message }: Link): string {
  if (typeof code === 'string' && code !== '' && !code.startsWith('EFETCH')) return code;
  return message !== undefined && !message.includes('://') ? message : '';
}
