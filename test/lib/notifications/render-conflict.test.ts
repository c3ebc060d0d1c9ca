/** What chats get about tasks that changed the same files: the question, its answers, and the word that both go on. */

import { describe, expect, it } from 'vitest';
import { conflictKeyboard, decodePress } from '../../../src/lib/notifications/buttons.ts';
import type {
  ConflictNotification,
  EndedNotification,
  Language,
  ToldChoice,
} from '../../../src/lib/notifications/notification.ts';
import { renderNotification } from '../../../src/lib/notifications/render.ts';
import { renderConflict, renderMet } from '../../../src/lib/notifications/render-conflict.ts';
import { isNotification } from '../../../src/lib/outbox/parse-notification.ts';

const about = { task_id: 'task-5-2', task_name: 'sums', agent: 'claude', yolo: false };
const asked: ConflictNotification = {
  ...about,
  kind: 'conflict',
  run: 2,
  other_task_id: 'task-5-1',
  other_task_name: 'calc',
  branch: 'main',
  files: ['src/a.ts', 'src/b.ts'],
  patience_ms: 1_800_000,
  answer: null,
};
const html = (changes: Partial<ConflictNotification>, language: Language, hasButtons = true) =>
  renderConflict({ ...asked, ...changes }, language, hasButtons).messages[0]?.html;

describe('the question what becomes of the work', () => {
  it('says what does not fit, what can be done, and what happens without an answer', () => {
    expect(html({}, 'en')).toMatchInlineSnapshot(`
      "❓ <b>sums</b> — its work does not fit onto main

      While it waited, “calc” (task-5-1) was merged. Nothing was changed or lost.
      📄 Does not fit: <code>src/a.ts</code>, <code>src/b.ts</code>

      The agent can bring both sides together. Or it goes on as it is, and its branch stays apart for you to merge.
      ⏳ Without an answer within 30 min both branches are kept."
    `);
    expect(html({}, 'zh')).toMatchInlineSnapshot(`
      "❓ <b>sums</b> — 它的改动与 main 冲突

      在它等待期间，“calc”（task-5-1）已被合并。没有任何内容被改动或丢失。
      📄 冲突的文件：<code>src/a.ts</code>、<code>src/b.ts</code>

      可以让智能体把两边的改动合到一起；也可以让它照原样继续，它的分支单独保留，由你来合并。
      ⏳ 30 分钟内无人答复，就保留两个分支。"
    `);
  });

  it('says what to type where there are no buttons', () => {
    expect(html({ other_task_id: null, other_task_name: null }, 'en', false)).toMatchInlineSnapshot(`
      "❓ <b>sums</b> — its work does not fit onto main
      📄 Does not fit: <code>src/a.ts</code>, <code>src/b.ts</code>

      The agent can bring both sides together. Or it goes on as it is, and its branch stays apart for you to merge.
      ⏳ Without an answer within 30 min both branches are kept.
      To keep both branches now, type: <code>ccdispatch tasks resume task-5-2</code>"
    `);
    expect(
      html({ from_chat: true, files: Array.from({ length: 10 }, (_, n) => `f${n}`) }, 'zh', false),
    ).toMatchInlineSnapshot(`
      "❓ <b>sums</b> — 它的改动与 main 冲突

      在它等待期间，“calc”（task-5-1）已被合并。没有任何内容被改动或丢失。
      📄 冲突的文件：<code>f0</code>、<code>f1</code>、<code>f2</code>、<code>f3</code>、<code>f4</code>、<code>f5</code>、<code>f6</code>、<code>f7</code>、另有 2 个

      可以让智能体把两边的改动合到一起；也可以让它照原样继续，它的分支单独保留，由你来合并。
      ⏳ 30 分钟内无人答复，就保留两个分支。
      要立即保留两个分支，请输入：<code>/resume task-5-2</code>"
    `);
  });

  it('shows the answer', () => {
    const answer: ToldChoice = { choice: 'resolve', how: 'person', by: '7', by_name: 'Ada' };
    const answers: ToldChoice[] = [
      answer,
      { ...answer, choice: 'keep', by_name: null },
      { ...answer, choice: 'cancel', by: 'shell', by_name: null },
      { ...answer, choice: 'keep', how: 'timeout', by: null, by_name: null },
      { ...answer, choice: 'keep', how: 'void', by: null, by_name: null },
    ];
    const firstLines = (language: Language) => answers.map((each) => html({ answer: each }, language)?.split('\n')[0]);
    expect(firstLines('en')).toMatchInlineSnapshot(`
      [
        "🤝 <b>sums</b> — the agent brings it together, says Ada",
        "🌿 <b>sums</b> — both branches are kept, says 7",
        "⏹ <b>sums</b> — cancelled by someone at a shell",
        "⌛ <b>sums</b> — both branches are kept, nobody answered within 30 min",
        "⚪ <b>sums</b> — no longer asked",
      ]
    `);
    expect(firstLines('zh')).toMatchInlineSnapshot(`
      [
        "🤝 <b>sums</b> — Ada 让智能体来解决",
        "🌿 <b>sums</b> — 7 选择保留两个分支",
        "⏹ <b>sums</b> — 命令行用户 已取消",
        "⌛ <b>sums</b> — 30 分钟内无人答复，已保留两个分支",
        "⚪ <b>sums</b> — 不再需要答复",
      ]
    `);
  });

  it('has a button for each choice, which names the task and the run', () => {
    const presses = conflictKeyboard(asked, 'en')
      .inline_keyboard.flat()
      .map(({ callback_data }) => decodePress(callback_data));
    expect(presses).toEqual(
      ['conflictResolve', 'conflictKeep', 'conflictCancel'].map((action) => ({
        action,
        taskId: 'task-5-2',
        run: 2,
        detail: '',
      })),
    );
  });

  it('breaks nothing by what files and tasks are called', () => {
    const text = html({ files: ['<b>\n`x`.ts', ''], other_task_name: '<i>&\n', branch: 'a<b' }, 'en');
    expect(text).not.toMatch(/<i>|<b>\n/);
    expect(text).toContain('a&lt;b');
  });
});

