/** The files that came with a message, from Telegram's JSON. */

import type { IncomingFile } from './incoming.ts';
import { integerOf, type Json, listOf, objectOf, textOf } from './read-json.ts';

/** Telegram's field for each kind of file; a round video message is a video to us, an animation comes as a document too. */
const fields: readonly [field: string, kind: IncomingFile['kind']][] = [
  ['document', 'document'],
  ['voice', 'voice'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['video_note', 'video'],
];

/** Every file of the message; of a photo's sizes the largest. */
export function filesOf(message: Json): IncomingFile[] {
  const files = fields.flatMap(([field, kind]) => fileOf(objectOf(message[field]), kind) ?? []);
  const photo = largestOf(listOf(message.photo).map(objectOf));
  return [...(fileOf(photo, 'photo') ?? []), ...files];
}

function fileOf(file: Json | null, kind: IncomingFile['kind']): IncomingFile[] | null {
  const fileId = textOf(file?.file_id);
  if (file === null || fileId === null || fileId === '') return null;
  return [
    {
      fileId,
      kind,
      name: textOf(file.file_name),
      // Telegram turns every photo into this.
      mimeType: textOf(file.mime_type) ?? (kind === 'photo' ? 'image/jpeg' : null),
      size: integerOf(file.file_size),
    },
  ];
}

function largestOf(sizes: (Json | null)[]): Json | null {
  const area = (size: Json | null) => (integerOf(size?.width) ?? 0) * (integerOf(size?.height) ?? 0);
  return sizes.reduce((best, size) => (best === null || area(size) >= area(best) ? (size ?? best) : best), null);
}
