// What is put into the queue is noticed by a worker that watches it, without waiting for its next look.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { createQueue } from '../../../src/lib/queue/queue.ts';
import { makeHome } from '../../support/home.ts';

it('rings once more when the folders are in place and anybody may claim', async () => {
  const home = makeHome();
  const never = 2 ** 31 - 1;
  const files = {
    ...realFiles,
    watch: (folder: string, ring: (name: string | null) => void) => realFiles.watch(folder, ring, never),
  };
  const queue = createQueue({ ...home, files });
  let rings = 0;
  let onRing = () => {};
  const stop = queue.watch(() => {
    rings++;
    onRing();
  });
  onTestFinished(stop);
  const placement = await queue.place([
    { priority: 5, queuedAt: 1_763_600_000_000, user: 'local', taskId: 'task-local-1763600000000' },
  ]);
  // What rang for the marker itself is over when it has been quiet for a while.
  for (let before = -1; before !== rings; await sleep(100)) before = rings;
  const rung = new Promise<void>((resolve) => {
    onRing = resolve;
  });
  placement?.release();
  await expect(rung).resolves.toBeUndefined();
});
