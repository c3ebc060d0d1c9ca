/** Asks the living worker to leave, and waits until it has. */

import type { Clock } from '../../adapters/clock.ts';
import type { Processes } from '../../adapters/processes.ts';
import { fail } from '../../errors/errors.ts';
import { livingWorker, type WakeParts, type WorkerHolder } from './wake.ts';

export type StopParts = Pick<WakeParts, 'locks' | 'paths'> & { processes: Processes; clock: Clock };

const leaveWithinMs = 30_000;
const pollMs = 50;

/** The worker that has left; null where none lived. Throws `busy` when it does not leave. */
export async function stopWorker(parts: StopParts): Promise<WorkerHolder | null> {
  const worker = livingWorker(parts);
  if (!worker) return null;
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
  return worker;
}
