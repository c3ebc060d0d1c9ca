/** `ccdispatch notify-hook`: takes a hook's JSON. Never fails its host: exit code 0, nothing on standard output, faults go to the log. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { keepHook, parseHookInput, taskOfHook } from '../lib/notify/hook.ts';
import { ensureSettled } from '../lib/runs/worker/wake.ts';

const maxInputBytes = 4 * 1024 * 1024;

export async function run(app: App): Promise<void> {
  try {
    const text = await app.terminal.readInput(maxInputBytes);
    const input = parseHookInput(text);
    if (!input) throw new Error(`not the JSON of a hook: ${text.slice(0, 200)}`);
    const taskId = taskOfHook(app);
    if (taskId === null) {
      if (!(await (await handHandler()).handleHandHook(app, input))) return;
    } else if (!(await keepHook(app, taskId, input, text))) return;
    ensureSettled(wakeParts(app));
  } catch (error) {
    try {
      const log = await app.openLog('hooks');
      log.error({ error: String((error as Error)?.stack ?? error) }, 'a hook was not handled');
    } catch {
      // A home that cannot be written is no reason to disturb the agent.
    }
  }
}

/** Only sessions started by hand need the settings and the outbox. */
const handHandler = () => import('./notify-hand.ts');
