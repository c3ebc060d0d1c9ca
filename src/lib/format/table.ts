/** Tables for the terminal: aligned columns without borders, which know how wide Chinese and emoji are. */

export interface Column {
  title: string;
  /** Numbers stand right. */
  align?: 'left' | 'right';
  /** The column may be cut where the table is too wide; others are always whole. */
  canShrink?: boolean;
}

/** A cell's text, or a text with the colour it gets once it has its width. */
export type Cell = string | { text: string; paint: (text: string) => string };

/** What a table must know about its texts. */
interface Ruler {
  /** The text as one line without control characters. */
  oneLine(text: string): string;
  widthOf(text: string): number;
  cutToWidth(text: string, width: number): string;
}

const asciiRuler: Ruler = {
  oneLine: (text) => text.replace(/ +/g, ' ').trim(),
  widthOf: (text) => text.length,
  cutToWidth: (text, width) => (text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`),
};

const gap = '  ';
const narrowest = 6;

/** The columns' widths: as wide as their widest cell, the widest shrinkable ones cut down until the row fits. */
function planWidths(columns: readonly Column[], cells: readonly string[][], maxWidth: number, ruler: Ruler): number[] {
  const widths = columns.map(({ title }, at) =>
    cells.reduce((widest, row) => Math.max(widest, ruler.widthOf(row[at] ?? '')), title.length),
  );
  const room = maxWidth - gap.length * (columns.length - 1);
  const floor = columns.map(({ title, canShrink }, at) =>
    canShrink ? Math.max(narrowest, title.length) : (widths[at] as number),
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
 * characters; titles are ASCII. `maxWidth` is in terminal columns; Infinity cuts nothing.
 */
export async function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  maxWidth: number,
): Promise<string> {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
  const isAscii = texts.every((row) => row.every((text) => /^[\x20-\x7e]*$/.test(text)));
  const ruler = isAscii ? asciiRuler : await import('./text-width.ts');
  const cells = texts.map((row) => row.map((text) => ruler.oneLine(text)));
  const widths = planWidths(columns, cells, maxWidth, ruler);
  const line = (row: readonly string[], given: readonly Cell[]) =>
    row
      .map((text, at) => {
        const cut = ruler.cutToWidth(text, widths[at] as number);
        const cell = given[at];
        const painted = typeof cell === 'object' ? cell.paint(cut) : cut;
        // The mark of a cut is one column wide, though no ASCII.
        const padding = ' '.repeat(Math.max(0, (widths[at] as number) - ruler.widthOf(cut)));
        return columns[at]?.align === 'right' ? padding + painted : painted + padding;
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [line(titles, []), ...cells.map((row, at) => line(row, rows[at] as Cell[]))]
    .map((text) => `${text}\n`)
    .join('');
}
