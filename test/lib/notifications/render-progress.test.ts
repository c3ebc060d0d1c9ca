/** Every message that is edited as tasks go, as the chat gets it, in both languages. */

import { describe, expect, it } from 'vitest';
import type { Language } from '../../../src/lib/notifications/notification.ts';
import { waitingCodes } from '../../../src/lib/notifications/notification.ts';
import { renderClosing, renderProgress, renderShared } from '../../../src/lib/notifications/render-progress.ts';
import { endedOf, progressOf } from './notices.ts';

const now = Date.parse('2026-11-20T10:00:00Z');
const started_at = '2026-11-20T09:57:55.400Z';

const progress = (changes: Parameters<typeof progressOf>[0], language: Language) =>
  renderProgress(progressOf(changes), language, now).html;

describe('the progress message of a run', () => {
  it('waits its turn', () => {
    const queued = (language: Language) =>
      [null, 1, 4].map((position) => progress({ state: 'queued', position }, language)).join('\n');
    expect(queued('en')).toMatchInlineSnapshot(`
      "⏳ <b>calc</b> — queued
      ⏳ <b>calc</b> — queued, next in line
      ⏳ <b>calc</b> — queued, number 4 in line"
    `);
    expect(queued('zh')).toMatchInlineSnapshot(`
      "⏳ <b>calc</b> — 排队中
      ⏳ <b>calc</b> — 排队中，下一个就是它
      ⏳ <b>calc</b> — 排队中，第 4 位"
    `);
  });

  it('says above all that it waits for an answer', () => {
    const asking = { started_at, waiting_for: 'approval', tool: { name: 'Bash', target: 'npm test' } } as const;
    expect(progress(asking, 'en')).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — waiting for your answer
      🔧 Bash <code>npm test</code>"
    `);
    expect(progress(asking, 'zh')).toMatchInlineSnapshot(`
      "❓ <b>calc</b> — 等待你的答复
      🔧 Bash <code>npm test</code>"
    `);
    const shared = renderShared([progressOf(asking), progressOf({ started_at })], 'en', now).text;
    expect(shared).toMatchInlineSnapshot(`
      "🗂 2 tasks at work
      ❓ calc · Bash · 2 min
      ▶️ calc · 2 min"
    `);
  });

  it('says what it waits for, whatever that is', () => {
    const codes = [
      ...waitingCodes.filter((code) => !['resume_at', 'at', 'after'].includes(code)),
      'resume_at:2026-11-20T10:25:10Z',
      'resume_at:?',
      `at:${new Date(2026, 10, 21, 9).toISOString()}`,
      'at:?',
      'after:task-1-2:calc: the second',
      'full_moon',
      'constructor',
    ];
    const waiting = (language: Language) =>
      codes.map((waiting_for) => progress({ state: 'queued', waiting_for }, language).split('\n')[1]).join('\n');
    expect(waiting('en')).toMatchInlineSnapshot(`
      "all places are taken
      as many of your tasks run as may at once
      the last place is kept for others
      another task is using this conversation
      its turn comes after what runs in the session; /now says something at once
      the message before it is paused
      somebody works in the session at a terminal
      another task is working in this folder
      the machine is short of memory
      the token rate is used up for the moment
      waiting for its turn at the disk
      the disk is full
      on hold until somebody starts it
      waiting for your answer
      no account is free
      the usage limit is reached
      goes on in 26 min
      resume_at:?
      starts at 2026-11-21 09:00
      starts at ?
      starts when “calc: the second” (task-1-2) has ended
      full_moon
      constructor"
    `);
    expect(waiting('zh')).toMatchInlineSnapshot(`
      "所有位置都已占用
      你同时运行的任务已达上限
      最后一个位置留给其他人
      另一个任务正在使用这个会话
      等会话里正在进行的一轮结束后轮到它；/now 可立即插话
      它前面的那条消息已暂停
      有人正在终端里使用这个会话
      另一个任务正在这个目录里工作
      机器内存不足
      当前的 token 速率已用完
      正在等待轮到它使用磁盘
      磁盘已满
      已搁置，等待有人启动
      等待你的答复
      没有空闲的账号
      已达到用量上限
      26 分钟后继续
      resume_at:?
      将在 2026-11-21 09:00 开始
      将在 ? 开始
      等“calc: the second”（task-1-2）结束后开始
      full_moon
      constructor"
    `);
  });

  it('works, with the tool and the tokens', () => {
    const tool = { name: 'Bash', target: 'npm test && echo "<ok>"' };
    const changes = { started_at, tool, usage: { input_tokens: 800, output_tokens: 2_345_678 }, yolo: true };
    expect(progress(changes, 'en')).toMatchInlineSnapshot(`
      "▶️ <b>calc</b> — working, 2 min 4 s · ⚠️ YOLO
      🔧 Bash <code>npm test &amp;&amp; echo &quot;&lt;ok&gt;&quot;</code>
      800 in, 2.3M out"
    `);
    expect(progress(changes, 'zh')).toMatchInlineSnapshot(`
      "▶️ <b>calc</b> — 工作中，2 分钟 4 秒 · ⚠️ YOLO
      🔧 Bash <code>npm test &amp;&amp; echo &quot;&lt;ok&gt;&quot;</code>
      输入 800，输出 2.3M"
    `);
    expect(progress({ tool: { name: 'TodoWrite', target: null } }, 'en')).toMatchInlineSnapshot(`
      "▶️ <b>calc</b> — working
      🔧 TodoWrite"
    `);
  });

  it('is paused', () => {
    expect(progress({ state: 'paused', waiting_for: 'approval' }, 'en')).toMatchInlineSnapshot(`
      "⏸ <b>calc</b> — paused
      waiting for your answer"
    `);
    expect(progress({ state: 'paused', waiting_for: 'approval' }, 'zh')).toMatchInlineSnapshot(`
      "⏸ <b>calc</b> — 已暂停
      等待你的答复"
    `);
  });

  it('closes with a pointer to the result', () => {
    const closing = (language: Language) =>
      (['completed', 'failed', 'cancelled', 'paused'] as const)
        .map((outcome) => renderClosing(progressOf(), endedOf({ outcome }), 'below', language).html)
        .join('\n');
    expect(closing('en')).toMatchInlineSnapshot(`
      "✅ <b>calc</b> — done, see below
      ❌ <b>calc</b> — failed, see below
      ⏹ <b>calc</b> — stopped, see below
      ⏸ <b>calc</b> — paused, see below"
    `);
    expect(closing('zh')).toMatchInlineSnapshot(`
      "✅ <b>calc</b> — 已完成，见下方
      ❌ <b>calc</b> — 失败，见下方
      ⏹ <b>calc</b> — 已停止，见下方
      ⏸ <b>calc</b> — 已暂停，见下方"
    `);
    expect(progress({ state: 'ended', outcome: 'cancelled' }, 'en')).toMatchInlineSnapshot(`"⏹ <b>calc</b> — stopped"`);
  });

  it('says where the answer is when its sending was interrupted', () => {
    expect(renderClosing(progressOf(), endedOf(), 'uncertain', 'en').html).toMatchInlineSnapshot(`
      "✅ <b>calc</b> — done
      The connection broke while the answer was on its way. If you do not see it here, type: <code>ccdispatch tasks show task-123-1763600000000</code>"
    `);
    expect(renderClosing(progressOf(), endedOf({ outcome: 'failed' }), 'uncertain', 'zh').html).toMatchInlineSnapshot(`
      "❌ <b>calc</b> — 失败
      答复发送途中连接断开。如果这里没有看到答复，请输入：<code>ccdispatch tasks show task-123-1763600000000</code>"
    `);
  });
});

it('says where the answer is when Telegram did not take it', () => {
  expect(renderClosing(progressOf(), endedOf(), 'nowhere', 'en').html).toMatchInlineSnapshot(`
    "✅ <b>calc</b> — done
    Telegram did not take the answer. To see it, type: <code>ccdispatch tasks show task-123-1763600000000</code>"
  `);
  expect(renderClosing(progressOf(), endedOf(), 'nowhere', 'zh').html).toMatchInlineSnapshot(`
    "✅ <b>calc</b> — 已完成
    Telegram 没有接受这条答复。要查看它，请输入：<code>ccdispatch tasks show task-123-1763600000000</code>"
  `);
});

describe('the message that many tasks share', () => {
  const tasks = [
    progressOf({ task_name: 'queued one', state: 'queued', position: 1 }),
    progressOf({ task_name: 'calc', started_at, tool: { name: 'Bash', target: 'npm test' } }),
    progressOf({ task_name: 'docs', yolo: true }),
    progressOf({ task_name: 'over', state: 'ended' }),
  ];

  it('lists the tasks at work first, then the others', () => {
    expect(renderShared(tasks, 'en', now).html).toMatchInlineSnapshot(`
      "🗂 <b>2 tasks at work, 1 waiting</b>
      ▶️ calc · Bash · 2 min
      ▶️ docs ⚠️ YOLO
      ⏳ queued one"
    `);
    expect(renderShared(tasks, 'zh', now).html).toMatchInlineSnapshot(`
      "🗂 <b>2 个任务进行中，1 个等待中</b>
      ▶️ calc · Bash · 2 分钟
      ▶️ docs ⚠️ YOLO
      ⏳ queued one"
    `);
    expect(renderShared([progressOf()], 'zh', now).html).toMatchInlineSnapshot(`
      "🗂 <b>1 个任务进行中</b>
      ▶️ calc"
    `);
  });

  it('names fifteen and counts the others', () => {
    const many = Array.from({ length: 40 }, (_, index) => progressOf({ task_name: `t${index}`.repeat(60) }));
    const { text } = renderShared(many, 'en', now);
    expect(text.split('\n').at(-1)).toBe('… and 25 more');
    expect(text.length).toBeLessThan(1500);
  });

  it('closes when all have ended', () => {
    expect(renderShared([], 'en', now).html).toMatchInlineSnapshot(`"🏁 All of these tasks have ended, see below."`);
    expect(renderShared([], 'zh', now).html).toMatchInlineSnapshot(`"🏁 这些任务都已结束，见下方。"`);
  });
});
