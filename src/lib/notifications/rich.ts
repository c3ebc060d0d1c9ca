/** Formatted text as Telegram itself sees it: plain text and marks over ranges of it. Cutting it can never break a tag. */

export type MarkKind = 'bold' | 'italic' | 'strike' | 'code' | 'pre' | 'link' | 'quote';

/** A range of the text, in UTF-16 units. Marks are kept in the order of opening and never overlap without nesting. */
export interface Mark {
  kind: MarkKind;
  from: number;
  to: number;
  /** The language of a `pre`, the address of a `link`. */
  argument?: string;
}

export interface Rich {
  text: string;
  marks: Mark[];
  /** Positions between blocks, ascending: the best places for a cut. */
  borders: number[];
}

/** What cannot hold, or be held by, the marks around it in a Telegram message: those are suspended for its length. */
const inlineKinds: readonly MarkKind[] = ['bold', 'italic', 'strike', 'link'];

/** Builds a {@link Rich} from left to right. */
export class RichBuilder {
  private text = '';
  private readonly marks: Mark[] = [];
  private readonly borders: number[] = [];
  private readonly open: Mark[] = [];

  get length(): number {
    return this.text.length;
  }

  get lastCharacter(): string {
    return this.text.at(-1) ?? '';
  }

  write(text: string): this {
    this.text += text;
    return this;
  }

  /** Remembers the end of a block. */
  border(): this {
    this.borders.push(this.text.length);
    return this;
  }

  /** Puts a mark over what `work` writes; inside a link or quote of the same kind nothing is added. */
  mark(kind: MarkKind, argument: string | undefined, work: () => void): this {
    if (this.isInside(kind)) {
      work();
      return this;
    }
    this.start(kind, argument);
    work();
    this.end();
    return this;
  }

  bold(text: string): this {
    return this.mark('bold', undefined, () => this.write(text));
  }

  /** Code takes no other format with it: marks around it pause. In a link it stays plain, the address matters more. */
  code(kind: 'code' | 'pre', text: string, language?: string): this {
    if (this.isInside('link')) return this.write(text);
    const paused = this.open.filter((mark) => inlineKinds.includes(mark.kind));
    for (const _ of paused) this.end();
    this.mark(kind, language, () => this.write(text));
    for (const mark of paused) this.start(mark.kind, mark.argument);
    return this;
  }

  append(rich: Rich): this {
    const shift = this.text.length;
    this.text += rich.text;
    for (const mark of rich.marks) this.marks.push({ ...mark, from: mark.from + shift, to: mark.to + shift });
    for (const border of rich.borders) this.borders.push(border + shift);
    return this;
  }

  isInside(kind: MarkKind): boolean {
    return this.open.some((mark) => mark.kind === kind);
  }

  build(): Rich {
    const marks = this.marks.filter((mark) => mark.to > mark.from);
    return { text: this.text, marks, borders: [...new Set(this.borders)] };
  }

  private start(kind: MarkKind, argument: string | undefined): void {
    const mark: Mark = { kind, from: this.text.length, to: this.text.length };
    if (argument) mark.argument = argument;
    this.open.push(mark);
    this.marks.push(mark);
  }

  private end(): void {
    const mark = this.open.pop();
    if (mark) mark.to = this.text.length;
  }
}

/** The part from `from` to `to`, with the marks that reach into it. */
export function sliceRich(rich: Rich, from: number, to: number): Rich {
  const marks = rich.marks
    .filter((mark) => mark.from < to && mark.to > from)
    .map((mark) => ({ ...mark, from: Math.max(mark.from, from) - from, to: Math.min(mark.to, to) - from }));
  const borders = rich.borders.filter((border) => border > from && border < to).map((border) => border - from);
  return { text: rich.text.slice(from, to), marks, borders };
}

/** Text that Telegram's HTML mode shows as it is. */
function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

const tags: Record<MarkKind, (argument: string | undefined) => [string, string]> = {
  bold: () => ['<b>', '</b>'],
  italic: () => ['<i>', '</i>'],
  strike: () => ['<s>', '</s>'],
  code: () => ['<code>', '</code>'],
  quote: () => ['<blockquote>', '</blockquote>'],
  link: (url) => [`<a href="${escapeHtml(url ?? '')}">`, '</a>'],
  pre: (language) =>
    language ? [`<pre><code class="language-${escapeHtml(language)}">`, '</code></pre>'] : ['<pre>', '</pre>'],
};

/** The rich text in Telegram's HTML mode; every tag is closed, in order. */
export function renderHtml(rich: Rich): string {
  const open: Mark[] = [];
  let html = '';
  let at = 0;
  const writeTo = (position: number) => {
    html += escapeHtml(rich.text.slice(at, position));
    at = position;
  };
  const closeUntil = (position: number) => {
    for (let mark = open.at(-1); mark && mark.to <= position; mark = open.at(-1)) {
      writeTo(mark.to);
      html += tags[mark.kind](mark.argument)[1];
      open.pop();
    }
  };
  for (const mark of rich.marks) {
    closeUntil(mark.from);
    writeTo(mark.from);
    html += tags[mark.kind](mark.argument)[0];
    open.push(mark);
  }
  closeUntil(rich.text.length);
  writeTo(rich.text.length);
  return html;
}
