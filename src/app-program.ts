/** How this very program is started again, and a worker with it. */

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App } from './app.ts';
import { workerEnvironment } from './lib/agents/environment.ts';
import type { OwnProgram, WakeParts } from './lib/runs/wake.ts';

/** The runtime, and the file it was started with. */
export function ownProgram(): OwnProgram {
  return { command: process.execPath, args: [realpathSync(process.argv[1] as string)] };
}

/** All that starting a worker needs. */
export function wakeParts(app: App): WakeParts {
  const { locks, processes, paths, files, configPath, cwd } = app;
  const { command, args } = ownProgram();
  // A worker that we start goes by the same settings as we do.
  const config = configPath ? ['--config', resolve(cwd, configPath)] : [];
  return {
    locks,
    processes,
    paths,
    files,
    program: { command, args: [...args, ...config] },
    env: workerEnvironment(app.env),
  };
}
