/** An HTTP server on 127.0.0.1 that hands each request over with its whole body and can be closed at once: the ground both stand-in servers stand on. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as a handler sees it. `gone` aborts when the client leaves or the server closes. */
export interface LoopbackExchange {
  request: IncomingMessage;
  response: ServerResponse;
  body: Buffer;
  url: URL;
  gone: AbortSignal;
}

export interface Loopback {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  url: string;
  /** Destroys every open connection, answered or not, and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 and calls `handle` for each request.
 * @param port 0 (the default) takes a free one; a taken port rejects with EADDRINUSE.
 */
export async function startLoopback(
  handle: (exchange: LoopbackExchange) => Promise<void>,
  port = 0,
): Promise<Loopback> {
  const server = createServer((request, response) => {
    void serve(request, response, handle);
  });
  // A server that closes idle connections by itself races with a client that reuses them: a drop nobody asked for.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (exchange: LoopbackExchange) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.on('error', () => gone.abort());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    await handle({ request, response, body: Buffer.concat(chunks), url, gone: gone.signal });
  } catch (error) {
    if (gone.signal.aborted) return;
    if (response.headersSent) response.destroy();
    else sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** Answers with JSON and ends the response. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Waits `ms` milliseconds, or until the client is gone; says whether it is still there. */
export async function waitWhileThere(ms: number, gone: AbortSignal): Promise<boolean> {
  if (ms > 0) await sleep(ms, undefined, { signal: gone }).catch(() => undefined);
  return !gone.aborted;
}

/** Leaves a request without an answer until its client goes away or the server is closed. */
export function hangUntilGone(gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve();
    else gone.addEventListener('abort', () => resolve(), { once: true });
  });
}
