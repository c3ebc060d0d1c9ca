/** Files that came with a message: fetched, and put into the folder where the task's agent works, under safe names. */

import { extname, join, sep } from 'node:path';
import { fail } from '../errors/errors.ts';
import { isPassing, TelegramFailure } from '../errors/telegram-failure.ts';
import { renderSize } from '../format/duration.ts';
import { cutBytes } from '../format/text.ts';
import type { IncomingFile, IncomingMessage } from './incoming.ts';
import type { BotParts } from './turn.ts';

/** What the Bot API lets a bot fetch. */
export const maxFetchBytes = 20 * 1024 * 1024;
/** A name that every file system takes, with room for a number. */
const maxNameBytes = 200;
/** A network that fails is waited for so long; people hear of it only then. */
const patienceMs = 120_000;
const pauseMs = 1000;
const longestPauseMs = 10_000;

const extensions: Record<IncomingFile['kind'], string> = {
  photo: '.jpg',
  document: '',
  voice: '.ogg',
  audio: '.mp3',
  video: '.mp4',
};

/** A file is bigger than a bot can fetch; nothing was fetched. */
export class AttachmentTooBig extends Error {
  readonly fileName: string;
  /** For people. */
  readonly size: string;

  constructor(fileName: string, size: string) {
    super(`${fileName} is too big (${size}).`);
    this.fileName = fileName;
    this.size = size;
  }
}

/**
 * A name that is one plain file in one folder: letters, digits, and little else; never hidden, never a path. `taken` names
 * get a number.
 */
export function safeName(file: Pick<IncomingFile, 'kind' | 'name'>, index: number, taken: ReadonlySet<string>): string {
  const given = (file.name ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = given
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^[.\s-]+/, '')
    .trim();
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(clean)?.[0] ?? '';
  const stem = cutBytes(clean.slice(0, clean.length - extension.length), maxNameBytes);
  const base = stem === '' ? `${file.kind}-${index + 1}${extension || extensions[file.kind]}` : stem + extension;
  if (!taken.has(base)) return base;
  const end = extname(base);
  for (let n = 2; ; n++) {
    const next = `${base.slice(0, base.length - end.length)}-${n}${end}`;
    if (!taken.has(next)) return next;
  }
}

export interface FetchRequest {
  message: IncomingMessage;
  taskId: string;
  /** The folder that the task goes on in; null for one of its own. */
  workdir: string | null;
}

/** Where the files go. What a message brings to a folder that is in use is kept apart from what came before. */
function folderOf({ files, paths }: BotParts, { message, taskId, workdir }: FetchRequest): string {
  if (workdir === null) return join(paths.workspace(message.chat.id, taskId), 'attachments');
  const root = files.realPath(workdir);
  const folder = join(root ?? workdir, 'attachments', String(message.messageId));
  files.makeFolder(folder);
  // An agent may have put a link there that leads out of its folder.
  if (root === null || !files.realPath(folder)?.startsWith(root + sep)) {
    return fail('not-allowed', `${folder} leads out of the task's folder.`, 'Ask again without answering a message.');
  }
  return folder;
}

/**
 * Fetches the files into `attachments/` of the folder where the agent will work; gives their absolute paths. Fetched again,
 * they take the places of the same names. Throws {@link AttachmentTooBig}, and `TelegramFailure` where Telegram does not give them.
 */
export async function fetchFiles(parts: BotParts, request: FetchRequest, signal: AbortSignal): Promise<string[]> {
  const taken = new Set<string>();
  const planned = request.message.files.map((file, index) => {
    const name = safeName(file, index, taken);
    taken.add(name);
    if ((file.size ?? 0) > maxFetchBytes) throw new AttachmentTooBig(name, renderSize(file.size ?? 0));
    return { fileId: file.fileId, name };
  });
  const folder = folderOf(parts, request);
  parts.files.makeFolder(folder);
  const paths: string[] = [];
  // One after the other: ten of them at once would fill the memory.
  for (const { fileId, name } of planned) {
    const bytes = await fetchOne(parts, fileId, signal);
    const path = join(folder, name);
    // Never through a link.
    parts.files.remove(path);
    parts.files.writeBytes(path, bytes);
    paths.push(path);
  }
  return paths;
}

async function fetchOne(
  { api, clock }: Pick<BotParts, 'api' | 'clock'>,
  fileId: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const until = clock.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.downloadFile({ fileId, maxBytes: maxFetchBytes }, signal);
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      const { reason } = error;
      if (!isPassing(error) || clock.now() >= until || signal.aborted) throw error;
      const asked = reason.kind === 'rate' ? reason.retryAfterMs : pauseMs * attempt;
      await clock.sleep(Math.min(asked, longestPauseMs), signal);
    }
  }
}
