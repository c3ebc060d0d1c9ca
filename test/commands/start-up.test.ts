// Commands that are typed often, or run from a prompt, load nothing that is slow to load.

import { expect, it } from 'vitest';
import { chunkOf, entry, loadedWith, packagesOf } from '../support/bundle.ts';

it.each(['history', 'stats', 'tasks-list', 'approvals-list', 'notify-hook', 'permission-hook'])('%s', (command) => {
  const start = loadedWith(entry);
  const loaded = loadedWith(chunkOf(command, start), start);
  expect(packagesOf(loaded)).toEqual(['commander']);
});
