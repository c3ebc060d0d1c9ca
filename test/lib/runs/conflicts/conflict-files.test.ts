// Patterns of files that are nobody's conflict, and what they fit.

import { describe, expect, it } from 'vitest';
import { matchFiles } from '../../../../src/lib/runs/conflicts/conflict-files.ts';

describe('matchFiles', () => {
  const fits = matchFiles(['package-lock.json', '*.snap', '/docs/', '!docs/own.md', '# no pattern']);

  it.each([
    ['package-lock.json', true],
    ['deep/in/package-lock.json', true],
    ['test/a.snap', true],
    ['docs/a.md', true],
    ['src/docs/a.md', false],
    ['package-lock.json.orig', false],
    ['src/a.ts', false],
  ])('%s: %s', (file, isIgnored) => expect(fits(file)).toBe(isIgnored));

  it('takes names that no pattern could be asked about for not ignored', () => {
    for (const file of ['../outside.snap', '/abs.snap', './a.snap', '']) expect(fits(file)).toBe(false);
  });

  it('ignores nothing without patterns', () => expect(matchFiles([])('package-lock.json')).toBe(false));
});
