/** Tells people where in a JSON text they wrote something wrong: lines of faults, and lines of values. */

/** A place in a JSON text, as the keys and indices that lead there. */
export type JsonPath = readonly (string | number)[];

export interface JsonFault {
  /** Counted from 1. */
  line: number;
  /** What is wrong, without quoting the text but for names that stand twice. */
  what: string;
}

export interface LocatedJson {
  value: unknown;
  /** The line on which the value, or the nearest one around it that is there, stands. */
  lineOf(path: JsonPath): number;
}

const maxDepth = 100;
const space = /[ \t\r\n]*/y;
const quotedText = /"(?:[^"\\\n]|\\.)*"/y;
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

class Fault extends Error {}

/** Walks over a text and notes where each value begins; throws at the first fault. */
class Walk {
  readonly starts = new Map<string, number>();
  at = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  whole(): void {
    this.value([]);
    if (this.at < this.text.length) throw new Fault('there is more after the end; a bracket too much?');
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  /** The text that begins here; null where none does. */
  private string(): string | null {
    const start = this.at;
    const quoted = this.take(quotedText);
    try {
      return quoted === null ? null : (JSON.parse(quoted) as string);
    } catch {
      this.at = start;
      throw new Fault('a text holds what must be written with a backslash');
    }
  }

  private isNext(char: string): boolean {
    return this.text[this.at] === char;
  }

  private value(path: JsonPath): void {
    this.take(space);
    if (path.length > maxDepth) throw new Fault('it is nested too deep');
    this.starts.set(keyOf(path), this.at);
    if (this.isNext('{')) this.members('}', (seen) => this.member(path, seen));
    else if (this.isNext('[')) this.members(']', (_, index) => this.value([...path, index]));
    else if (this.string() === null && this.take(literal) === null) throw new Fault(this.whyNoValue());
    this.take(space);
  }

  private whyNoValue(): string {
    if (this.at >= this.text.length) return 'it ends too early; a bracket is missing';
    if (this.isNext('"')) return 'a text does not end on its line';
    if (this.isNext(',') || this.isNext('}') || this.isNext(']')) return 'a value is missing, or a comma is too much';
    return 'this is no value; texts stand in double quotes';
  }

  private members(end: '}' | ']', member: (seen: Set<string>, index: number) => void): void {
    this.at++;
    this.take(space);
    const seen = new Set<string>();
    for (let index = 0; !(index === 0 && this.isNext(end)); index++) {
      member(seen, index);
      if (this.isNext(end)) break;
      if (!this.isNext(',')) throw new Fault(this.whyNoComma(end));
      this.at++;
    }
    this.at++;
  }

  private whyNoComma(end: string): string {
    if (this.at >= this.text.length) return `it ends too early; a "${end}" is missing`;
    return `a comma or "${end}" is missing before this`;
  }

  private member(path: JsonPath, seen: Set<string>): void {
    this.take(space);
    const start = this.at;
    const name = this.string();
    if (name === null) {
      throw new Fault(this.isNext('}') ? 'a comma is too much' : 'a name in double quotes is missing');
    }
    if (seen.has(name)) {
      this.at = start;
      throw new Fault(`the name ${JSON.stringify(name)} stands here for a second time`);
    }
    seen.add(name);
    this.take(space);
    if (!this.isNext(':')) throw new Fault('a colon is missing after a name');
    this.at++;
    this.value([...path, name]);
  }
}

const keyOf = (path: JsonPath) => JSON.stringify(path);

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * Reads JSON as `JSON.parse` does, but says where it is faulty, and takes a name that stands twice in one object for a
 * fault: of two entries one would silently count. A byte order mark is passed over.
 */
export function parseLocatedJson(source: string): LocatedJson | { fault: JsonFault } {
  const text = source.replace(/^\ufeff/, '');
  const walk = new Walk(text);
  try {
    walk.whole();
    const value: unknown = JSON.parse(text);
    return { value, lineOf: (path) => lineAt(text, startOf(walk.starts, path)) };
  } catch (error) {
    const what = error instanceof Fault ? error.message : 'it is not JSON';
    return { fault: { line: lineAt(text, Math.min(walk.at, text.trimEnd().length)), what } };
  }
}

function startOf(starts: ReadonlyMap<string, number>, path: JsonPath): number {
  for (let length = path.length; length > 0; length--) {
    const start = starts.get(keyOf(path.slice(0, length)));
    if (start !== undefined) return start;
  }
  return 0;
}
