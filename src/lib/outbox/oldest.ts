/** For how long the oldest message has been waiting to be sent. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { isChatId } from '../format/task-id.ts';
import { isProgressKey, keyOfFile } from './layout.ts';

export interface OldestParts {
  files: Pick<Files, 'list' | 'stat'>;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'outbox'>;
}

/** Milliseconds; 0 where nothing waits. Progress, and questions that `passesOver` names, may lie there for long. */
export function oldestWaitingMs(
  { files, clock, paths }: OldestParts,
  passesOver: (key: string) => boolean = () => false,
): number {
  const written = files
    .list(paths.outbox)
    .filter(isChatId)
    .flatMap((chat) =>
      files.list(join(paths.outbox, chat)).flatMap((name) => {
        const key = keyOfFile(name);
        if (key === null || isProgressKey(key) || passesOver(key)) return [];
        return files.stat(join(paths.outbox, chat, name))?.modifiedAt ?? [];
      }),
    );
  return written.length > 0 ? clock.now() - written.reduce((oldest, at) => Math.min(oldest, at)) : 0;
}
