// Durations and sizes: what people type is read as they mean it, and what is shown is never odd.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize, renderDuration, renderSize } from '../../../src/lib/format/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('parseDuration', () => {
  it.each([
    ['90s', 90 * second],
    ['10m', 10 * minute],
    ['2h', 2 * hour],
    ['30d', 30 * day],
    ['1w', 7 * day],
    ['250ms', 250],
    ['1h30m', 90 * minute],
    ['1.5h', 90 * minute],
    ['90', 90 * second],
    ['0.25', 250],
    [' 2H ', 2 * hour],
    ['0s', 0],
  ])('%j is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', ' ', 'soon', '-5s', '5 s', '1h 30m', 's', '1.h', '1e3', '5x', '5s!'])('%j is none', (text) =>
    expect(parseDuration(text)).toBe(null),
  );

  it('is none beyond all numbers', () => {
    expect(parseDuration('9'.repeat(400))).toBe(null);
    expect(parseDuration(`${'9'.repeat(400)}s`)).toBe(null);
    expect(parseSize(`${'9'.repeat(400)}`)).toBe(null);
  });

  it('adds up parts in any order', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const texts = parts.map(([amount, unit]) => `${amount}${unit}`);
        const sum = texts.reduce((total, text) => total + (parseDuration(text) as number), 0);
        expect(parseDuration(texts.join(''))).toBe(sum);
      }),
    );
  });
});

describe('renderDuration', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [999, '999 ms'],
    [999.7, '1.0 s'],
    [1000, '1.0 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [185 * second, '3 min 5 s'],
    [hour - 1, '1 h'],
    [130 * minute, '2 h 10 min'],
    [2 * hour, '2 h'],
    [day - second, '23 h 59 min'],
    [day, '1 d'],
    [76 * hour, '3 d 4 h'],
    [400 * day, '400 d'],
  ])('%d ms are %j', (ms, text) => expect(renderDuration(ms)).toBe(text));

  it('never shows a part that fills the next unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * day }), (ms) => {
        const limits: Record<string, number> = { ms: 1000, s: 60, min: 60, h: 24 };
        for (const [, amount, unit] of renderDuration(ms).matchAll(/([\d.]+) (\w+)/g)) {
          expect(Number(amount)).toBeLessThan(limits[unit as string] ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});

describe('parseSize', () => {
  it.each([
    ['1024', 1024],
    ['12B', 12],
    ['5G', 5 * 1024 ** 3],
    ['5GB', 5 * 1024 ** 3],
    ['1.5 kb', 1536],
    ['500MB', 500 * 1024 ** 2],
    ['2t', 2 * 1024 ** 4],
    [' 0 ', 0],
  ])('%j is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'much', '-1', '5PB', '1e3', '5 5', 'GB', '.5G'])('%j is none', (text) =>
    expect(parseSize(text)).toBe(null),
  );
});

describe('renderSize', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 kB'],
    [3.44 * 1024, '3.4 kB'],
    [9.96 * 1024, '10 kB'],
    [56 * 1024 ** 2, '56 MB'],
    [1024 ** 2 - 1, '1.0 MB'],
    [1.2 * 1024 ** 3, '1.2 GB'],
    [5000 * 1024 ** 4, '5000 TB'],
  ])('%d bytes are %j', (bytes, text) => expect(renderSize(bytes)).toBe(text));
});
