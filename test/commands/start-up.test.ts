// Commands that are typed often, or run from a prompt, load nothing that is slow to load.

import { expect, it } from 'vitest';
import { chunkOf, entry, loadedWith, packagesOf } from '../support/bundle.ts';

const start = loadedWith(entry);
const parser = loadedWith(chunkOf('program', start));

it.each(['history', 'stats', 'approvals-list', 'permission-hook'])(
  '%s loads the parser of arguments alone',
  (command) => {
    const loaded = new Set([...start, ...parser, ...loadedWith(chunkOf(command, parser))]);
    expect(packagesOf(loaded)).toEqual(['commander']);
  },
);

it.each(['tasks-list', 'notify-hook'])('%s loads no package', (command) => {
  expect(packagesOf(new Set([...start, ...loadedWith(chunkOf(command, start))]))).toEqual([]);
});
