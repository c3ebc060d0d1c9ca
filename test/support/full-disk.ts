// A disk that fills up: files that refuse to be written from a certain write on, as the real ones would.

import type { Files } from '../../src/lib/adapters/files.ts';

export interface FullDisk {
  files: Files;
  /** Writes begun so far, refused ones included. */
  writes(): number;
}

/** What needs room on the disk; renames within a file system and removals do not. */
const waiting = ['replace', 'create', 'append', 'writePlain', 'copy'] as const;
const atOnce = ['write', 'writeBytes', 'link', 'makeFolder'] as const;

/**
 * Files that pass everything on, until the write with this number (from 1): that one and the next `count` - 1 fail with
 * ENOSPC and leave nothing.
 */
export function fillDiskAt(files: Files, number: number, count = Number.POSITIVE_INFINITY): FullDisk {
  let writes = 0;
  const guarded = Object.fromEntries(
    [...waiting, ...atOnce].map((name) => {
      const act = (...args: unknown[]): unknown => {
        writes++;
        if (writes < number || writes >= number + count) {
          return (files[name] as (...given: unknown[]) => unknown)(...args);
        }
        const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        if (atOnce.some((one) => one === name)) throw error;
        return Promise.reject(error);
      };
      return [name, act];
    }),
  ) as unknown as Files;
  return { files: { ...files, ...guarded }, writes: () => writes };
}
