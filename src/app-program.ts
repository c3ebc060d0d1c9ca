/** How this very program was started, and is started again, with a worker. */

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App } from './app.ts';
import { workerEnvironment } from './lib/agents/environment.ts';
import type { Settings } from './lib/config/schema.ts';
import type { OwnProgram, WakeParts } from './lib/runs/worker/wake.ts';
import type { Origin } from './lib/submit/draft.ts';

/** The runtime, and the file it was started with. */
export function ownProgram(): OwnProgram {
  return { command: process.execPath, args: [realpathSync(process.argv[1] as string)] };
}

/** Where a request comes from that is made at this shell; what it comes to is told in the shell's language. */
export function shellOrigin(app: App, settings: Pick<Settings, 'language'>): Origin {
  const locale = app.env.LC_ALL || app.env.LC_MESSAGES || app.env.LANG || '';
  const language = settings.language === 'auto' ? (/^zh/i.test(locale) ? 'zh' : 'en') : settings.language;
  return { kind: 'shell', updateId: null, userId: null, messageId: null, language };
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
