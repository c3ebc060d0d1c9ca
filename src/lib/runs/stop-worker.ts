/** Asks the living worker to leave, and waits until it has. */

import type { Clock } from '../adapters/clock.ts';
import type { Processes } from '../adapters/processes.ts';
import { fail } from '../errors/errors.ts';
import { livingWorker, type WakeParts } from './wake.ts';

export type StopParts = Pick<WakeParts, 'locks' | 'paths'> & { processes: Processes; clock: Clock };

const leaveWithinMs = 30_000;
const pollMs = 50;

/** False where none lives. Throws `busy` when it does not leave. */
export async function stopWorker(parts: StopParts): Promise<boolean> {
  const worker = livingWorker(parts);
  if (!worker) return false;
  parts.processes.signal(worker.pid, 'SIGTERM');
  const deadline = parts.clock.now() + leaveWithinMs;
  while (livingWorker(parts)?.pid === worker.pid) {
    if (parts.clock.now() > deadline) {
      return fail(
        'busy',
        `The worker (process ${worker.pid}) does not leave.`,
        `See what it does: ${parts.paths.logs}/worker.log. End it with: kill -9 ${worker.pid} (agents go on).`,
      );
    }
    await parts.clock.sleep(pollMs);
  }
  return true;
}
