/** How commands print: text, tables and JSON on standard output, with secrets masked and colours only for people. */

import type { App } from '../app.ts';
import { type Cell, type Column, renderTable } from '../lib/format/table.ts';

/** Functions that colour a text; each gives it back as it is where nobody could see the colour. */
export interface Colours {
  good(text: string): string;
  bad(text: string): string;
  doubtful(text: string): string;
  faint(text: string): string;
}

const plain = (text: string) => text;

/** Colours for standard output: on a terminal, unless `NO_COLOR` is set. The library is loaded only then. */
export async function coloursOf({ terminal, env }: Pick<App, 'terminal' | 'env'>): Promise<Colours> {
  if (!terminal.isInteractive || env.NO_COLOR || env.TERM === 'dumb') {
    return { good: plain, bad: plain, doubtful: plain, faint: plain };
  }
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { good: chalk.green, bad: chalk.red, doubtful: chalk.yellow, faint: chalk.dim };
}

/** Prints text as it is, secrets masked. */
export function printText({ terminal, redact }: Pick<App, 'terminal' | 'redact'>, text: string): void {
  terminal.print(redact(text));
}

/** Prints a value as indented JSON and a newline. */
export function printJson(app: Pick<App, 'terminal' | 'redact'>, value: unknown): void {
  // Each value stands on a line of its own, so that masking never reaches over the end of one.
  printText(app, `${JSON.stringify(value, null, 2)}\n`);
}

/** Prints a table that fits the terminal; where output goes elsewhere nothing is cut. */
export async function printTable(
  app: Pick<App, 'terminal' | 'redact'>,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const { isInteractive, columns: width } = app.terminal;
  // Masked before it is measured, or the columns would not stand in line.
  const clean = (cell: Cell): Cell =>
    typeof cell === 'string' ? app.redact(cell) : { ...cell, text: app.redact(cell.text) };
  const cells = rows.map((row) => row.map(clean));
  app.terminal.print(await renderTable(columns, cells, isInteractive ? width : Number.POSITIVE_INFINITY));
}
