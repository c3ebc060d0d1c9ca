/** The message of a question as the chat gets it, open and answered, in both languages. */

import { describe, expect, it } from 'vitest';
import { fieldsOf, fitFields, renderFields } from '../../../src/lib/notifications/asked-fields.ts';
import { decodePress, questionKeyboard } from '../../../src/lib/notifications/buttons.ts';
import type { Language, ToldAnswer } from '../../../src/lib/notifications/notification.ts';
import { renderQuestion } from '../../../src/lib/notifications/render-question.ts';
import { questionOf } from './notices.ts';

const answered = (changes: Partial<ToldAnswer>): ToldAnswer => ({
  answer: 'allow',
  scope: 'once',
  how: 'person',
  by: '7',
  by_name: 'Ada',
  ...changes,
});

const answers = [
  answered({}),
  answered({ scope: 'task', by_name: null }),
  answered({ answer: 'deny', by: 'shell', by_name: null }),
  answered({ how: 'rule' }),
  answered({ answer: 'deny', how: 'timeout', by: null, by_name: null }),
  answered({ answer: 'deny', how: 'void', by: null, by_name: null }),
];

const html = (changes: Parameters<typeof questionOf>[0], language: Language, hasButtons = true) =>
  renderQuestion(questionOf(changes), language, hasButtons).messages[0]?.html;

