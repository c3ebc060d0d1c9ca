/** `ccdispatch permission-hook`: an agent asks, a person answers. Never fails its host: what goes wrong here is a denial with a sentence. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { isDiskFull } from '../lib/errors/errors.ts';
import { type Decision, decidePermission } from '../lib/notify/permission-hook.ts';
import { createOutbox } from '../lib/outbox/store.ts';
import { ensureSettled } from '../lib/runs/worker/wake.ts';

export interface PermissionHookFlags {
  minutes?: string;
  bot?: string;
}

/** The input of a tool may be a whole file. */
const maxInputBytes = 64 * 1024 * 1024;
const usualMinutes = 30;

function patienceOf({ minutes }: PermissionHookFlags): number {
  const given = Number(minutes);
  return (given > 0 ? given : usualMinutes) * 60_000;
}

async function decide(app: App, flags: PermissionHookFlags): Promise<Decision> {
  const stop = app.signals.onStop();
  const text = await app.terminal.readInput(maxInputBytes);
  const outbox = createOutbox({ ...app, botId: /^\d+$/.test(flags.bot ?? '') ? (flags.bot as string) : null });
  const parts = { ...app, outbox, wake: () => ensureSettled(wakeParts(app)), pid: process.pid };
  return await decidePermission(parts, text, patienceOf(flags), stop);
}

async function afterFault(app: App, error: unknown): Promise<Decision> {
  try {
    const log = await app.openLog('hooks');
    log.error({ error: String((error as Error)?.stack ?? error) }, 'a question could not be asked');
  } catch {
    // A home that cannot be written is said in the message.
  }
  const why = isDiskFull(error) ? 'the disk is full' : 'something went wrong, see logs/hooks.log of ccdispatch';
  return { behavior: 'deny', message: `Nobody could be asked whether this is allowed: ${why}. Go on without it.` };
}

export async function run(app: App, flags: PermissionHookFlags): Promise<void> {
  const decision = await decide(app, flags).catch((error) => afterFault(app, error));
  if (decision === null) return;
  app.terminal.print(`${JSON.stringify({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } })}\n`);
}
