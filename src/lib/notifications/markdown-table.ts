/** A Markdown table as aligned lines for a block of fixed width. */

import type { Token, Tokens } from 'marked';
import { widthOf } from '../format/text-width.ts';

/** Beyond this a column is no longer padded: a phone shows about 35 characters in a line. */
const widestPadding = 40;

/** The table's lines: header, a rule, rows; columns padded to the same width and aligned as the table asks. */
export function writeTable(table: Tokens.Table, plainText: (tokens: readonly Token[]) => string): string {
  const rows = [table.header, ...table.rows].map((row) =>
    row.map((cell) => plainText(cell.tokens).replace(/\s+/g, ' ')),
  );
  const widths = table.header.map((_, column) =>
    Math.min(widestPadding, Math.max(1, ...rows.map((row) => widthOf(row[column] ?? '')))),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => pad(row[column] ?? '', width, table.align[column] ?? null))
      .join(' │ ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('─┼─'));
  return lines.join('\n');
}

function pad(text: string, width: number, align: 'left' | 'right' | 'center' | null): string {
  const room = Math.max(0, width - widthOf(text));
  const before = align === 'right' ? room : align === 'center' ? Math.floor(room / 2) : 0;
  return ' '.repeat(before) + text + ' '.repeat(room - before);
}
