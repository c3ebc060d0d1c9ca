/** Copies of files that we change, beside them. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';

/** Writes the text beside the file under a name with the time in it; gives the copy's path. */
export async function saveBackup(
  { files, clock }: { files: Files; clock: Clock },
  path: string,
  text: string,
): Promise<string> {
  for (let at = clock.now(); ; at++) {
    const backup = `${path}.backup-${new Date(at).toISOString().replace(/[-:]/g, '')}`;
    if (await files.create(backup, text)) return backup;
  }
}
