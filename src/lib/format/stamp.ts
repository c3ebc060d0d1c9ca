/** By what a file or folder shows from outside, whether it is still as it was read: then nobody reads it again. */

import type { FileInfo, Files } from '../adapters/files.ts';

/** Times of files count in steps, of two seconds on the coarsest disks. */
const stepMs = 2500;

/** Differs where the file has changed, but see {@link hasRested}; empty where there is none. */
export function stampOf(info: FileInfo | null): string {
  return info ? `${info.inode}/${info.size}/${info.modifiedAt}/${info.changedAt}` : '';
}

/**
 * Whether a change from now on gives another stamp. One that changed a moment ago may change once more in the same step of its
 * times: what is read of it now is not to be kept.
 */
export function hasRested(info: FileInfo): boolean {
  return Date.now() > info.modifiedAt + stepMs;
}

/** What was made of files, for as long as they stay the same. */
export interface Readings<T> {
  /** What `read` makes of the file; asked only where the file may have changed since. What it throws is not kept. */
  get(path: string, read: () => T): T;
  /** Forgets all other files. */
  retain(paths: { has(path: string): boolean }): void;
}

export function createReadings<T>(files: Pick<Files, 'stat'>): Readings<T> {
  const known = new Map<string, { stamp: string; value: T }>();
  return {
    get(path, read) {
      // Looked at before it is read: what changes in between is read again.
      const info = files.stat(path);
      const stamp = stampOf(info);
      const before = known.get(path);
      if (info && before?.stamp === stamp) return before.value;
      known.delete(path);
      const value = read();
      if (info && hasRested(info)) known.set(path, { stamp, value });
      return value;
    },
    retain(paths) {
      for (const path of known.keys()) if (!paths.has(path)) known.delete(path);
    },
  };
}