describe('an open question', () => {
  it('shows the command as it is, and says what happens without an answer', () => {
    expect(html({}, 'en')).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — may it use Bash?
      <pre><code class="language-bash">npm test</code></pre>
      <i>description</i>: <code>Run the tests</code>

      ⏳ Without an answer within 30 min it is not done."
    `);
    expect(html({}, 'zh')).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — 可以使用 Bash 吗？
      <pre><code class="language-bash">npm test</code></pre>
      <i>description</i>: <code>Run the tests</code>

      ⏳ 30 分钟内无人答复，就不会执行。"
    `);
  });

  it('says what to type where there are no buttons', () => {
    expect(html({ fields: [] }, 'en', false)).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — may it use Bash?

      ⏳ Without an answer within 30 min it is not done.
      To answer, type: <code>ccdispatch approvals allow mi7x2k3pa8f2</code>"
    `);
    expect(html({ fields: [] }, 'zh', false)).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — 可以使用 Bash 吗？

      ⏳ 30 分钟内无人答复，就不会执行。
      要答复，请输入：<code>ccdispatch approvals allow mi7x2k3pa8f2</code>"
    `);
  });

  it('shows any other tool field by field', () => {
    const fields = fieldsOf(
      {
        file_path: '/etc/motd',
        content: 'one\n<b>two</b>\n',
        replace: true,
        tags: ['a', 'b'],
        empty: '',
      },
      null,
    );
    expect(html({ tool: 'Write', fields }, 'en')).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — may it use Write?
      <i>file_path</i>: <code>/etc/motd</code>
      <i>content</i>:
      <pre>one
      &lt;b&gt;two&lt;/b&gt;
      </pre>
      <i>replace</i>: <code>true</code>
      <i>tags</i>:
      <pre>[
       &quot;a&quot;,
       &quot;b&quot;
      ]</pre>
      <i>empty</i>: <code> </code>

      ⏳ Without an answer within 30 min it is not done."
    `);
  });

  it('has three buttons, each with the id of the question', () => {
    for (const language of ['en', 'zh'] as const) {
      const keyboard = questionKeyboard(questionOf(), language).inline_keyboard;
      const presses = keyboard.flat().map(({ callback_data }) => decodePress(callback_data));
      expect(presses.map((press) => [press?.action, press?.detail])).toEqual([
        ['allow', 'mi7x2k3pa8f2'],
        ['deny', 'mi7x2k3pa8f2'],
        ['allowTask', 'mi7x2k3pa8f2'],
      ]);
    }
    const words = (language: Language) =>
      questionKeyboard(questionOf(), language)
        .inline_keyboard.flat()
        .map(({ text }) => text);
    expect([...words('en'), ...words('zh')]).toMatchInlineSnapshot(`
      [
        "✅ Allow once",
        "🚫 Deny",
        "☑️ Allow for this task",
        "✅ 允许一次",
        "🚫 拒绝",
        "☑️ 本任务内允许",
      ]
    `);
  });
});

describe('an answered question', () => {
  it('says by whom, or why not', () => {
    const heads = (language: Language) =>
      answers.map((answer) => html({ answer }, language)?.split('\n')[0]).join('\n');
    expect(heads('en')).toMatchInlineSnapshot(`
      "👍 <b>calc</b> — Bash: allowed once by Ada
      👍 <b>calc</b> — Bash: allowed for this task by 7
      🚫 <b>calc</b> — Bash: denied by someone at a shell
      👍 <b>calc</b> — Bash: allowed, as before in this task
      ⌛ <b>calc</b> — Bash: timed out, nobody answered within 30 min
      ⚪ <b>calc</b> — Bash: no longer asked"
    `);
    expect(heads('zh')).toMatchInlineSnapshot(`
      "👍 <b>calc</b> — Bash：Ada 允许了一次
      👍 <b>calc</b> — Bash：7 已允许，本任务内有效
      🚫 <b>calc</b> — Bash：命令行用户 已拒绝
      👍 <b>calc</b> — Bash：已允许，与本任务此前的答复相同
      ⌛ <b>calc</b> — Bash：已超时，30 分钟内无人答复
      ⚪ <b>calc</b> — Bash：不再需要答复"
    `);
  });

  it('still shows what was asked, and no more what to do', () => {
    expect(html({ answer: answered({}) }, 'en', false)).toMatchInlineSnapshot(`
      "👍 <b>calc</b> — Bash: allowed once by Ada
      <pre><code class="language-bash">npm test</code></pre>
      <i>description</i>: <code>Run the tests</code>"
    `);
  });
});

describe('what is asked', () => {
  it('hides nothing', () => {
    const fields = fieldsOf({ command: 'rm -rf ~/\u202etxt.etar\u202c \u0000\u200b&& ls' });
    expect(html({ fields }, 'en')).toContain('rm -rf ~/⟨U+202E⟩txt.etar⟨U+202C⟩ ␀⟨U+200B⟩&amp;&amp; ls');
    expect(html({ tool: 'mcp__a\u202eb' }, 'en')).not.toContain('\u202e');
  });

  it('comes as a file before the message where it is too long for one, with the beginning below it', () => {
    const input = { file_path: 'a.txt', content: `${'line of text\n'.repeat(1000)}END` };
    const { fields, isWhole } = fitFields(fieldsOf(input));
    expect(isWhole).toBe(false);
    const rendered = renderQuestion(questionOf({ tool: 'Write', fields, input_file: '/x.txt' }), 'en', true);
    expect(rendered).toMatchObject({ isDocumentFirst: true, document: { name: 'mi7x2k3pa8f2.txt', file: '/x.txt' } });
    expect(rendered.messages).toHaveLength(1);
    expect(rendered.messages[0]?.text.length).toBeLessThan(2000);
    expect(rendered.messages[0]?.text).toContain('The whole of it is in the file above.');
    expect(rendered.document?.caption.text).toBe('calc — all that it asks for');
    expect(renderQuestion(questionOf({ input_file: '/x.txt' }), 'zh', true).messages[0]?.text).toContain(
      '完整内容见上方文件',
    );
    const whole = renderFields('Write', fieldsOf(input));
    expect(whole).toMatch(/^tool: Write\nfile_path: a\.txt\ncontent:\n│ line of text\n/);
    expect(whole).toContain('\n│ END\n');
  });

  it.each([
    ['many fields', Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`f${index}`, 1]))],
    ['a long name', { ['n'.repeat(61)]: 1 }],
    ['a long value', { command: 'x'.repeat(2600) }],
  ])('is in a file for %s', (_case, input) => expect(fitFields(fieldsOf(input)).isWhole).toBe(false));

  it('keeps to one message at its longest', () => {
    const { fields, isWhole } = fitFields(fieldsOf({ command: '<'.repeat(2590) }));
    expect(isWhole).toBe(true);
    const { messages } = renderQuestion(questionOf({ fields, task_name: '名'.repeat(300) }), 'en', false);
    expect(messages[0]?.text.length).toBeLessThan(4096 - 200);
  });

  it('says where a path leads by a link, before anything else', () => {
    const fields = fieldsOf({ file_path: 'notes.txt' }, '/home/ada/.netrc');
    expect(html({ tool: 'Read', fields }, 'en')?.split('\n').slice(1, 3)).toEqual([
      '<i>→ leads to</i>: <code>/home/ada/.netrc</code>',
      '<i>file_path</i>: <code>notes.txt</code>',
    ]);
    expect(renderFields('Read', fields)).toBe('tool: Read\n→ leads to: /home/ada/.netrc\nfile_path: notes.txt\n');
  });

  it('puts no value in the place of another field', () => {
    const fields = fieldsOf({ content: 'x\nfile_path: /tmp/harmless', file_path: '/etc/passwd' });
    expect(renderFields('Write', fields)).toBe(
      'tool: Write\ncontent:\n│ x\n│ file_path: /tmp/harmless\nfile_path: /etc/passwd\n',
    );
    expect(renderFields('a\nb: c', fieldsOf({ 'x\ny': 'z' }))).toBe('tool: a b: c\nx y: z\n');
  });
});
