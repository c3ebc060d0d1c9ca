// A growing file, line by line: whole lines once, however they were written and read.

import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { type Files, realFiles } from '../../../src/lib/adapters/files.ts';
import { openTail } from '../../../src/lib/runs/tail.ts';
import { makeHome } from '../../support/home.ts';

let file: string;
beforeEach(() => {
  file = join(makeHome().outside, 'events.jsonl');
});

it('waits for a file that is not there yet', () => {
  const tail = openTail(realFiles, file);
  expect([tail.read(), tail.rest()]).toEqual([[], '']);
  appendFileSync(file, 'one\ntwo\n');
  expect([tail.read(), tail.read(), tail.rest()]).toEqual([['one', 'two'], [], '']);
});

it('gives a line once its end is written, and shows the rest', () => {
  const tail = openTail(realFiles, file);
  appendFileSync(file, 'one\n{"half":');
  expect([tail.read(), tail.rest()]).toEqual([['one'], '{"half":']);
  appendFileSync(file, '1}');
  expect([tail.read(), tail.rest()]).toEqual([[], '{"half":1}']);
  appendFileSync(file, '\n\n');
  expect([tail.read(), tail.rest()]).toEqual([['{"half":1}', ''], '']);
});

it('is the same for all who read it, whenever they begin', () => {
  appendFileSync(file, 'one\ntwo\n');
  const early = openTail(realFiles, file);
  early.read();
  appendFileSync(file, 'three\n');
  expect(openTail(realFiles, file).read()).toEqual(['one', 'two', 'three']);
  expect(early.read()).toEqual(['three']);
});

it('gives the lines that were written, cut anywhere, characters included', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '"', 'é', '計', '😀', '\u2028', '\r'), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
      rmSync(file, { force: true });
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const tail = openTail(realFiles, file);
      const read: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value as number;
        appendFileSync(file, bytes.subarray(at, at + size));
        at += size;
        read.push(...tail.read());
      }
      expect(read).toEqual(lines);
      expect(tail.rest()).toBe('');
    }),
    { numRuns: 40 },
  );
});

it('reads lines that are longer than the blocks it reads', () => {
  const long = '計😀'.repeat(200_000);
  appendFileSync(file, `${long}\nshort\n${long}`);
  const tail = openTail(realFiles, file);
  expect(tail.read()).toEqual([long, 'short']);
  expect(tail.rest()).toBe(long);
});

it('loses nothing where a read fails', () => {
  const long = 'x'.repeat(300_000);
  appendFileSync(file, `one\ntwo\n${long}\n`);
  let reads = 0;
  const files: Files = {
    ...realFiles,
    readRange(...args) {
      reads++;
      if (reads === 2) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return realFiles.readRange(...args);
    },
  };
  const tail = openTail(files, file);
  expect(() => tail.read()).toThrow('EIO');
  expect(tail.read()).toEqual(['one', 'two', long]);
});
