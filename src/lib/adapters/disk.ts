/** What the file system itself says about files and folders: rights, and whether it is one of the network. */

import { statfsSync, statSync } from 'node:fs';

export interface Disk {
  /** Permission bits (`0o700`), or null where there is nothing. */
  modeOf(path: string): number | null;
  /** The kind of a network file system that holds the folder, such as `nfs`; null for local ones and where it cannot be told. */
  networkKind(folder: string): string | null;
}

/** Numbers by which Linux names kinds of file systems (statfs(2)), of those on which locks cannot be relied on. */
const networkKinds: Record<number, string> = {
  26985: 'nfs', // 0x6969
  20859: 'smb', // 0x517b
  4266872130: 'smb', // 0xfe534d42
  4283649346: 'cifs', // 0xff534d42
  1397113167: 'afs', // 0x5346414f
  12805120: 'ceph', // 0xc36400
  16914839: '9p', // 0x01021997
  1702057286: 'fuse', // 0x65735546
  198183888: 'lustre', // 0x0bd00bd0
  428016422: 'beegfs', // 0x19830326
};

export const systemDisk: Disk = {
  modeOf(path) {
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? found.mode & 0o777 : null;
  },
  networkKind(folder) {
    if (process.platform !== 'linux') return null;
    try {
      // The number may come out signed.
      return networkKinds[statfsSync(folder).type >>> 0] ?? null;
    } catch {
      return null;
    }
  },
};
