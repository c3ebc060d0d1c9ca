// Texts are cut between characters and carry nothing invisible, whatever people and agents write.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBytes, cutText, oneLine, stripInvisible } from '../../../src/lib/format/text.ts';

const family = '👩‍👩‍👧‍👦';
const flags = '🇨🇳🇩🇪🇫🇷';
const loneSurrogate = /\p{Surrogate}/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const bordersOf = (text: string) => new Set([...segmenter.segment(text)].map(({ index }) => index).concat(text.length));

/** Texts of all scripts, with characters of many units in a row. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc
    .array(fc.constantFrom(family, '🇨🇳', 'e\u0301', '計', 'a', ' ', '\r\n'), { maxLength: 80 })
    .map((all) => all.join('')),
);

/** Any sequence of UTF-16 units, halves of characters included. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((all) => String.fromCharCode(...all));

describe('stripInvisible', () => {
  it.each([
    ['control characters', 'a\u0000b\u0007c\u001b[31m\u007f\u0085d', 'abc[31md'],
    ['marks of writing direction', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['invisible operators and byte order marks', '\ufeffa\u2060b\u2064', 'ab'],
  ])('removes %s', (_kind, text, clean) => expect(stripInvisible(text)).toBe(clean));

  it.each([['tab\tand\nnewline'], [family], [flags], ['السلام عليكم'], ['e\u0301'], ['क्षि']])('keeps %s', (text) =>
    expect(stripInvisible(text)).toBe(text),
  );

  it('replaces halves of characters', () => expect(stripInvisible('a\ud83d b\ude00c😀')).toBe('a\ufffd b\ufffdc😀'));

  it('knows all kinds of line ends', () => expect(stripInvisible('a\r\nb\rc\n')).toBe('a\nb\nc\n'));
});

describe('oneLine', () => {
  it.each([
    ['  two \n\t words \r\n', 'two words'],
    ['\u2028line\u00a0separator', 'line separator'],
    ['\u0000\u202e', ''],
  ])('of %j is %j', (text, line) => expect(oneLine(text)).toBe(line));

  it('is one line for any text', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Surrogate}\u2028]/u);
      }),
    );
  });
});

describe('cutText', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    [`ab${family}`, 5, 'ab…'],
    [flags, 9, '🇨🇳🇩🇪…'],
    ['e\u0301e\u0301e\u0301', 4, 'e\u0301…'],
    [family, 4, '…'],
  ])('cuts %s to %i', (text, max, cut) => expect(cutText(text, max)).toBe(cut));

  it('takes another mark, or none', () => {
    expect(cutText('calculator', 7, '...')).toBe('calc...');
    expect(cutText('calculator', 4, '')).toBe('calc');
  });

  it('keeps what stands before a character of hundreds of units', () => {
    const monster = `z${'\u0335'.repeat(300)}`;
    expect(cutText(`word ${monster}`, 200)).toBe('word …');
    expect(cutText(`${'word '.repeat(100)}${monster}`, 600)).toBe(`${'word '.repeat(100)}…`);
  });

  it('cuts a row of flags between flags, wherever it is cut', () => {
    const many = '🇨🇳'.repeat(100);
    for (let max = 200; max < 212; max++) expect(cutText(many, max, '').length % 4).toBe(0);
  });

  it('gives the longest part that ends between characters', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 150 }), (text, max) => {
        const cut = cutText(text, max);
        const fitting = [...bordersOf(text)].filter((border) => border < max);
        expect(cut).toBe(text.length <= max ? text : `${text.slice(0, Math.max(...fitting))}…`);
      }),
    );
  });

  it('takes megabytes, too', () => {
    const long = `${family}計算`.repeat(200_000);
    expect(cutText(long, 1_000_000).length).toBeGreaterThan(999_000);
  });
});

describe('cutBytes', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'longe'],
    ['計算', 6, '計算'],
    ['計算', 5, '計'],
    ['a😀', 4, 'a'],
    ['a😀', 5, 'a😀'],
    ['😀', 0, ''],
  ])('cuts %s to %i', (text, max, cut) => expect(cutBytes(text, max)).toBe(cut));

  it('never takes more than it may, and never half a character', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 400 }), (text, max) => {
        const cut = cutBytes(text, max);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut).not.toMatch(loneSurrogate);
        // The next character would have been too much.
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        if (cut !== text) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(max);
      }),
    );
  });
});
