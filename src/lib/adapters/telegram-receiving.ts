/** The receiving side of the Bot API: updates by long polling, and the files that people send. */

import { TelegramFailure } from '../errors/telegram-failure.ts';
import type { RequestTelegram } from './telegram-library.ts';

/** An update as Telegram sends it: its id, and one field that is named after its kind. */
export interface RawUpdate {
  update_id: number;
  [kind: string]: unknown;
}

export interface UpdateRequest {
  /** Confirms all updates below it; null confirms nothing and gives what is unconfirmed, oldest first. */
  offset: number | null;
  /** How long Telegram waits for an update, up to 50; 0 answers at once. */
  timeoutSeconds: number;
  /** From 1 to 100, which is also the default. */
  limit?: number;
  /** Kinds of updates that are wanted. Telegram remembers them, so they are always named. */
  kinds: readonly string[];
}

export interface TelegramReceiving {
  /** Waits for updates. `conflict` where another process polls or a webhook is set. */
  getUpdates(request: UpdateRequest, signal?: AbortSignal): Promise<RawUpdate[]>;
  /** Ends a webhook, also where none is set; updates that wait are kept. */
  deleteWebhook(): Promise<void>;
  /** Where a file can be fetched, for an hour. `rejected` for an unknown id and for files over 20 MB. */
  getFile(fileId: string, signal?: AbortSignal): Promise<{ path: string; size: number | null }>;
  /** A file's bytes. `rejected` beyond `maxBytes`, `gone` where Telegram no longer has it. */
  downloadFile(file: { fileId: string; maxBytes: number }, signal?: AbortSignal): Promise<Uint8Array>;
}

/** On top of the time that Telegram was asked to wait. */
const pollSlackMs = 10_000;

/** The methods over HTTP. */
export function createReceiving(
  request: RequestTelegram,
  { timeoutMs, downloadTimeoutMs }: { timeoutMs: number; downloadTimeoutMs: number },
): TelegramReceiving {
  const getFile: TelegramReceiving['getFile'] = (fileId, outer) =>
    request(
      timeoutMs,
      async ({ api }, signal) => {
        const file = await api.getFile({ file_id: fileId }, signal);
        if (!file.file_path) throw new TelegramFailure({ kind: 'gone' }, 'Telegram gave no path for the file.');
        return { path: file.file_path, size: file.file_size ?? null };
      },
      outer,
    );
  return {
    getUpdates: ({ offset, timeoutSeconds, limit, kinds }, outer) =>
      request(
        timeoutSeconds * 1000 + Math.min(timeoutMs, pollSlackMs),
        async ({ api }, signal) => {
          const wanted = { timeout: timeoutSeconds, allowed_updates: [...kinds], ...(limit ? { limit } : {}) };
          const updates: unknown = await api.getUpdates({ ...wanted, ...(offset === null ? {} : { offset }) }, signal);
          if (!Array.isArray(updates))
            throw new TelegramFailure({ kind: 'ambiguous' }, 'The answer was not Telegram’s.');
          return updates as RawUpdate[];
        },
        outer,
      ),
    deleteWebhook: () =>
      request(timeoutMs, async ({ api }, signal) => {
        await api.deleteWebhook({ drop_pending_updates: false }, signal);
      }),
    getFile,
    async downloadFile({ fileId, maxBytes }, outer) {
      const { path, size } = await getFile(fileId, outer);
      if (size !== null && size > maxBytes) throw tooBig(size, maxBytes);
      return await request(
        downloadTimeoutMs,
        async (library, signal) => {
          const response = await library.fetch(library.fileRoot + encodePath(path), { signal });
          if (response.status >= 300) throw refusedDownload(response.status);
          return await readBody(response, maxBytes);
        },
        outer,
      );
    },
  };
}

/** A path of Telegram's becomes one of the URL's: nothing in it may lead out of the files of this token. */
function encodePath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new TelegramFailure({ kind: 'gone' }, 'Telegram gave a path for the file that cannot be fetched.');
  }
  return parts.map(encodeURIComponent).join('/');
}

// Here a 404 speaks of the file, not of the token.
function refusedDownload(status: number): TelegramFailure {
  const message = `Telegram: the file cannot be fetched (HTTP ${status}).`;
  if (status === 401) return new TelegramFailure({ kind: 'token' }, message);
  if (status === 429) return new TelegramFailure({ kind: 'rate', retryAfterMs: 5000 }, message);
  return new TelegramFailure({ kind: status < 500 ? 'gone' : 'refused' }, message);
}

function tooBig(size: number, maxBytes: number): TelegramFailure {
  return new TelegramFailure({ kind: 'rejected' }, `The file has ${size} bytes; at most ${maxBytes} are fetched.`);
}

/** The body, read in pieces, so that a size that Telegram did not tell cannot fill the memory. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxBytes) throw tooBig(size, maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
