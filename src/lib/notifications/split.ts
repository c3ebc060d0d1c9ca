/** Cuts formatted text into messages: between blocks where that is possible, never inside a character. */

import { type Rich, renderHtml, sliceRich } from './rich.ts';

export interface SplitLimits {
  /** UTF-16 units of the first part. */
  first: number;
  /** UTF-16 units of every other part. */
  rest: number;
  /** Marks in a part: Telegram drops what goes beyond 100. */
  marks: number;
  /** UTF-16 units of a part's HTML. */
  html: number;
}

/** A cut between blocks is taken if it leaves the part at least this full. */
const fullEnough = 0.4;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The text in parts that keep the limits. Marks that a cut goes through end before it and begin again after it, with
 * their language or address. White space at a cut is dropped, a part without any other character too.
 */
export function splitRich(rich: Rich, limits: SplitLimits): Rich[] {
  const parts: Rich[] = [];
  let from = skipBlankLines(rich, 0);
  while (from < rich.text.length) {
    const to = endOfPart(rich, from, parts.length === 0 ? limits.first : limits.rest, limits);
    const part = trimEnd(sliceRich(rich, from, to));
    if (part.text.trim() !== '') parts.push(part);
    from = skipBlankLines(rich, to);
  }
  return parts;
}

function endOfPart(rich: Rich, from: number, units: number, limits: SplitLimits): number {
  let to = longestTo(rich, from, units, limits.marks);
  // Only escaped characters and long addresses make the HTML so much longer than its text.
  while (to > from + 1 && renderHtml(sliceRich(rich, from, to)).length > limits.html) {
    to = chooseCut(rich, from, from + Math.ceil((to - from) * 0.6));
  }
  return to;
}

function longestTo(rich: Rich, from: number, units: number, marks: number): number {
  let most = from + units;
  // The first mark too many must start in the next part. Marks that started before are counted: they begin again here.
  const tooMany = rich.marks.filter((mark) => mark.to > from)[marks];
  if (tooMany && tooMany.from < most) most = Math.max(from + 1, tooMany.from);
  return most >= rich.text.length ? rich.text.length : chooseCut(rich, from, most);
}

/** The best place for a cut at or before `most`; always behind `from`. */
function chooseCut(rich: Rich, from: number, most: number): number {
  const least = from + (most - from) * fullEnough;
  const border = rich.borders.findLast((position) => position <= most && position >= least);
  if (border !== undefined) return border;
  const line = rich.text.lastIndexOf('\n', most);
  if (line >= least) return line;
  const space = rich.text.lastIndexOf(' ', most);
  if (space >= least) return space;
  return betweenCharacters(rich.text, from, most);
}

/** The last border of characters at or before `most`; a single character that is longer than the part is cut all the same. */
function betweenCharacters(text: string, from: number, most: number): number {
  const start = Math.max(from, most - 200);
  let cut = from;
  for (const { index } of segmenter.segment(text.slice(start, most + 200))) {
    if (start + index > most) break;
    // What begins at `start` may begin in the middle of a character.
    if (index > 0) cut = start + index;
  }
  if (cut > from) return cut;
  const isPair = /[\ud800-\udbff]/.test(text[most - 1] ?? '') && /[\udc00-\udfff]/.test(text[most] ?? '');
  return Math.max(from + 1, isPair ? most - 1 : most);
}

/** Where the next part begins: behind the blank lines of a cut, or behind the blanks where the cut is within a line. */
function skipBlankLines(rich: Rich, from: number): number {
  const blankLine = /[^\S\n]*\n/y;
  let at = from;
  for (blankLine.lastIndex = at; blankLine.test(rich.text); blankLine.lastIndex = at) at = blankLine.lastIndex;
  // Indentation behind a line's end stays: in code it means something.
  if (at > from || from === 0) return at;
  const blanks = /[^\S\n]+/y;
  blanks.lastIndex = from;
  return blanks.test(rich.text) ? blanks.lastIndex : from;
}

function trimEnd(rich: Rich): Rich {
  return sliceRich(rich, 0, rich.text.trimEnd().length);
}
