/** `fetch` for forms by undici's plain `request`: half of the processor's time and far less garbage than its `fetch`, on the same connections. */

import type { Dispatcher } from 'undici';

/** What is read of an answer. */
type Answer = Pick<Response, 'status' | 'headers' | 'text' | 'body'>;

/**
 * Sends forms (`URLSearchParams`) through the dispatcher, or directly where there is none, and leaves all else to `fallback`.
 * Follows no redirection. An answer comes when all of it is there. Rejects with undici's error, or with the signal's reason.
 */
export async function createFormFetch(fallback: typeof fetch, dispatcher?: Dispatcher): Promise<typeof fetch> {
  // Bundled, a CommonJS package has nothing but its default.
  const { Agent, request } = (await import('undici')).default;
  const through = dispatcher ?? new Agent();
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Answer> => {
    if (!(init?.body instanceof URLSearchParams) || input instanceof Request) return await fallback(input, init);
    const { statusCode, headers, body } = await request(input, {
      dispatcher: through,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: init.body.toString(),
      signal: init.signal ?? null,
    });
    const text = await body.text();
    const type = headers['content-type'];
    return {
      status: statusCode,
      headers: new Headers(typeof type === 'string' ? { 'content-type': type } : {}),
      text: async () => text,
      body: null,
    };
  };
  return send as typeof fetch;
}
