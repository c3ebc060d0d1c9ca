/** Files that came with a message: fetched, and put into the task's workspace under safe names. */

import { extname, join } from 'node:path';
import { fail } from '../errors/errors.ts';
import { renderSize } from '../format/duration.ts';
import type { IncomingFile, IncomingMessage } from './incoming.ts';
import { botTextsOf } from './languages.ts';
import type { BotParts } from './turn.ts';

/** What the Bot API lets a bot fetch. */
export const maxFetchBytes = 20 * 1024 * 1024;

const extensions: Record<IncomingFile['kind'], string> = {
  photo: '.jpg',
  document: '',
  voice: '.ogg',
  audio: '.mp3',
  video: '.mp4',
};

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
  const base = [...clean].slice(-80).join('') || `${file.kind}-${index + 1}${extensions[file.kind]}`;
  if (!taken.has(base)) return base;
  const extension = extname(base);
  for (let n = 2; ; n++) {
    const next = `${base.slice(0, base.length - extension.length)}-${n}${extension}`;
    if (!taken.has(next)) return next;
  }
}

/** Fetches the files into `attachments/` of the task's workspace; gives their absolute paths. Throws `limited` where one is too big. */
export async function fetchFiles(parts: BotParts, message: IncomingMessage, taskId: string): Promise<string[]> {
  const texts = botTextsOf('en');
  const folder = join(parts.paths.workspace(message.chat.id, taskId), 'attachments');
  const taken = new Set<string>();
  const planned = message.files.map((file, index) => {
    const name = safeName(file, index, taken);
    taken.add(name);
    if ((file.size ?? 0) > maxFetchBytes) {
      fail(
        'limited',
        texts.attachmentTooBig(name, renderSize(file.size ?? 0)),
        'Send a smaller file, or a link to it.',
      );
    }
    return { file, path: join(folder, name) };
  });
  parts.files.makeFolder(folder);
  await Promise.all(
    planned.map(async ({ file, path }) => {
      const bytes = await parts.api.downloadFile({ fileId: file.fileId, maxBytes: maxFetchBytes });
      parts.files.writeBytes(path, bytes);
    }),
  );
  return planned.map(({ path }) => path);
}
