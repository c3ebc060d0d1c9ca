/** Every message that carries an answer, as the chat gets it, in both languages. */

import { describe, expect, it } from 'vitest';
import { parseHtml } from '../../../src/lib/demo/bot-api-html.ts';
import type { Language } from '../../../src/lib/notifications/notification.ts';
import { markRepeat, type Rendered, renderNotification } from '../../../src/lib/notifications/render.ts';
import { endedOf, handOf, interimOf } from './notices.ts';

const figures = {
  duration_ms: 185_000,
  cost_usd: 0.4236,
  usage: { input_tokens: 12_345, output_tokens: 1_100 },
  changed_files: ['calc.py', 'test/calc_test.py'],
};

function html(rendered: Rendered): string {
  return rendered.messages.map((message) => message.html).join('\n=====\n');
}

const ended = (changes: Parameters<typeof endedOf>[0], language: Language) =>
  html(renderNotification(endedOf(changes), language));

describe('a completed run', () => {
  it('shows answer, figures and changed files', () => {
    expect(ended(figures, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      ⏱ 3 min 5 s · $0.4236 · 12.3k in, 1.1k out
      📄 2 files changed: <code>calc.py</code>, <code>test/calc_test.py</code>"
    `);
    expect(ended(figures, 'zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      ⏱ 3 分钟 5 秒 · $0.4236 · 输入 12.3k，输出 1.1k
      📄 2 个文件有改动：<code>calc.py</code>、<code>test/calc_test.py</code>"
    `);
  });

  it('says so when there is no answer', () => {
    expect(ended({ text: ' \n' }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      It ended without an answer."
    `);
    expect(ended({ text: ' \n' }, 'zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      已结束，但没有答复。"
    `);
  });

  it('names eight files and counts the others', () => {
    const changed_files = Array.from({ length: 11 }, (_, index) => `src/file-${index}.ts`);
    expect(ended({ changed_files }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      📄 11 files changed: <code>src/file-0.ts</code>, <code>src/file-1.ts</code>, <code>src/file-2.ts</code>, <code>src/file-3.ts</code>, <code>src/file-4.ts</code>, <code>src/file-5.ts</code>, <code>src/file-6.ts</code>, <code>src/file-7.ts</code>, and 3 more"
    `);
    expect(ended({ changed_files }, 'zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      📄 11 个文件有改动：<code>src/file-0.ts</code>、<code>src/file-1.ts</code>、<code>src/file-2.ts</code>、<code>src/file-3.ts</code>、<code>src/file-4.ts</code>、<code>src/file-5.ts</code>、<code>src/file-6.ts</code>、<code>src/file-7.ts</code>、另有 3 个"
    `);
  });

  it('shows the mark of a run without permission prompts, and notes', () => {
    expect(ended({ yolo: true, note: 'background_ended' }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b> · ⚠️ YOLO
      I wrote <b>calc.py</b>.

      ℹ️ Background work was still running and has been ended."
    `);
    expect(ended({ yolo: true, note: 'background_ended' }, 'zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b> · ⚠️ YOLO
      I wrote <b>calc.py</b>.

      ℹ️ 后台工作当时仍在运行，已被结束。"
    `);
    const worktree_notes = ['dirty', 'submodules', 'lfs', 'kept_aside', 'from_the_future', 'constructor'];
    expect(ended({ worktree_notes }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      ℹ️ Your checkout had changes that were not committed; the work began without them.
      ℹ️ Submodules that your checkout does not hold are empty in it.
      ℹ️ git-lfs is not set up, so its files are pointers in it.
      ℹ️ git no longer knew the folder of the work; what was in it lies beside it (.kept).
      ℹ️ from_the_future
      ℹ️ constructor"
    `);
    expect(ended({ worktree_notes }, 'zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      ℹ️ 你的检出里有未提交的改动；任务开始时没有包含它们。
      ℹ️ 你的检出里没有的子模块，在工作树里是空的。
      ℹ️ git-lfs 没有设置好，它管理的文件在工作树里只是指针。
      ℹ️ git 已不认识原来的工作目录；里面的内容放在它旁边（.kept）。
      ℹ️ from_the_future
      ℹ️ constructor"
    `);
    expect(ended({ note: 'from_the_future' }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b>
      I wrote <b>calc.py</b>.

      ℹ️ from_the_future"
    `);
  });

  it('shows a name as it is, cut where it is long', () => {
    expect(ended({ task_name: `<b>\u202Eevil\n&${'x'.repeat(200)}` }, 'en')).toMatchInlineSnapshot(`
      "✅ <b>&lt;b&gt;evil &amp;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…</b>
      I wrote <b>calc.py</b>."
    `);
  });
});

describe('an interim result', () => {
  it('shows what still runs', () => {
    const interim = interimOf({ background: ['npm test', 'npm run\nbuild'] });
    expect(html(renderNotification(interim, 'en'))).toMatchInlineSnapshot(`
      "💬 <b>calc</b> — so far
      The tests run.

      ⚙️ Still running in the background: npm test, npm run build"
    `);
    expect(html(renderNotification(interim, 'zh'))).toMatchInlineSnapshot(`
      "💬 <b>calc</b> — 阶段结果
      The tests run.

      ⚙️ 后台仍在运行：npm test、npm run build"
    `);
    expect(html(renderNotification(interimOf(), 'en'))).toMatchInlineSnapshot(`
      "💬 <b>calc</b> — so far
      The tests run."
    `);
  });
});

describe('a session started by hand', () => {
  it('has finished, failed, or needs somebody', () => {
    const all = (language: Language) =>
      (['Stop', 'StopFailure', 'Notification'] as const)
        .map((event) => html(renderNotification(handOf({ event }), language)))
        .join('\n\n');
    expect(all('en')).toMatchInlineSnapshot(`
      "✅ <b>shop</b> — has finished
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>

      ❌ <b>shop</b> — has failed
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>

      🔔 <b>shop</b> — needs you
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>"
    `);
    expect(all('zh')).toMatchInlineSnapshot(`
      "✅ <b>shop</b> — 已完成
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>

      ❌ <b>shop</b> — 失败了
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>

      🔔 <b>shop</b> — 需要你
      All <i>done</i>.

      📁 <code>/home/ada/src/shop</code>"
    `);
  });
});

describe('a long answer', () => {
  const paragraphs = (count: number) =>
    Array.from({ length: count }, (_, at) => `${at} ${'word '.repeat(80)}`).join('\n\n');

  it('takes up to three messages, each with a head, the last with the foot', () => {
    const { messages, document } = renderNotification(endedOf({ ...figures, text: paragraphs(25) }), 'en');
    expect(document).toBeNull();
    expect(messages.map((message) => message.html.split('\n')[0])).toMatchInlineSnapshot(`
      [
        "✅ <b>calc</b> (1/3)",
        "✅ <b>calc</b> (2/3)",
        "✅ <b>calc</b> (3/3)",
      ]
    `);
    expect(messages.map((message) => message.html.includes('⏱'))).toEqual([false, false, true]);
    for (const message of messages) expect(parseHtml(message.html).text.length).toBeLessThanOrEqual(4096);
  });

  it('is a beginning and a document beyond that', () => {
    const text = paragraphs(60);
    const rendered = renderNotification(endedOf({ ...figures, task_name: 'Sum up: a/b', text }), 'en');
    expect(rendered.messages).toHaveLength(1);
    expect(rendered.messages[0]?.html.slice(-300)).toMatchInlineSnapshot(`
      "d word word word word word word word word word word word word word word word word word word word word word word word word word word word word

      … The whole answer is in the file below.

      ⏱ 3 min 5 s · $0.4236 · 12.3k in, 1.1k out
      📄 2 files changed: <code>calc.py</code>, <code>test/calc_test.py</code>"
    `);
    expect(parseHtml(rendered.messages[0]?.html ?? '').text.length).toBeLessThanOrEqual(4096);
    expect({ ...rendered.document, text: '' }).toMatchInlineSnapshot(`
      {
        "caption": {
          "html": "<b>Sum up: a/b</b> — the whole answer",
          "text": "Sum up: a/b — the whole answer",
        },
        "file": null,
        "name": "Sum-up-a-b-1.md",
        "text": "",
      }
    `);
    expect(rendered.document?.text).toBe(text);
    const chinese = renderNotification(endedOf({ text }), 'zh');
    expect(chinese.messages[0]?.html.slice(-40)).toMatchInlineSnapshot(`
      "d word word word word word

      … 完整答复见下方文件。"
    `);
    expect(chinese.document?.caption.html).toMatchInlineSnapshot(`"<b>calc</b> — 完整答复"`);
  });

  it('is a document, too, where only the beginning is at hand', () => {
    const { document } = renderNotification(endedOf({ text: 'short', output_file: '/t/task-output.txt' }), 'en');
    expect(document?.file).toBe('/t/task-output.txt');
  });

  it('has room for the mark of a possible repeat', () => {
    const text = 'x '.repeat(5000);
    for (const language of ['en', 'zh'] as const) {
      const { messages } = renderNotification(endedOf({ ...figures, text }), language);
      const marked = markRepeat(messages[0] as (typeof messages)[0], language);
      expect(parseHtml(marked.html).text.length).toBeLessThanOrEqual(4096);
      expect(parseHtml(marked.html).text).toBe(marked.text);
    }
    const short = renderNotification(endedOf(), 'en').messages[0] as { html: string; text: string };
    expect(markRepeat(short, 'en').html).toMatchInlineSnapshot(`
      "<i>🔁 You may have this already: the connection broke when it was first sent.</i>

      ✅ <b>calc</b>
      I wrote <b>calc.py</b>."
    `);
    expect(markRepeat(short, 'zh').html).toMatchInlineSnapshot(`
      "<i>🔁 这条消息可能已经发过：第一次发送时连接断开。</i>

      ✅ <b>calc</b>
      I wrote <b>calc.py</b>."
    `);
  });
});
