/** Work that keeps the disk busy (worktrees that are made, folders that are cleaned up), so many at once. */

import pLimit from 'p-limit';
import type { FileRoom } from './file-room.ts';

export interface FileOperations {
  /**
   * Does the work as soon as there is room; those who came earlier go first. `taskId` says for whom, so that people can be
   * told what that task waits for. Work must not ask for room within itself.
   */
  run<T>(work: () => Promise<T>, taskId?: string): Promise<T>;
}

export interface FileOperationsParts {
  /** How many at once; asked anew each time. */
  max(): number;
  /** Hears which tasks wait for their turn, whenever that changed. */
  onWaiting?(taskIds: readonly string[]): void;
  /** The places that all processes of the home share; absent where we are alone. */
  room?: Pick<FileRoom, 'tryEnter' | 'enter'>;
}

export function createFileOperations({ max, onWaiting, room }: FileOperationsParts): FileOperations {
  const limit = pLimit(Math.max(1, max()));
  const waiting: string[] = [];
  const wait = (taskId: string) => {
    waiting.push(taskId);
    onWaiting?.([...waiting]);
  };
  const leave = (taskId: string) => {
    waiting.splice(waiting.indexOf(taskId), 1);
    onWaiting?.([...waiting]);
  };
  return {
    async run(work, taskId) {
      limit.concurrency = Math.max(1, max());
      let isWaiting = taskId !== undefined && limit.activeCount + limit.pendingCount >= limit.concurrency;
      if (isWaiting && taskId !== undefined) wait(taskId);
      return await limit(async () => {
        let place = room?.tryEnter() ?? null;
        if (room && !place) {
          if (!isWaiting && taskId !== undefined) wait(taskId);
          isWaiting ||= taskId !== undefined;
          place = await room.enter();
        }
        if (isWaiting && taskId !== undefined) leave(taskId);
        try {
          return await work();
        } finally {
          place?.release();
        }
      });
    },
  };
}
