// What every command pays at its start: packages that are slow to load must stay behind the imports that need them.

import { expect, it } from 'vitest';
import { chunkOf, entry, loadedWith, packagesOf, sourcesOf } from '../support/bundle.ts';

it('loads only the quick package that reads its arguments before a command runs', () => {
  expect(packagesOf(loadedWith(entry))).toEqual(['commander']);
});

it.each(['dispatch', 'worker'])('takes only the small part of zod for %s', (command) => {
  const start = loadedWith(entry);
  const sources = sourcesOf(loadedWith(chunkOf(command, start), start));
  expect(sources).toContain('node_modules/zod/v4/mini/schemas.js');
  expect(sources.filter((source) => source.startsWith('node_modules/zod/v4/classic/'))).toEqual([]);
});
