/** What the machine has left: memory and disk space. */

import { readFileSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';

export interface Machine {
  /** Bytes of memory that a new process could use. */
  freeMemory(): number;
  /** Bytes free for us on the file system that holds the folder; null where it cannot be told. */
  freeDisk(folder: string): number | null;
}

export const thisMachine: Machine = {
  freeMemory() {
    try {
      // "Available" counts caches that the kernel would give back; os.freemem does so only on newer versions of Node.
      const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
      if (match) return Number(match[1]) * 1024;
    } catch {
      // not Linux
    }
    return freemem();
  },
  freeDisk(folder) {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    } catch {
      return null;
    }
  },
};
