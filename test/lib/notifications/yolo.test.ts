/** Every message about a task that runs without permission prompts says so, in both languages, in each of its parts. */

import { expect, it } from 'vitest';
import type { Language, ProgressNotification } from '../../../src/lib/notifications/notification.ts';
import { type Rendered, type RenderedMessage, renderNotification } from '../../../src/lib/notifications/render.ts';
import { renderConflict, renderMet } from '../../../src/lib/notifications/render-conflict.ts';
import { renderClosing, renderProgress, renderShared } from '../../../src/lib/notifications/render-progress.ts';
import { renderQuestion } from '../../../src/lib/notifications/render-question.ts';
import { endedOf, interimOf, progressOf, questionOf } from './notices.ts';

const yolo = { yolo: true };
const now = Date.parse('2026-11-20T10:00:00Z');
const long = Array.from({ length: 400 }, (_, line) => `Line ${line} of a long answer.`).join('\n\n');
const longer = long.repeat(4);
const asked = {
  task_id: 'task-123-1763600000000',
  task_name: 'calc',
  agent: 'claude',
  ...yolo,
  run: 1,
  other_task_id: 'task-123-1763600000001',
  other_task_name: 'other',
};
const choice = { choice: 'keep', how: 'person', by: '5', by_name: 'Ada' } as const;
const answer = { answer: 'allow', scope: 'once', how: 'person', by: '5', by_name: 'Ada' } as const;

const one = (message: RenderedMessage): Rendered => ({ messages: [message], document: null });
const progress = (fields: Partial<ProgressNotification>, language: Language) =>
  one(renderProgress(progressOf({ ...yolo, ...fields }), language, now));

/** Each message that there is. */
const kinds: Record<string, (language: Language) => Rendered> = {
  placeholder: (language) => progress({ state: 'queued', position: 2, waiting_for: 'slots' }, language),
  'held placeholder': (language) => progress({ state: 'paused', waiting_for: 'hold' }, language),
  progress: (language) => progress({ tool: { name: 'Bash', target: 'npm test' } }, language),
  'progress, asking': (language) => progress({ waiting_for: 'approval' }, language),
  'progress, ended': (language) => progress({ state: 'ended', outcome: 'completed' }, language),
  'progress, closed': (language) =>
    one(renderClosing(progressOf(yolo), endedOf({ ...yolo, outcome: 'paused' }), 'below', language)),
  'progress, answer uncertain': (language) =>
    one(renderClosing(progressOf(yolo), endedOf(yolo), 'uncertain', language)),
  'shared message': (language) => one(renderShared([progressOf(yolo)], language, now)),
  interim: (language) => renderNotification(interimOf({ ...yolo, background: ['npm test'] }), language),
  result: (language) => renderNotification(endedOf(yolo), language),
  'result in pages': (language) => renderNotification(endedOf({ ...yolo, text: long }), language),
  'result with a file': (language) => renderNotification(endedOf({ ...yolo, text: longer }), language),
  failed: (language) => renderNotification(endedOf({ ...yolo, outcome: 'failed', reason: 'timeout' }), language),
  cancelled: (language) => renderNotification(endedOf({ ...yolo, outcome: 'cancelled', reason: 'user' }), language),
  paused: (language) => renderNotification(endedOf({ ...yolo, outcome: 'paused', reason: 'conflict' }), language),
  question: (language) => renderQuestion(questionOf(yolo), language, true),
  'question, answered': (language) => renderQuestion(questionOf({ ...yolo, answer }), language, true),
  'question with a file': (language) => renderQuestion(questionOf({ ...yolo, input_file: '/i.txt' }), language, false),
  conflict: (language) =>
    renderConflict(
      { ...asked, kind: 'conflict', branch: 'main', files: ['a.txt'], patience_ms: 1000, answer: null },
      language,
      false,
    ),
  'conflict, answered': (language) =>
    renderConflict(
      { ...asked, kind: 'conflict', branch: 'main', files: ['a.txt'], patience_ms: 1000, answer: choice },
      language,
      true,
    ),
  met: (language) => renderMet({ ...asked, kind: 'met', file: 'a.txt' }, language),
};

const cases = Object.entries(kinds).flatMap(([kind, render]) =>
  (['en', 'zh'] as const).map((language) => [kind, language, render(language)] as const),
);
const textsOf = ({ messages, document }: Rendered) => [...messages, ...(document ? [document.caption] : [])];

it.each(cases)('%s (%s)', (_kind, _language, rendered) => {
  for (const { text, html } of textsOf(rendered)) {
    expect(text).toContain('⚠️ YOLO');
    expect(html).toContain('⚠️ YOLO');
  }
});

