// A home folder of a test's own, with the real stores on the real file system; it goes with the test.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { pathsOf } from '../../src/lib/config/paths.ts';
import { createQueue } from '../../src/lib/queue/queue.ts';
import { createSessionStore } from '../../src/lib/sessions/store.ts';
import { createHistory } from '../../src/lib/tasks/history.ts';
import { createTaskStore } from '../../src/lib/tasks/store.ts';

export interface TestHome extends ReturnType<typeof openHome> {
  /** A folder of the test's own outside the home, for working folders, programs and the like. */
  outside: string;
  remove(): void;
}

/** The stores over a home folder, as the program itself builds them. */
export function openHome(home: string) {
  const parts = { files: realFiles, locks: kernelLocks, paths: pathsOf(home) };
  return {
    ...parts,
    home,
    tasks: createTaskStore(parts),
    queue: createQueue(parts),
    history: createHistory(parts),
    sessions: createSessionStore(parts),
    /** What makes a program that the test starts use this home. */
    env: { CCDISPATCH_HOME: home } as Record<string, string>,
  };
}

/**
 * Makes a home that exists already, 0700, and removes it when the current test ends. With `untilRemoved` (in `beforeAll`)
 * the caller removes it.
 */
export function makeHome({ untilRemoved = false } = {}): TestHome {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'home-')));
  const home = path.join(folder, 'home');
  const outside = path.join(folder, 'outside');
  for (const each of [home, outside]) fs.mkdirSync(each, { mode: 0o700 });
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (!untilRemoved) onTestFinished(remove);
  return { ...openHome(home), outside, remove };
}
