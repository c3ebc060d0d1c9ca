/** Telegram's HTML parse mode: the same tags, entities and complaints as the real server's parser. */
import { badRequest } from './bot-api-refusal.ts';

/** Offsets and lengths are UTF-16 code units of the plain text, as in the Bot API. */
export interface MessageEntity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  language?: string;
  custom_emoji_id?: string;
}

interface OpenTag {
  name: string;
  offset: number;
  argument: string;
}

const ENTITY_TYPES: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  'tg-emoji': 'custom_emoji',
  a: 'text_link',
  pre: 'pre',
  code: 'code',
  blockquote: 'blockquote',
};

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const REFERENCE = /&(?:#(\d{1,8})|#x([\da-f]{1,7})|(lt|gt|amp|quot)(?![a-z]));?/giy;
const ATTRIBUTE = /\s*([^\s=>/"']*)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([a-z\d.-]*)))?/giy;
const MAX_ENTITIES = 100;

/**
 * The plain text and the entities of a message in HTML parse mode; of more than 100 entities the rest is dropped.
 * @throws BotApiRefusal 400 `can't parse entities: …` with the offset in UTF-8 bytes.
 */
export function parseHtml(html: string): { text: string; entities: MessageEntity[] } {
  let text = '';
  const open: OpenTag[] = [];
  const entities: MessageEntity[] = [];
  let at = 0;
  while (at < html.length) {
    const char = html[at];
    if (char === '<' && html[at + 1] === '/') {
      at = closeTag(html, at, open, text.length, entities);
    } else if (char === '<') {
      const tag = readStartTag(html, at, text.length);
      open.push(tag.open);
      at = tag.end;
    } else {
      const reference = char === '&' ? readReference(html, at) : null;
      text += reference?.value ?? char;
      at = reference?.end ?? at + 1;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw cannot(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  entities.sort((one, other) => one.offset - other.offset || other.length - one.length);
  return { text, entities: mergeCodeBlocks(entities).slice(0, MAX_ENTITIES) };
}

function readStartTag(html: string, start: number, offset: number): { open: OpenTag; end: number } {
  const where = ` at byte offset ${bytesBefore(html, start)}`;
  const nameEnd = endOfName(html, start + 1);
  if (nameEnd === html.length) throw cannot(`Unclosed start tag${where}`);
  const name = html.slice(start + 1, nameEnd).toLowerCase();
  if (!Object.hasOwn(ENTITY_TYPES, name)) throw cannot(`Unsupported start tag "${name}"${where}`);

  let argument = '';
  let at = nameEnd;
  while (html.slice(at).trimStart()[0] !== '>') {
    ATTRIBUTE.lastIndex = at;
    const [whole = '', attribute = '', ...values] = ATTRIBUTE.exec(html) ?? [];
    at += whole.length;
    if (at >= html.length) throw cannot(`Unclosed start tag "${name}"${where}`);
    if (attribute === '') throw cannot(`Empty attribute name in the tag "${name}"${where}`);
    const value = values.find((candidate) => candidate !== undefined);
    argument = argumentOf(name, attribute, value) ?? argument;
  }
  if (name === 'span' && argument !== 'spoiler') throw cannot(`Tag "span" must have class "tg-spoiler"${where}`);
  return { open: { name, offset, argument }, end: html.indexOf('>', at) + 1 };
}

function argumentOf(tag: string, attribute: string, value: string | undefined): string | undefined {
  if (value === undefined) return tag === 'blockquote' && attribute === 'expandable' ? 'expandable' : undefined;
  const decoded = decodeReferences(value);
  if (tag === 'a' && attribute === 'href') return decoded;
  if (tag === 'tg-emoji' && attribute === 'emoji-id') return decoded;
  if (tag === 'code' && attribute === 'class' && decoded.startsWith('language-')) return decoded.slice(9);
  if (tag === 'span' && attribute === 'class' && decoded.startsWith('tg-')) return decoded.slice(3);
  return undefined;
}

function closeTag(html: string, start: number, open: OpenTag[], textEnd: number, entities: MessageEntity[]): number {
  const where = ` at byte offset ${bytesBefore(html, start)}`;
  const tag = open.pop();
  if (tag === undefined) throw cannot(`Unexpected end tag${where}`);
  const nameEnd = endOfName(html, start + 2);
  const name = html.slice(start + 2, nameEnd).toLowerCase();
  const end = nameEnd + (html.slice(nameEnd).length - html.slice(nameEnd).trimStart().length);
  if (html[end] !== '>') throw cannot(`Unclosed end tag${where}`);
  if (name !== '' && name !== tag.name) {
    throw cannot(`Unmatched end tag${where}, expected "</${tag.name}>", found "</${name}>"`);
  }
  const length = textEnd - tag.offset;
  if (length > 0) entities.push(...entityOf(tag, length));
  return end + 1;
}

function entityOf({ name, offset, argument }: OpenTag, length: number): MessageEntity[] {
  const type = ENTITY_TYPES[name] ?? name;
  if (name === 'a') return argument === '' ? [] : [{ type, offset, length, url: argument }];
  if (name === 'tg-emoji') return [{ type, offset, length, custom_emoji_id: argument }];
  if (name === 'code' && argument !== '') return [{ type, offset, length, language: argument }];
  if (argument === 'expandable') return [{ type: 'expandable_blockquote', offset, length }];
  return [{ type, offset, length }];
}

/** `<pre><code class="language-x">` is one block with a language; a language outside of a block is dropped. */
function mergeCodeBlocks(entities: MessageEntity[]): MessageEntity[] {
  const isSame = (one: MessageEntity, other: MessageEntity): boolean =>
    one.offset === other.offset && one.length === other.length;
  return entities.flatMap((entity) => {
    if (entity.type === 'pre') {
      const code = entities.find((inner) => inner.type === 'code' && inner.language && isSame(inner, entity));
      return [{ ...entity, ...(code?.language === undefined ? {} : { language: code.language }) }];
    }
    if (entity.type !== 'code') return [entity];
    const isInPre = entities.some((outer) => outer.type === 'pre' && isSame(outer, entity));
    return isInPre ? [] : [{ type: 'code', offset: entity.offset, length: entity.length }];
  });
}

function readReference(html: string, at: number): { value: string; end: number } | null {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(html);
  if (match === null) return null;
  const [whole, decimal, hexadecimal, name] = match;
  const end = at + whole.length;
  if (name !== undefined) {
    const value = NAMED[name];
    return value === undefined ? null : { value, end };
  }
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return code === 0 || code >= 0x10ffff ? null : { value: String.fromCodePoint(code), end };
}

function decodeReferences(value: string): string {
  let decoded = '';
  for (let at = 0; at < value.length; ) {
    const reference = value[at] === '&' ? readReference(value, at) : null;
    decoded += reference?.value ?? value[at];
    at = reference?.end ?? at + 1;
  }
  return decoded;
}

function endOfName(html: string, from: number): number {
  const length = html.slice(from).search(/[\s>]/);
  return length < 0 ? html.length : from + length;
}

function bytesBefore(html: string, at: number): number {
  return Buffer.byteLength(html.slice(0, at));
}

function cannot(reason: string) {
  return badRequest(`can't parse entities: ${reason}`);
}
