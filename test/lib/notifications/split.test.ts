/** Cutting formatted text into messages: limits, good places, nothing lost. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHtml } from '../../../src/lib/demo/bot-api-html.ts';
import { formatMarkdown } from '../../../src/lib/notifications/markdown.ts';
import { type Rich, renderHtml } from '../../../src/lib/notifications/rich.ts';
import { type SplitLimits, splitRich } from '../../../src/lib/notifications/split.ts';

const wide: SplitLimits = { first: 4096, rest: 4096, marks: 100, html: 16_000 };
const units = (count: number): SplitLimits => ({ ...wide, first: count, rest: count });
const htmlOf = (source: string, limits: SplitLimits) => splitRich(formatMarkdown(source), limits).map(renderHtml);
const words = (text: string) => text.match(/w\d+/g) ?? [];

describe('a cut', () => {
  it('comes between blocks where that leaves the part full enough', () => {
    expect(htmlOf('first paragraph\n\nsecond one\n\nthird', units(30))).toEqual([
      'first paragraph\n\nsecond one',
      'third',
    ]);
  });

  it('comes between lines, then between words, where blocks are long', () => {
    expect(htmlOf('- one two\n- three four\n- five six', units(25))).toEqual(['• one two\n• three four', '• five six']);
    expect(htmlOf('one two three four', units(10))).toEqual(['one two', 'three four']);
  });

  it('keeps a heading with what it heads', () => {
    expect(htmlOf('some text here\n\n# Head\nbody of it', units(24))).toEqual([
      'some text here',
      '<b>Head</b>\nbody of it',
    ]);
  });

  it('closes a code block and opens it again with its language and indentation', () => {
    expect(htmlOf('```py\nif a:\n    one()\n    two()\n```', units(17))).toEqual([
      '<pre><code class="language-py">if a:\n    one()</code></pre>',
      '<pre><code class="language-py">    two()</code></pre>',
    ]);
  });

  it('goes through nested formats', () => {
    expect(htmlOf('**bold *both of it* more**', units(11))).toEqual([
      '<b>bold <i>both</i></b>',
      '<b><i>of it</i> more</b>',
    ]);
  });

  it('never comes inside a character, unless the character is longer than a message', () => {
    const family = '👩‍👩‍👧‍👦';
    expect(htmlOf(family.repeat(3), units(family.length + 3))).toEqual([family, family, family]);
    const zalgo = `e${'\u0301'.repeat(30)}`;
    expect(htmlOf(zalgo, units(10)).join('')).toBe(zalgo);
  });

  it('keeps to the number of marks and to the length of the HTML', () => {
    const many = Array.from({ length: 50 }, (_, at) => `**w${at}**`).join(' ');
    const parts = splitRich(formatMarkdown(many), { ...wide, marks: 20 });
    expect(parts.map((part) => part.marks.length)).toEqual([20, 20, 10]);
    const quoted = splitRich(formatMarkdown('&'.repeat(4000)), { ...wide, html: 8000 });
    expect(quoted.length).toBeGreaterThan(2);
    for (const part of quoted) expect(renderHtml(part).length).toBeLessThanOrEqual(8000);
  });
});

/** Markdown of all kinds of blocks; `w<number>` words are counted up, so that order and loss show. */
function documents(): fc.Arbitrary<string> {
  const kinds = ['p', 'h', 'ul', 'ol', 'code', 'quote', 'table', 'bold', 'link', 'inline'] as const;
  return fc
    .array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 60 })), { maxLength: 25 })
    .map((plan) => {
      let counter = 0;
      const next = () => `w${counter++}`;
      const many = (count: number, glue: string) => Array.from({ length: count }, next).join(glue);
      return plan.map(([kind, count]) => writeBlock(kind, count, next, many)).join('\n\n');
    });
}

function writeBlock(
  kind: string,
  count: number,
  next: () => string,
  many: (count: number, glue: string) => string,
): string {
  if (kind === 'h') return `## ${many(Math.min(count, 8), ' ')}`;
  if (kind === 'ul') return `- ${many(count, '\n- ')}`;
  if (kind === 'ol') return `1. ${many(count, '\n1. ')}`;
  if (kind === 'code') return `\`\`\`js\n${many(count, '\n  ')}\n\`\`\``;
  if (kind === 'quote') return `> ${many(count, '\n> ')}`;
  if (kind === 'table') return `| ${next()} | ${next()} |\n|--|--|\n| ${many(count % 5, ' |\n| ')} |`;
  if (kind === 'bold') return `**${many(count, ' ')}**`;
  if (kind === 'link') return `[${many(count, ' ')}](https://x.y)`;
  if (kind === 'inline') return `*${next()} **${many(count, ' ')}** \`${next()}\`* ~~${next()}~~`;
  return many(count, ' ');
}

function check(parts: Rich[], limits: SplitLimits): void {
  parts.forEach((part, index) => {
    const parsed = parseHtml(renderHtml(part));
    expect(parsed.text).toBe(part.text);
    expect(part.text.length).toBeLessThanOrEqual(index === 0 ? limits.first : limits.rest);
    expect(part.text.trim()).not.toBe('');
    expect(part.marks.length).toBeLessThanOrEqual(limits.marks);
    expect(part.text).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
  });
}

describe('any text', () => {
  const limits = fc.record({
    first: fc.integer({ min: 40, max: 4096 }),
    rest: fc.integer({ min: 40, max: 4096 }),
    marks: fc.integer({ min: 10, max: 100 }),
    html: fc.constant(16_000),
  });

  it('made of ordinary Markdown keeps all its words, in order, within the limits', () => {
    fc.assert(
      fc.property(documents(), limits, (source, asked) => {
        const parts = splitRich(formatMarkdown(source), asked);
        check(parts, asked);
        expect(words(parts.map((part) => part.text).join('\n'))).toEqual(words(source));
      }),
      { numRuns: 150 },
    );
  });

  it('made of Markdown signs and anything else gives HTML that Telegram takes', () => {
    const signs = [
      '*',
      '_',
      '`',
      '```',
      '~~',
      '[',
      '](',
      ')',
      '<',
      '>',
      '&',
      '|',
      '\n',
      '\n\n',
      '- ',
      '1. ',
      '# ',
      '    ',
      '|-|',
      '"',
      '![',
      '\\',
      '👩‍👩‍👧',
      'é',
      'a',
      '&lt;',
      '\u202e',
      '\ud83d',
    ];
    const noise = fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...signs) }, fc.string({ unit: 'binary' })),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(noise, limits, (pieces, asked) => {
        const rich = formatMarkdown(pieces.join(''));
        const parts = splitRich(rich, asked);
        check(parts, asked);
        const solid = (text: string) => text.replace(/\s+/g, '');
        expect(solid(parts.map((part) => part.text).join(''))).toBe(solid(rich.text));
      }),
      { numRuns: 300 },
    );
  });
});
