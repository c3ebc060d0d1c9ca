/** Markdown as agents write it, and the HTML that a chat gets for it. */

import { describe, expect, it } from 'vitest';
import { parseHtml } from '../../../src/lib/demo/bot-api-html.ts';
import { formatMarkdown } from '../../../src/lib/notifications/markdown.ts';
import { renderHtml } from '../../../src/lib/notifications/rich.ts';

const html = (source: string) => renderHtml(formatMarkdown(source));

describe('inline formats', () => {
  it('are bold, italic, struck and code', () => {
    expect(html('**bold** *italic* ~~gone~~ `a < b` ***both***')).toBe(
      '<b>bold</b> <i>italic</i> <s>gone</s> <code>a &lt; b</code> <i><b>both</b></i>',
    );
  });

  it('end before code and go on after it, which allows no other format', () => {
    expect(html('**see `x` here**')).toBe('<b>see </b><code>x</code><b> here</b>');
  });

  it('show raw HTML and its entities as text', () => {
    expect(html('a <b>x</b> &lt;tag&gt; &amp;amp; &#x41; 1 < 2 & 3')).toBe(
      'a &lt;b&gt;x&lt;/b&gt; &lt;tag&gt; &amp;amp; A 1 &lt; 2 &amp; 3',
    );
    expect(html('<div onclick="x">\n<p>hi\n</div>')).toBe(
      '&lt;div onclick=&quot;x&quot;&gt;\n&lt;p&gt;hi\n&lt;/div&gt;',
    );
    expect(html('one<br>two  \nthree')).toBe('one\ntwo\nthree');
  });

  it('drop what is invisible or reorders text, and keep emoji and every script', () => {
    expect(html('a\u0000b\u001b[31mc\u202ed 👩‍👩‍👧 שלום 中文 \ud800!')).toBe('ab[31mcd 👩‍👩‍👧 שלום 中文 \ufffd!');
  });
});

describe('links', () => {
  it('are links where a phone can open them', () => {
    expect(html('[docs](https://x.y/?a=1&b="2") [me](mailto:a@b.c) [chat](tg://user?id=1)')).toBe(
      '<a href="https://x.y/?a=1&amp;b=&quot;2&quot;">docs</a> <a href="mailto:a@b.c">me</a> <a href="tg://user?id=1">chat</a>',
    );
    expect(html('[**bold** and `code`](https://x.y)')).toBe('<a href="https://x.y"><b>bold</b> and code</a>');
  });

  it('show every other address beside their text', () => {
    expect(html('[calc](src/calc.ts) [bad](javascript:alert(1)) [`f`](file:///etc/passwd)')).toBe(
      'calc (src/calc.ts) bad (javascript:alert(1)) <code>f</code> (file:///etc/passwd)',
    );
  });

  it('stay as they are where they are bare', () => {
    expect(html('see https://x.y or me@x.y')).toBe('see https://x.y or me@x.y');
  });

  it('stand for images, too', () => {
    expect(html('![a plot](https://x.y/p.png) ![](local.png)')).toBe(
      '<a href="https://x.y/p.png">🖼 a plot</a> 🖼 image (local.png)',
    );
  });

  it('find their addresses at the end of the text', () => {
    expect(html('[one][1]\n\n[1]: https://x.y')).toBe('<a href="https://x.y">one</a>\n\n[1]: https://x.y');
  });
});

describe('blocks', () => {
  it('are headings on what they head, and paragraphs', () => {
    expect(html('# Title *x*\nText\nmore\n\n## Next\n\nEnd')).toMatchInlineSnapshot(`
      "<b>Title <i>x</i></b>
      Text
      more

      <b>Next</b>
      End"
    `);
  });

  it('are lists with bullets, numbers and boxes, nested', () => {
    expect(
      html('- a\n- b\n  1. one\n  2. two\n     - deep\n- c\n\n7. seven\n8. eight\n\n- [ ] open\n- [x] **done**'),
    ).toMatchInlineSnapshot(`
      "• a
      • b
         1. one
         2. two
            ▪ deep
      • c

      7. seven
      8. eight

      ☐ open
      ☑ <b>done</b>"
    `);
    expect(html('- a\n\n  more of a\n\n  ```sh\n  ls\n  ```\n- b')).toMatchInlineSnapshot(`
      "• a

         more of a

      <pre><code class="language-sh">ls</code></pre>
      • b"
    `);
  });

  it('are code with its language', () => {
    expect(html('```ts title="x"\nif (a < b) {}\n```')).toBe(
      '<pre><code class="language-ts">if (a &lt; b) {}</code></pre>',
    );
    expect(html('    indented\n      more')).toBe('<pre>indented\n  more</pre>');
    expect(html('```\n\n```')).toBe('<pre> </pre>');
  });

  it('are quotes, never one in another', () => {
    expect(html('> said\n> > before\n>\n> ```\n> x\n> ```')).toMatchInlineSnapshot(`
      "<blockquote>said

      › before

      <pre>x</pre></blockquote>"
    `);
  });

  it('are tables with aligned columns, Chinese and emoji included', () => {
    expect(
      html('| Name | 数 |\n|:--|--:|\n| 苹果 🍎 | 12 |\n| **b** \\| c | `1` |\n| [l](https://x.y) |'),
    ).toMatchInlineSnapshot(`
      "<pre>Name            │ 数
      ────────────────┼───
      苹果 🍎         │ 12
      b | c           │  1
      l (https://x.y) │</pre>"
    `);
  });

  it('are rules', () => {
    expect(html('a\n\n---\n\nb')).toBe('a\n\n———\n\nb');
  });

  it('come through as text where they are nested beyond reason', () => {
    const source = '>'.repeat(20_000);
    expect(formatMarkdown(source).text).toBe(source);
    expect(parseHtml(html(source)).text).toBe(source);
  });
});
