// Names of files that people send: whatever they are called, they become plain files of one folder.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeName } from '../../../src/lib/telegram/files-in.ts';

const named = (name: string | null, taken: string[] = []) => safeName({ kind: 'document', name }, 0, new Set(taken));

describe('a safe name', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\a.txt', 'a.txt'],
    ['.ssh', 'ssh'],
    ['-rf', 'rf'],
    ['报告 最终.pdf', '报告 最终.pdf'],
    ['a\u0000b\u202egpj.exe', 'a_b_gpj.exe'],
    ['', 'document-1'],
    ['///', 'document-1'],
    [null, 'document-1'],
  ])('of %j is %j', (given, safe) => expect(named(given)).toBe(safe));

  it('is not taken twice', () => expect(named('a.txt', ['a.txt', 'a-2.txt'])).toBe('a-3.txt'));

  it('is always one plain name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const safe = named(name);
        expect(safe).toMatch(/^[^./\\\s-][^/\\\p{Cc}]*$/u);
        expect([...safe].length).toBeLessThanOrEqual(90);
      }),
    );
  });
});
