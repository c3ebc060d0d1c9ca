/** Why a request to Telegram failed, as far as it decides what to do next. */

export type FailureReason =
  /** Too many requests: nothing may go to this chat for so long. */
  | { kind: 'rate'; retryAfterMs: number }
  /** Certainly not done: it never got there, or the server said that it could not. Try again later. */
  | { kind: 'refused' }
  /** It may have been done: the connection broke, or no answer came, after the request was written. */
  | { kind: 'ambiguous' }
  /** The token is not (or no longer) that of a bot. */
  | { kind: 'token' }
  /** Another process takes this bot's updates, or they are sent to a webhook. */
  | { kind: 'conflict' }
  /** The text's format was not understood. */
  | { kind: 'unparsable' }
  /** The message to change, or the file to fetch, is not there, or cannot be changed any more. */
  | { kind: 'gone' }
  /** The topic is not there. */
  | { kind: 'thread-gone' }
  /** The message to answer is not there. */
  | { kind: 'reply-gone' }
  /** The bot cannot write in this chat, and will not be able to by itself. */
  | { kind: 'blocked' }
  /** The group is a supergroup now, with another id. */
  | { kind: 'migrated'; chatId: string }
  /** This request is wrong in itself: repeating it is of no use. */
  | { kind: 'rejected' };

/** The one error of the Telegram port. Its text never holds the token, and it has no `cause` that could. */
export class TelegramFailure extends Error {
  override readonly name = 'TelegramFailure';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Whether a later try of what may be repeated can go well. */
export function isPassing({ reason }: TelegramFailure): boolean {
  return reason.kind === 'rate' || reason.kind === 'refused' || reason.kind === 'ambiguous';
}
