// Tables must stay aligned whatever is in them, and fit the terminal.

import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Column, renderTable } from '../../../src/lib/format/table.ts';
import { cutToWidth, widthOf } from '../../../src/lib/format/text-width.ts';

const columns: Column[] = [{ title: 'NAME', canShrink: true }, { title: 'COST', align: 'right' }, { title: 'STATE' }];

describe('renderTable', () => {
  it('aligns columns, numbers to the right, without blanks at the end', async () => {
    const rows = [
      ['calc', '$0.01', 'completed'],
      ['a longer name', '$12.50', 'failed'],
    ];
    expect(await renderTable(columns, rows, 100)).toMatchInlineSnapshot(`
      "NAME             COST  STATE
      calc            $0.01  completed
      a longer name  $12.50  failed
      "
    `);
  });

  it('counts Chinese and emoji as two columns', async () => {
    const rows = [
      ['计算器', '1', 'x'],
      ['👩‍👩‍👧 🇨🇳 é', '2', 'y'],
      ['plain', '3', 'z'],
    ];
    const lines = (await renderTable(columns, rows, 100)).trimEnd().split('\n');
    expect(lines.map((line) => stringWidth(line.slice(0, line.search(/\d|COST/))))).toEqual([9, 12, 12, 12]);
  });

  it('cuts only what may be cut, the widest first', async () => {
    const three: Column[] = [{ title: 'A', canShrink: true }, { title: 'B', canShrink: true }, { title: 'ID' }];
    const text = await renderTable(three, [['a'.repeat(30), 'b'.repeat(50), 'task-1-2']], 40);
    expect(text).toMatchInlineSnapshot(`
      "A               B               ID
      aaaaaaaaaaaaa…  bbbbbbbbbbbbb…  task-1-2
      "
    `);
    // The same, with a text that is no ASCII and shows as wide as the first one.
    const chinese = await renderTable(three, [['计'.repeat(15), 'b'.repeat(50), 'task-1-2']], 40);
    expect(chinese.split('\n')[1]).toBe(`${'计'.repeat(6)}…   bbbbbbbbbbbbb…  task-1-2`);
    expect(await renderTable(three, [['a', 'b', 'c'.repeat(60)]], 20)).toContain('c'.repeat(60));
  });

  it('keeps a row on its line, and the terminal from being steered by a name', async () => {
    const text = await renderTable(columns, [['two\nlines\u001b[2J\u202eevil', '1', 'x']], 100);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('two lines[2Jevil');
  });

  it('paints a cell without counting its colour', async () => {
    const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
    const text = await renderTable(columns, [[{ text: 'calc', paint: red }, '1', 'x']], 100);
    expect(text).toContain(`${red('calc')}     1  x`);
  });

  it('gives the titles alone where there are no rows', async () => {
    expect(await renderTable(columns, [], 100)).toBe('NAME  COST  STATE\n');
  });
});

describe('cutToWidth', () => {
  it.each([
    ['calculator', 10, 'calculator'],
    ['calculator', 9, 'calculat…'],
    ['计算器', 6, '计算器'],
    ['计算器', 5, '计算…'],
    ['计算器', 4, '计…'],
    ['👩‍👩‍👧ab', 4, '👩‍👩‍👧ab'],
    ['👩‍👩‍👧ab', 3, '👩‍👩‍👧…'],
    ['two words', 5, 'two…'],
  ])('cuts %s to %i columns', (text, width, expected) => {
    expect(cutToWidth(text, width)).toBe(expected);
  });

  it('never gives more than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const cut = cutToWidth(text, width);
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
        if (widthOf(text) <= width) expect(cut).toBe(text);
      }),
    );
  });
});
