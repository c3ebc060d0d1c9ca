// Waits for what comes soon, without ever asserting how soon.

import { setTimeout as sleep } from 'node:timers/promises';

/** Looking costs, too: many tests wait side by side. */
const pollMs = 15;

/** Resolves once `look` gives something true, with that; throws after `timeoutMs`, naming what it waited for. */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 10_000): Promise<T & {}> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(pollMs);
  }
}