describe('other words about conflicts', () => {
  it('are said of two tasks that both go on', () => {
    const met = {
      ...about,
      kind: 'met',
      run: 1,
      other_task_id: 'task-5-1',
      other_task_name: 'calc',
      file: 'src/a.ts',
    } as const;
    expect(isNotification(met)).toBe(true);
    expect(renderMet(met, 'en').messages[0]?.text).toMatchInlineSnapshot(
      `"⚠️ sums — “calc” (task-5-1) has changed the same file; both go on: src/a.ts"`,
    );
    expect(renderMet(met, 'zh').messages[0]?.text).toMatchInlineSnapshot(
      `"⚠️ sums — “calc”（task-5-1）改过同一个文件，两个任务都继续运行：src/a.ts"`,
    );
  });

  it('are said of a task that waits', () => {
    const paused: EndedNotification = {
      ...about,
      kind: 'ended',
      run: 2,
      outcome: 'paused',
      reason: 'conflict',
      text: 'src/a.ts — “calc” (task-5-1)',
      output_file: null,
      duration_ms: null,
      cost_usd: null,
      usage: null,
      changed_files: [],
      note: null,
    };
    expect(renderNotification(paused, 'en').messages[0]?.text).toMatchInlineSnapshot(`
      "⏸ sums — paused: another task works on the same files
      src/a.ts — “calc” (task-5-1)

      💡 It goes on by itself when the other task has ended.
      Go on: ccdispatch tasks resume task-5-2"
    `);
    expect(renderNotification(paused, 'zh').messages[0]?.text).toMatchInlineSnapshot(`
      "⏸ sums — 已暂停：另一个任务正在修改相同的文件
      src/a.ts — “calc” (task-5-1)

      💡 另一个任务结束后，它会自动继续。
      继续：ccdispatch tasks resume task-5-2"
    `);
  });

  it('are read from the outbox only whole', () => {
    expect(isNotification(asked)).toBe(true);
    expect(isNotification({ ...asked, files: [1] })).toBe(false);
    expect(isNotification({ ...asked, answer: { choice: 'merge', how: 'person', by: null, by_name: null } })).toBe(
      false,
    );
  });
});
