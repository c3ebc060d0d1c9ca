/** Tables for the terminal: aligned columns without borders, which know how wide Chinese and emoji are. */

import stringWidth from 'string-width';
import { oneLine } from './text.ts';

export interface Column {
  title: string;
  /** Numbers stand right. */
  align?: 'left' | 'right';
  /** The column may be cut where the table is too wide; others are always whole. */
  canShrink?: boolean;
}

/** A cell's text, or a text with the colour it gets once it has its width. */
export type Cell = string | { text: string; paint: (text: string) => string };

const gap = '  ';
const narrowest = 6;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns of the terminal that the text takes. */
export function widthOf(text: string): number {
  // Nearly all texts are plain ASCII, whose width needs no tables.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Cuts to at most `width` terminal columns, never inside a character, with `…` where something was cut. */
export function cutToWidth(text: string, width: number): string {
  if (text.length <= width && widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = widthOf(segment);
    if (used + wide > width - 1) {
      // The last character may fit after all, if nothing follows it.
      return kept.length + segment.length === text.length && used + wide <= width ? text : `${kept.trimEnd()}…`;
    }
    kept += segment;
    used += wide;
  }
  return kept;
}

/** The columns' widths: as wide as their widest cell, the widest shrinkable ones cut down until the row fits. */
function planWidths(columns: readonly Column[], cells: readonly string[][], maxWidth: number): number[] {
  const widths = columns.map(({ title }, at) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? '')), widthOf(title)),
  );
  const room = maxWidth - gap.length * (columns.length - 1);
  const floor = columns.map(({ title, canShrink }, at) =>
    canShrink ? Math.max(narrowest, widthOf(title)) : (widths[at] as number),
  );
  for (let total = widths.reduce((sum, width) => sum + width, 0); total > room; total--) {
    let widest = -1;
    for (const [at, width] of widths.entries()) {
      if (width > (floor[at] as number) && (widest < 0 || width > (widths[widest] as number))) widest = at;
    }
    if (widest < 0) break;
    (widths[widest] as number)--;
  }
  return widths;
}

/**
 * The table as text, a line per row after the titles, each ended by a newline. Cells become one line, without control
 * characters. `maxWidth` is in terminal columns; Infinity cuts nothing.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], maxWidth: number): string {
  const textOf = (cell: Cell) => oneLine(typeof cell === 'string' ? cell : cell.text);
  const cells = rows.map((row) => row.map(textOf));
  const widths = planWidths(columns, cells, maxWidth);
  const line = (texts: readonly string[], row: readonly Cell[]) =>
    texts
      .map((text, at) => {
        const width = widths[at] as number;
        const cut = cutToWidth(text, width);
        const cell = row[at];
        const painted = typeof cell === 'object' ? cell.paint(cut) : cut;
        const padding = ' '.repeat(Math.max(0, width - widthOf(cut)));
        if (columns[at]?.align === 'right') return padding + painted;
        return at === texts.length - 1 ? painted : painted + padding;
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [line(titles, []), ...cells.map((texts, at) => line(texts, rows[at] as Cell[]))]
    .map((text) => `${text}\n`)
    .join('');
}