it('shows the mark behind the name and how the task stands', () => {
  const markOf = ({ text }: RenderedMessage) => text.split('\n').find((line) => line.includes('YOLO'));
  const marks = cases.map(([kind, , rendered]) => `${kind}: ${textsOf(rendered).map(markOf).join(' / ')}`);
  expect(marks.join('\n')).toMatchInlineSnapshot(`
    "placeholder: ⏳ calc — queued, number 2 in line · ⚠️ YOLO
    placeholder: ⏳ calc — 排队中，第 2 位 · ⚠️ YOLO
    held placeholder: ⏸ calc — paused · ⚠️ YOLO
    held placeholder: ⏸ calc — 已暂停 · ⚠️ YOLO
    progress: ▶️ calc — working · ⚠️ YOLO
    progress: ▶️ calc — 工作中 · ⚠️ YOLO
    progress, asking: ❓ calc — waiting for your answer · ⚠️ YOLO
    progress, asking: ❓ calc — 等待你的答复 · ⚠️ YOLO
    progress, ended: ✅ calc — done · ⚠️ YOLO
    progress, ended: ✅ calc — 已完成 · ⚠️ YOLO
    progress, closed: ⏸ calc — paused, see below · ⚠️ YOLO
    progress, closed: ⏸ calc — 已暂停，见下方 · ⚠️ YOLO
    progress, answer uncertain: ✅ calc — done · ⚠️ YOLO
    progress, answer uncertain: ✅ calc — 已完成 · ⚠️ YOLO
    shared message: ▶️ calc ⚠️ YOLO
    shared message: ▶️ calc ⚠️ YOLO
    interim: 💬 calc — so far · ⚠️ YOLO
    interim: 💬 calc — 阶段结果 · ⚠️ YOLO
    result: ✅ calc · ⚠️ YOLO
    result: ✅ calc · ⚠️ YOLO
    result in pages: ✅ calc (1/3) · ⚠️ YOLO / ✅ calc (2/3) · ⚠️ YOLO / ✅ calc (3/3) · ⚠️ YOLO
    result in pages: ✅ calc (1/3) · ⚠️ YOLO / ✅ calc (2/3) · ⚠️ YOLO / ✅ calc (3/3) · ⚠️ YOLO
    result with a file: ✅ calc · ⚠️ YOLO / calc — the whole answer · ⚠️ YOLO
    result with a file: ✅ calc · ⚠️ YOLO / calc — 完整答复 · ⚠️ YOLO
    failed: ❌ calc — failed: it took too long · ⚠️ YOLO
    failed: ❌ calc — 失败：运行时间过长 · ⚠️ YOLO
    cancelled: ⏹ calc — stopped · ⚠️ YOLO
    cancelled: ⏹ calc — 已停止 · ⚠️ YOLO
    paused: ⏸ calc — paused: another task works on the same files · ⚠️ YOLO
    paused: ⏸ calc — 已暂停：另一个任务正在修改相同的文件 · ⚠️ YOLO
    question: ❓ calc — may it use Bash? · ⚠️ YOLO
    question: ❓ calc — 可以使用 Bash 吗？ · ⚠️ YOLO
    question, answered: 👍 calc — Bash: allowed once by Ada · ⚠️ YOLO
    question, answered: 👍 calc — Bash：Ada 允许了一次 · ⚠️ YOLO
    question with a file: ❓ calc — may it use Bash? · ⚠️ YOLO / calc — all that it asks for · ⚠️ YOLO
    question with a file: ❓ calc — 可以使用 Bash 吗？ · ⚠️ YOLO / calc — 它请求的全部内容 · ⚠️ YOLO
    conflict: ❓ calc — its work does not fit onto main · ⚠️ YOLO
    conflict: ❓ calc — 它的改动与 main 冲突 · ⚠️ YOLO
    conflict, answered: 🌿 calc — both branches are kept, says Ada · ⚠️ YOLO
    conflict, answered: 🌿 calc — Ada 选择保留两个分支 · ⚠️ YOLO
    met: ⚠️ calc — “other” (task-123-1763600000001) has changed the same file; both go on · ⚠️ YOLO: a.txt
    met: ⚠️ calc — “other”（task-123-1763600000001）改过同一个文件，两个任务都继续运行 · ⚠️ YOLO：a.txt"
  `);
});

it('has messages of several parts among them', () => {
  expect(kinds['result in pages']?.('en').messages.length).toBeGreaterThan(1);
  expect(kinds['result with a file']?.('en').document).not.toBe(null);
  expect(kinds['question with a file']?.('en').document).not.toBe(null);
});

it('says nothing of the kind where there are prompts', () => {
  const plain = [
    renderNotification(endedOf({ text: longer }), 'en'),
    one(renderShared([progressOf()], 'en', now)),
    renderQuestion(questionOf({ input_file: '/i.txt' }), 'en', true),
  ];
  expect(JSON.stringify(plain)).not.toContain('YOLO');
});
