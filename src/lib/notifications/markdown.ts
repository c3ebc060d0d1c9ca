/** Markdown, as agents write it, made into formatted text: what Telegram cannot show becomes the nearest thing that it can. */

import { Lexer, type Token, type Tokens } from 'marked';
import { stripInvisible } from '../format/text.ts';
import { writeTable } from './markdown-table.ts';
import { type Rich, RichBuilder } from './rich.ts';

const bullets = ['•', '◦', '▪'];
const rule = '———';
/** Blocks that Telegram sets apart by itself: no indentation in front of them. */
const standsAlone = ['code', 'table', 'blockquote'];
const longestUrl = 1000;

/** Formats Markdown. Whatever the parser cannot cope with (absurdly deep nesting) comes through as plain text. */
export function formatMarkdown(source: string): Rich {
  const clean = cleanText(source);
  const builder = new RichBuilder();
  try {
    writeBlocks(builder, Lexer.lex(clean), 0);
    return builder.build();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { text: clean, marks: [], borders: [] };
  }
}

/** Without what cannot be shown or sent: control and direction characters, halves of surrogate pairs. */
export function cleanText(text: string): string {
  return stripInvisible(text).replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  );
}

function writeBlocks(out: RichBuilder, tokens: readonly Token[], depth: number): void {
  let previous: Token | null = null;
  for (const token of tokens) {
    if (token.type === 'space' || token.type === 'checkbox') {
      if (token.type === 'checkbox') writeInline(out, token);
      continue;
    }
    if (previous) separate(out, previous, token, depth);
    writeBlock(out, token, depth);
    previous = token;
  }
}

/** Blocks stand apart by an empty line; a heading stands on what it heads, and lists inside lists stay together. */
function separate(out: RichBuilder, previous: Token, next: Token, depth: number): void {
  const isTight = previous.type === 'heading' || previous.type === 'def' || (depth > 0 && next.type === 'list');
  if (depth === 0 && previous.type !== 'heading') out.border();
  out.write(isTight ? '\n' : '\n\n');
  if (depth > 0 && !standsAlone.includes(next.type)) out.write(indent(depth));
}

function writeBlock(out: RichBuilder, token: Token, depth: number): void {
  switch (token.type) {
    case 'heading':
      out.mark('bold', undefined, () => writeInlines(out, childrenOf(token)));
      return;
    case 'code':
      writeCode(out, token as Tokens.Code);
      return;
    case 'blockquote':
      if (out.isInside('quote')) out.write('› ');
      out.mark('quote', undefined, () => writeBlocks(out, childrenOf(token), 0));
      return;
    case 'list':
      writeList(out, token as Tokens.List, depth);
      return;
    case 'table':
      out.code('pre', writeTable(token as Tokens.Table, plainText));
      return;
    case 'hr':
      out.write(rule);
      return;
    case 'def':
      out.write(token.raw.trim());
      return;
    case 'paragraph':
    case 'text':
      writeInlines(out, childrenOf(token).length > 0 ? childrenOf(token) : [token]);
      return;
    default:
      // Raw HTML, and whatever a later parser may know: shown as it was written.
      out.write(token.raw.replace(/\n+$/, ''));
  }
}

function writeCode(out: RichBuilder, token: Tokens.Code): void {
  const language = /^[A-Za-z0-9+#_.-]{1,30}/.exec(token.lang ?? '')?.[0];
  out.code('pre', token.text.trim() === '' ? ' ' : token.text, language);
}

function writeList(out: RichBuilder, list: Tokens.List, depth: number): void {
  const first = typeof list.start === 'number' ? list.start : 1;
  list.items.forEach((item, index) => {
    if (index > 0) {
      // A list is long more often than any other block: between its items is a good place for a cut, too.
      if (depth === 0) out.border();
      out.write(`\n${indent(depth)}`);
    }
    const sign = list.ordered ? `${first + index}.` : (bullets[Math.min(depth, bullets.length - 1)] as string);
    out.write(item.task ? '' : `${sign} `);
    writeBlocks(out, item.tokens, depth + 1);
  });
}

const indent = (depth: number) => '   '.repeat(Math.min(depth, 8));

function childrenOf(token: Token): Token[] {
  return 'tokens' in token && token.tokens ? token.tokens : [];
}

function writeInlines(out: RichBuilder, tokens: readonly Token[]): void {
  for (const token of tokens) writeInline(out, token);
}

function writeInline(out: RichBuilder, token: Token): void {
  const children = childrenOf(token);
  switch (token.type) {
    case 'strong':
      out.mark('bold', undefined, () => writeInlines(out, children));
      return;
    case 'em':
      out.mark('italic', undefined, () => writeInlines(out, children));
      return;
    case 'del':
      out.mark('strike', undefined, () => writeInlines(out, children));
      return;
    case 'codespan':
      out.code('code', (token as Tokens.Codespan).text);
      return;
    case 'link':
      writeLink(out, token.href as string, children);
      return;
    case 'image':
      writeLink(out, token.href as string, [{ type: 'text', raw: '', text: `🖼 ${token.text || 'image'}` } as Token]);
      return;
    case 'br':
      out.write('\n');
      return;
    case 'checkbox':
      out.write((token as Tokens.Checkbox).checked ? '☑ ' : '☐ ');
      return;
    case 'html':
      out.write(/^<br\s*\/?>$/i.test(token.raw) ? '\n' : token.raw);
      return;
    case 'escape':
      out.write(token.text as string);
      return;
    case 'text':
      if (children.length > 0) writeInlines(out, children);
      else out.write(decodeEntities(token.text as string));
      return;
    default:
      out.write(token.raw);
  }
}

/** A link that a phone can open; any other address stands behind its text, so that it is not lost. */
function writeLink(out: RichBuilder, href: string, children: readonly Token[]): void {
  const text = plainText(children);
  const isBare = text === href || `mailto:${text}` === href;
  // Telegram finds bare addresses itself.
  if (isBare) out.write(text);
  else if (isOpenable(href)) out.mark('link', href, () => writeInlines(out, children));
  else {
    writeInlines(out, children);
    out.write(` (${href})`);
  }
}

function isOpenable(href: string): boolean {
  return /^(https?|tg|mailto):[^\s]+$/i.test(href) && href.length <= longestUrl && URL.canParse(href);
}

/** The text alone, for the cells of a table. */
function plainText(tokens: readonly Token[]): string {
  const builder = new RichBuilder();
  for (const token of tokens) {
    if (token.type === 'link') {
      const text = plainText(childrenOf(token));
      const isShown = text === token.href || `mailto:${text}` === token.href;
      builder.write(isShown ? text : `${text} (${token.href as string})`);
    } else writeInline(builder, token);
  }
  return builder.build().text;
}

const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  mdash: '—',
  hellip: '…',
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hexadecimal, name) => {
    if (name) return named[name as string] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal as string, 16);
    const isCharacter = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? cleanText(String.fromCodePoint(code)) : whole;
  });
}
