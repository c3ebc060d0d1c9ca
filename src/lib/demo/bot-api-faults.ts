/** Faults of the way to Telegram, for tests: refusals, dropped connections, foreign pages, slow and missing answers. */
import type { ServerResponse } from 'node:http';
import { BotApiRefusal } from './bot-api-refusal.ts';
import { hangUntilGone, sendJson, waitWhileThere } from './loopback.ts';

/**
 * What goes wrong with one request. Only `drop-after` and `slow` let the server do what was asked:
 * `drop-after` then destroys the connection without an answer, `slow` answers `ms` milliseconds late.
 */
export type BotFault =
  | { kind: 'status'; status: number; description?: string /** Seconds. */; retryAfter?: number }
  | { kind: 'drop-before' }
  | { kind: 'drop-after' }
  | { kind: 'html' }
  | { kind: 'slow'; ms: number }
  | { kind: 'hang' };

/** Decides each request's fault; `null` for none. */
export type FaultPlan = (method: string, params: Record<string, unknown>) => BotFault | null;

const DESCRIPTIONS: Record<number, string> = {
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Runs `act` as the fault allows, and answers. */
export async function answerWithFault(
  fault: BotFault | null,
  response: ServerResponse,
  gone: AbortSignal,
  act: () => Promise<unknown>,
): Promise<void> {
  if (fault?.kind === 'hang') return hangUntilGone(gone);
  if (fault?.kind === 'drop-before') return void response.destroy();
  if (fault?.kind === 'status') return sendRefusal(response, refusalOf(fault));
  if (fault?.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in</body></html>');
    return;
  }
  // Who gives up waiting has still been heard: the message is sent all the same.
  if (fault?.kind === 'slow') await waitWhileThere(fault.ms, gone);
  try {
    const result = await act();
    if (fault?.kind === 'drop-after') response.destroy();
    else sendJson(response, 200, { ok: true, result });
  } catch (error) {
    if (!(error instanceof BotApiRefusal)) throw error;
    if (fault?.kind === 'drop-after') response.destroy();
    else sendRefusal(response, error);
  }
}

/** Answers with the Bot API's error envelope. */
export function sendRefusal(response: ServerResponse, { status, description, parameters }: BotApiRefusal): void {
  sendJson(response, status, { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) });
}

function refusalOf(fault: { status: number; description?: string; retryAfter?: number }): BotApiRefusal {
  const { status, retryAfter } = fault;
  const known = fault.description ?? DESCRIPTIONS[status] ?? 'Bad Request';
  if (retryAfter === undefined) return new BotApiRefusal(status, known);
  const description = fault.description ?? `${known}: retry after ${retryAfter}`;
  return new BotApiRefusal(status, description, { retry_after: retryAfter });
}
