/** The way to Telegram: the library, loaded at the first request, over a `fetch` of our own, and one kind of failure. */

import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { Api } from 'node-telegram-bot-api';
import { createFormFetch } from './form-fetch.ts';
import { ForeignPage, failureOf } from './telegram-errors.ts';

export interface TelegramSettings {
  token: string;
  /** The API root; Telegram's own where none is given. */
  apiUrl?: string | null;
  /** An HTTP proxy, `http://[user:password@]host:port`. */
  proxy?: string | null;
  /** How long an answer may take; a request without one counts as ambiguous. */
  timeoutMs?: number;
  /** The same for documents, both ways. */
  uploadTimeoutMs?: number;
}

export interface Library {
  api: Api;
  /** Where `getFile`'s path can be fetched from; holds the token. */
  fileRoot: string;
  fetch: typeof fetch;
  file(bytes: Uint8Array, name: string): InstanceType<typeof import('node-telegram-bot-api').InputFile>;
}

/** Does a request within a time limit; aborts early with `signal`. All its failures are a `TelegramFailure`. */
export type RequestTelegram = <T>(
  limitMs: number,
  work: (library: Library, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

const officialRoot = 'https://api.telegram.org';

/** Nothing is repeated here: whoever asks decides that. */
export function createRequests(settings: TelegramSettings): RequestTelegram {
  let loaded: Promise<Library> | undefined;
  return async (limitMs, work, signal) => {
    loaded ??= loadLibrary(settings);
    const library = await loaded;
    const limit = limited(limitMs, signal);
    try {
      return await work(library, limit.signal);
    } catch (error) {
      throw failureOf(error, settings.token);
    } finally {
      limit.release();
    }
  };
}

/** A signal that aborts after `limitMs` or with the given one, on which it leaves no listener behind. */
function limited(limitMs: number, outer?: AbortSignal): { signal: AbortSignal; release(): void } {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(new DOMException('no answer in time', 'TimeoutError')), limitMs);
  const onAbort = () => end.abort(outer?.reason);
  if (outer?.aborted) onAbort();
  outer?.addEventListener('abort', onAbort);
  return {
    signal: end.signal,
    release() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

async function loadLibrary({ token, apiUrl, proxy }: TelegramSettings): Promise<Library> {
  const { Api, InputFile } = await import('node-telegram-bot-api');
  // Node gives each address 250 ms by default, too little where IPv6 is announced but not routed.
  setDefaultAutoSelectFamilyAttemptTimeout(5000);
  const base = withoutForeignPages(proxy ? await fetchThrough(proxy) : await createFormFetch(globalThis.fetch));
  const apiRoot = (apiUrl || officialRoot).replace(/\/+$/, '');
  const api = new Api(token, {
    apiRoot,
    fetch: base,
    // A repeated request could send a message twice; time limits come with each call.
    maxRetries: 0,
    timeoutMs: 0,
  });
  return {
    api,
    fileRoot: `${apiRoot}/file/bot${token}/`,
    fetch: base,
    file: (bytes, filename) => new InputFile(bytes, { filename }),
  };
}

/**
 * Through an HTTP proxy, always by a tunnel: a proxy that forwards requests itself answers 502 for some that were done.
 */
async function fetchThrough(proxy: string): Promise<typeof fetch> {
  // Bundled, a CommonJS package has nothing but its default.
  const { fetch: undiciFetch, ProxyAgent } = (await import('undici')).default;
  const dispatcher = new ProxyAgent({ uri: proxy, proxyTunnel: true });
  const all = (url: string, init: object) => undiciFetch(url, { ...init, dispatcher });
  return await createFormFetch(all as unknown as typeof fetch, dispatcher);
}

/** Follows no redirection (it would carry the token along), and tells answers of gateways from Telegram's own. */
function withoutForeignPages(base: typeof fetch): typeof fetch {
  return async (url, init) => {
    const response = await base(url, { ...init, redirect: 'manual' });
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    if (response.status >= 300 && !isJson) {
      await response.body?.cancel().catch(() => {});
      throw new ForeignPage(response.status);
    }
    return response;
  };
}
