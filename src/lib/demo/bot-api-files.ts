/** The files of the Bot API server: uploads of the bot, files that people sent, and their download paths. */
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { type BotParams, isUploadedFile, type UploadedFile } from './bot-api-params.ts';
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts';

export interface BotFiles {
  /** Keeps a file that a person sent; gives its `file_id`. */
  add(name: string, bytes: Buffer): string;
  /** The `file_id` of what a call's parameter names: an upload, `attach://part`, or a known id. */
  accept(value: unknown, kind: 'document' | 'photo', params: BotParams): string;
  contentOf(fileId: string): UploadedFile | null;
  /** The `document` or `photo` field of a message. */
  describe(fileId: string, isPhoto: boolean): object;
  /** `getFile`: the answer with `file_path`. */
  locate(fileId: unknown): object;
  /** The bytes behind a `file_path`. */
  read(path: string): Buffer | null;
}

const MEGABYTE = 1024 * 1024;
const MAX_UPLOAD = { document: 50 * MEGABYTE, photo: 10 * MEGABYTE };
const MAX_DOWNLOAD = 20 * MEGABYTE;

export function openBotFiles(): BotFiles {
  const files = new Map<string, UploadedFile & { path: string }>();

  const add = (name: string, bytes: Buffer): string => {
    const fileId = `file-${randomUUID()}`;
    files.set(fileId, { name, bytes, path: `documents/file_${files.size}${extname(name)}` });
    return fileId;
  };
  const known = (fileId: unknown): UploadedFile & { path: string } => {
    const file = typeof fileId === 'string' ? files.get(fileId) : undefined;
    if (file === undefined) throw badRequest('wrong file_id or the file is temporarily unavailable');
    return file;
  };

  return {
    add,
    accept(value, kind, params) {
      const attached = typeof value === 'string' && value.startsWith('attach://') ? params[value.slice(9)] : value;
      if (attached === undefined || attached === '') throw badRequest(`there is no ${kind} in the request`);
      if (!isUploadedFile(attached)) {
        known(attached);
        return String(attached);
      }
      if (attached.bytes.length === 0) throw badRequest('file must be non-empty');
      if (attached.bytes.length > MAX_UPLOAD[kind]) throw new BotApiRefusal(413, 'Request Entity Too Large');
      return add(attached.name, attached.bytes);
    },
    contentOf(fileId) {
      const file = files.get(fileId);
      return file === undefined ? null : { name: file.name, bytes: file.bytes };
    },
    describe(fileId, isPhoto) {
      const { name, bytes } = known(fileId);
      const about = { file_id: fileId, file_unique_id: fileId.slice(-12), file_size: bytes.length };
      return isPhoto ? { photo: [{ ...about, width: 90, height: 90 }] } : { document: { ...about, file_name: name } };
    },
    locate(fileId) {
      const { bytes, path } = known(fileId);
      if (bytes.length > MAX_DOWNLOAD) throw badRequest('file is too big');
      return { file_id: fileId, file_unique_id: String(fileId).slice(-12), file_size: bytes.length, file_path: path };
    },
    read: (path) => [...files.values()].find((file) => file.path === path)?.bytes ?? null,
  };
}
