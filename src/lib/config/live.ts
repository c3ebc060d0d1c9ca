/** Settings that follow their file: read again when it changed, and the last good ones while it is faulty. */

import type { Settings } from './schema.ts';

export interface LiveSettings {
  current(): Settings;
  /** Reads them again where the file changed since; never throws. */
  refresh(): Promise<void>;
}

export interface LiveParts {
  first: Settings;
  /** The stamp from before `first` was read: what changed since then is read again. */
  firstStamp: string;
  load(): Promise<Settings>;
  /** Changes whenever the files change that settings come from. */
  stamp(): string;
  /** Hears of a fault, once for each change of the file. */
  onFault(error: unknown): void;
}

export function followSettings({ first, firstStamp, load, stamp, onFault }: LiveParts): LiveSettings {
  let current = first;
  let seen = firstStamp;
  let loading: Promise<void> | undefined;
  const reload = async () => {
    try {
      current = await load();
    } catch (error) {
      onFault(error);
    }
  };
  return {
    current: () => current,
    async refresh() {
      const now = stamp();
      if (now !== seen) {
        seen = now;
        loading = reload();
      }
      // Who comes while somebody else's reading goes on waits for what it brings.
      await loading;
    },
  };
}
