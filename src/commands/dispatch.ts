/** `ccdispatch dispatch`: starts a worker where none lives, and makes the tasks meanwhile. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { startAhead } from '../lib/runs/wake.ts';
import type { DispatchFlags } from './dispatch-tasks.ts';

export async function run(app: App, flags: DispatchFlags, ...words: string[]): Promise<number> {
  // Before anything else is loaded: the worker takes longer to start than all that we have to do.
  if (!flags.hold) startAhead(wakeParts(app));
  const { dispatch } = await import('./dispatch-tasks.ts');
  return await dispatch(app, flags, words);
}
