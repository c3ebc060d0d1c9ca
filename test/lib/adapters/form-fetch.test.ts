/** The fetch for forms against a real server: what it sends, what it gives, and how it fails. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFormFetch } from '../../../src/lib/adapters/form-fetch.ts';

let server: Server;
let url: string;
let sockets: Set<Socket>;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
const fallback: typeof fetch = async () => new Response('fallback');
const formFetch = await createFormFetch(fallback);
const post = (fields: Record<string, string>, signal?: AbortSignal) =>
  formFetch(url, { method: 'POST', body: new URLSearchParams(fields), ...(signal ? { signal } : {}) });

beforeEach(async () => {
  sockets = new Set();
  server = createServer(async (request, response) => {
    sockets.add(request.socket);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    answer(request, response, Buffer.concat(pieces).toString());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/method`;
});
afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

describe('a form', () => {
  it('arrives as it was written, and the answer as it came', async () => {
    const seen: unknown[] = [];
    answer = ({ method, headers, url: path }, response, body) => {
      seen.push(method, path, headers['content-type'], Object.fromEntries(new URLSearchParams(body)));
      response.writeHead(418, { 'content-type': 'application/json' }).end('{"text":"中文 🍵"}');
    };
    const fields = { text: 'a&b=c 中文 🍵 \n%', chat_id: '-1' };
    const response = await post(fields);
    expect(seen).toEqual(['POST', '/method', 'application/x-www-form-urlencoded;charset=UTF-8', fields]);
    expect([response.status, response.headers.get('content-type')]).toEqual([418, 'application/json']);
    expect(JSON.parse(await response.text())).toEqual({ text: '中文 🍵' });
  });

  it('goes over connections of those before, also after an answer without a body', async () => {
    answer = (_, response) => response.writeHead(204).end();
    for (let times = 0; times < 9; times++) expect((await post({})).status).toBe(204);
    expect(sockets.size).toBeLessThan(3);
  });

  it('follows no redirection', async () => {
    let requests = 0;
    answer = (_, response) => {
      requests++;
      response.writeHead(307, { location: url }).end();
    };
    expect((await post({})).status).toBe(307);
    expect(requests).toBe(1);
  });
});

describe('a form that fails', () => {
  it('does so with the reason of the signal, before and while it is answered', async () => {
    const end = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setTimeout(() => end.abort(new Error('enough')), 20);
    };
    await expect(post({}, end.signal)).rejects.toThrow('enough');
    await expect(post({}, end.signal)).rejects.toThrow('enough');
    expect(sockets.size).toBe(1);
  });

  it('with an error where the answer breaks off', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy());
    };
    await expect(post({})).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it('with the system’s error where nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(post({})).rejects.toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });
});

it('all else is left to the other fetch', async () => {
  for (const init of [undefined, { method: 'POST', body: 'text' }]) {
    expect(await (await formFetch(url, init)).text()).toBe('fallback');
  }
});
