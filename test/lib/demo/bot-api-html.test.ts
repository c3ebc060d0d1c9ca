/** The HTML parse mode: what is read, and what is refused in which words. */
import { expect, test } from 'vitest';
import { parseHtml } from '../../../src/lib/demo/bot-api-html.ts';

test.each([
  ['plain & simple', 'plain & simple', []],
  ['&lt;&gt;&amp;&quot;&#65;&#x1F600;&nbsp;&copy', '<>&"A😀&nbsp;&copy', []],
  ['<b>a</b><strong>b</strong>', 'ab', ['bold 0 1', 'bold 1 1']],
  ['<i>a<em>b</em></i>', 'ab', ['italic 0 2', 'italic 1 1']],
  [
    '<u>a</u><ins>b</ins><s>c</s><strike>d</strike><del>e</del>',
    'abcde',
    ['underline 0 1', 'underline 1 1', 'strikethrough 2 1', 'strikethrough 3 1', 'strikethrough 4 1'],
  ],
  ['😀<B >x</B >', '😀x', ['bold 2 1']],
  ['<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>', 'ab', ['spoiler 0 1', 'spoiler 1 1']],
  [
    '<blockquote>a</blockquote><blockquote expandable>b</blockquote>',
    'ab',
    ['blockquote 0 1', 'expandable_blockquote 1 1'],
  ],
  ['<code class="language-js">a</code>', 'a', ['code 0 1']],
  ['<b></b>x', 'x', []],
  ['<b>open</>', 'open', ['bold 0 4']],
])('reads %s', (html, text, entities) => {
  const parsed = parseHtml(html);
  expect(parsed.text).toBe(text);
  expect(parsed.entities.map(({ type, offset, length }) => `${type} ${offset} ${length}`)).toEqual(entities);
});

test('links, emoji and code blocks carry their arguments', () => {
  expect(parseHtml("<a href='https://e.org/?a=1&amp;b=2'>x</a>").entities).toEqual([
    { type: 'text_link', offset: 0, length: 1, url: 'https://e.org/?a=1&b=2' },
  ]);
  expect(parseHtml('<tg-emoji emoji-id="5">👍</tg-emoji>').entities).toEqual([
    { type: 'custom_emoji', offset: 0, length: 2, custom_emoji_id: '5' },
  ]);
  expect(parseHtml('<pre><code class="language-js">a</code></pre>').entities).toEqual([
    { type: 'pre', offset: 0, length: 1, language: 'js' },
  ]);
});

test.each([
  ['é < b', 'Unsupported start tag "" at byte offset 3'],
  ['<script>x</script>', 'Unsupported start tag "script" at byte offset 0'],
  ['a<br/>b', 'Unsupported start tag "br/" at byte offset 1'],
  ['<b', 'Unclosed start tag at byte offset 0'],
  ['<a href="x"', 'Unclosed start tag "a" at byte offset 0'],
  ['<a href="x"/>y</a>', 'Empty attribute name in the tag "a" at byte offset 0'],
  ['<b>x', `Can't find end tag corresponding to start tag "b"`],
  ['x</b>', 'Unexpected end tag at byte offset 1'],
  ['<b>x</b', 'Unclosed end tag at byte offset 4'],
  ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
  ['<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
])('refuses %s', (html, reason) => {
  expect(() => parseHtml(html)).toThrow(`Bad Request: can't parse entities: ${reason}`);
});

test('keeps one hundred entities and all of the text', () => {
  const parsed = parseHtml('<b>x</b>'.repeat(150));
  expect(parsed.entities).toHaveLength(100);
  expect(parsed.text).toHaveLength(150);
});
