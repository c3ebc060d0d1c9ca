/** A stand-in for the Anthropic Messages API on loopback: it answers a real agent from a script instead of a model. */
import type { ServerResponse } from 'node:http';
import { hangUntilGone, type LoopbackExchange, sendJson, startLoopback, waitWhileThere } from './loopback.ts';
import { type ModelRequest, parseModelRequest } from './model-request.ts';
import { type ModelAnswer, sendAnswer, streamAnswer } from './sse.ts';

export type { ModelRequest } from './model-request.ts';

/** What the API answers when it refuses: 429, 401, 529, 500 and the like. */
export interface ModelFailure {
  status: number;
  errorType?: string;
  message?: string;
  headers?: Record<string, string>;
}

/** `hang` accepts the request and never answers; `drop` destroys the connection. */
export type ModelReply = ModelAnswer | ModelFailure | { hang: true } | { drop: true };

export type ModelScript = (request: ModelRequest) => ModelReply | Promise<ModelReply>;

export interface ModelServer {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string;
  /** Every request to `/v1/messages` in order of arrival, side requests included. */
  requests: readonly ModelRequest[];
  setScript(script: ModelScript): void;
  /** Cuts every connection, hanging ones included. */
  close(): Promise<void>;
}

const ERROR_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

/** Starts the server; without a script it answers `ok` to everything. */
export async function startModelServer(options: { script?: ModelScript; port?: number } = {}): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  let script: ModelScript = options.script ?? (() => ({ text: 'ok' }));

  const loopback = await startLoopback(async ({ request, response, url, body, gone }: LoopbackExchange) => {
    if (request.method !== 'POST') {
      const isKnown = url.pathname === '/' || url.pathname === '/api/hello';
      return isKnown ? void response.writeHead(200).end() : sendFailure(response, { status: 404 });
    }
    if (url.pathname !== '/v1/messages' && url.pathname !== '/v1/messages/count_tokens') {
      return sendFailure(response, { status: 404, message: `no such path: ${url.pathname}` });
    }
    const parsed = parseModelRequest(url.pathname, request.headers, body, Date.now());
    requests.push(parsed);
    if (url.pathname.endsWith('/count_tokens')) {
      return sendJson(response, 200, { input_tokens: Math.ceil(body.length / 4) });
    }
    if (!Array.isArray(parsed.body.messages)) {
      return sendFailure(response, { status: 400, message: 'messages: Field required' });
    }
    await reply(response, parsed, parsed.isSideRequest ? sideReply(parsed) : await script(parsed), gone);
  }, options.port);

  return {
    url: loopback.url,
    requests,
    setScript(next) {
      script = next;
    },
    close: () => loopback.close(),
  };
}

async function reply(
  response: ServerResponse,
  request: ModelRequest,
  answer: ModelReply,
  gone: AbortSignal,
): Promise<void> {
  if ('hang' in answer) return hangUntilGone(gone);
  if ('drop' in answer) return void response.destroy();
  if ('status' in answer) return sendFailure(response, answer);
  if (!(await waitWhileThere(answer.delayMs ?? 0, gone))) return;
  const model = request.body.model ?? 'claude-test';
  if (request.body.stream === true) await streamAnswer(response, model, answer, gone);
  else sendAnswer(response, model, answer);
}

/** A harmless answer: a title where JSON was asked for, else a word. */
function sideReply(request: ModelRequest): ModelReply {
  return { text: request.body.output_config?.format === undefined ? 'ok' : '{"title":"Task"}' };
}

function sendFailure(response: ServerResponse, failure: ModelFailure): void {
  const type = failure.errorType ?? ERROR_TYPES[failure.status] ?? 'api_error';
  const error = { type, message: failure.message ?? type.replaceAll('_', ' ') };
  sendJson(response, failure.status, { type: 'error', error }, failure.headers);
}
