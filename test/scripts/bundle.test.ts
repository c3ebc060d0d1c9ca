// What every command pays at its start: packages that are slow to load must stay behind the imports that need them.

import { expect, it } from 'vitest';
import { chunkOf, entry, loadedWith, packagesOf, sourcesOf } from '../support/bundle.ts';

const start = loadedWith(entry);
const parser = loadedWith(chunkOf('program', start));

it('loads no package before it knows what is asked of it', () => {
  expect(packagesOf(start)).toEqual([]);
  expect(packagesOf(parser)).toEqual(['commander']);
});

it.each([
  ['dispatch', parser],
  ['worker', start],
])('takes only the small part of zod for %s', (command, importer) => {
  const sources = sourcesOf(loadedWith(chunkOf(command, importer)));
  expect(sources).toContain('node_modules/zod/v4/mini/schemas.js');
  expect(sources.filter((source) => source.startsWith('node_modules/zod/v4/classic/'))).toEqual([]);
});
