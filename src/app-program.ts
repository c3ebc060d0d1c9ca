/** How this very program is started again. */

import { realpathSync } from 'node:fs';
import type { OwnProgram } from './lib/runs/wake.ts';

/** The runtime, and the file it was started with. */
export function ownProgram(): OwnProgram {
  return { command: process.execPath, args: [realpathSync(process.argv[1] as string)] };
}
