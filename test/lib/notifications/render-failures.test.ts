/** What a chat is told about a run that did not complete, and what to type next, in both languages. */

import { expect, it } from 'vitest';
import type { EndedNotification, Language } from '../../../src/lib/notifications/notification.ts';
import { renderNotification } from '../../../src/lib/notifications/render.ts';
import { reasonCodes } from '../../../src/lib/notifications/texts.ts';
import { endedOf } from './notices.ts';

function failed(changes: Partial<EndedNotification>, language: Language): string {
  const { messages } = renderNotification(endedOf({ outcome: 'failed', text: '', ...changes }), language);
  return messages.map((message) => message.html).join('\n=====\n');
}

/** Head and advice for every reason, the commands left out. */
function reasons(language: Language): string {
  const lines = [...reasonCodes, 'quota'].flatMap((reason) => failed({ reason }, language).split('\n'));
  return lines.filter((line) => !line.includes('<code>')).join('\n');
}

it('says why, for every reason', () => {
  expect(reasons('en')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — failed: the task before it did not succeed
    ❌ <b>calc</b> — failed: the agent reported an error
    ❌ <b>calc</b> — failed: the agent is not logged in
    💡 Log the agent in on the machine, or check its key; then retry.
    ❌ <b>calc</b> — failed: the budget is used up
    💡 A retry goes on where it stopped, with the same budget again.
    ❌ <b>calc</b> — failed: another task works on the same files
    💡 Retry when the other task is done.
    ❌ <b>calc</b> — failed: the conversation it should continue does not exist
    💡 Ask again without continuing.
    ❌ <b>calc</b> — failed: the access of whoever asked for it is switched off
    ❌ <b>calc</b> — failed: the disk is full
    💡 Free some space, then retry.
    ❌ <b>calc</b> — failed: on hold until somebody starts it
    ❌ <b>calc</b> — failed: it was interrupted
    ❌ <b>calc</b> — failed: the usage limit is reached
    💡 Retry when the limit is reset.
    ❌ <b>calc</b> — failed: the agent vanished, nobody saw how it ended
    ❌ <b>calc</b> — failed: the machine is short of memory
    ❌ <b>calc</b> — failed: the model is overloaded
    💡 Retry in a few minutes.
    ❌ <b>calc</b> — failed: the agent could not be started
    💡 See what is missing, then retry.
    ❌ <b>calc</b> — failed: it took too long
    💡 A retry goes on where it stopped.
    ❌ <b>calc</b> — failed: on request
    ❌ <b>calc</b> — failed: its folder is not there
    💡 Make the folder again, then retry.
    ❌ <b>calc</b> — failed: its worktree could not be made
    💡 Mend what is said there, then retry.
    ❌ <b>calc</b> — failed: quota"
  `);
  expect(reasons('zh')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — 失败：它前面的任务没有成功
    ❌ <b>calc</b> — 失败：智能体报告了错误
    ❌ <b>calc</b> — 失败：智能体尚未登录
    💡 请在机器上登录智能体或检查密钥，然后重试。
    ❌ <b>calc</b> — 失败：预算已用完
    💡 重试会从中断处继续，预算与之前相同。
    ❌ <b>calc</b> — 失败：另一个任务正在修改相同的文件
    💡 等另一个任务结束后再重试。
    ❌ <b>calc</b> — 失败：要继续的会话不存在
    💡 请不要接着它，重新提出。
    ❌ <b>calc</b> — 失败：提出者的使用权限已关闭
    ❌ <b>calc</b> — 失败：磁盘已满
    💡 请先腾出一些空间，然后重试。
    ❌ <b>calc</b> — 失败：暂不运行，等人启动
    ❌ <b>calc</b> — 失败：被中断
    ❌ <b>calc</b> — 失败：已达到用量上限
    💡 上限重置后再重试。
    ❌ <b>calc</b> — 失败：智能体消失了，没有人看到它如何结束
    ❌ <b>calc</b> — 失败：机器内存不足
    ❌ <b>calc</b> — 失败：模型过载
    💡 过几分钟再重试。
    ❌ <b>calc</b> — 失败：无法启动智能体
    💡 先看看缺少什么，然后重试。
    ❌ <b>calc</b> — 失败：运行时间过长
    💡 重试会从中断处继续。
    ❌ <b>calc</b> — 失败：应要求
    ❌ <b>calc</b> — 失败：工作目录不存在
    💡 请重新建立该目录，然后重试。
    ❌ <b>calc</b> — 失败：无法建立它的工作树
    💡 请解决上面所说的问题，然后重试。
    ❌ <b>calc</b> — 失败：quota"
  `);
});

it('shows what the agent said, and what to type next', () => {
  const changes = { reason: null, text: 'API Error: `529` overloaded', duration_ms: 900 };
  expect(failed(changes, 'en')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — failed
    API Error: <code>529</code> overloaded

    ⏱ 900 ms
    Logs: <code>ccdispatch tasks logs task-123-1763600000000</code>
    Retry: <code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
  expect(failed(changes, 'zh')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — 失败
    API Error: <code>529</code> overloaded

    ⏱ 900 毫秒
    日志：<code>ccdispatch tasks logs task-123-1763600000000</code>
    重试：<code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
});

it('names commands of the bot to who asked in a chat', () => {
  expect(failed({ from_chat: true, reason: 'timeout' }, 'en')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — failed: it took too long
    💡 A retry goes on where it stopped.
    Logs: <code>/logs task-123-1763600000000</code>
    Retry: <code>/retry task-123-1763600000000</code>"
  `);
  expect(failed({ from_chat: true, outcome: 'cancelled', reason: 'user' }, 'zh')).toMatchInlineSnapshot(`
    "⏹ <b>calc</b> — 已停止
    重试：<code>/retry task-123-1763600000000</code>"
  `);
});

it('names the doctor where something is not set up', () => {
  expect(failed({ reason: 'spawn' }, 'en')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — failed: the agent could not be started
    💡 See what is missing, then retry.
    Check: <code>ccdispatch doctor</code>
    Retry: <code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
  expect(failed({ reason: 'auth' }, 'zh')).toMatchInlineSnapshot(`
    "❌ <b>calc</b> — 失败：智能体尚未登录
    💡 请在机器上登录智能体或检查密钥，然后重试。
    检查：<code>ccdispatch doctor</code>
    重试：<code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
});

it('was stopped', () => {
  expect(failed({ outcome: 'cancelled', reason: 'user' }, 'en')).toMatchInlineSnapshot(`
    "⏹ <b>calc</b> — stopped
    Retry: <code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
  expect(failed({ outcome: 'cancelled', reason: 'user' }, 'zh')).toMatchInlineSnapshot(`
    "⏹ <b>calc</b> — 已停止
    重试：<code>ccdispatch tasks retry task-123-1763600000000</code>"
  `);
});

it('is paused', () => {
  expect(failed({ outcome: 'paused', reason: 'limit' }, 'en')).toMatchInlineSnapshot(`
    "⏸ <b>calc</b> — paused: the usage limit is reached
    Go on: <code>ccdispatch tasks resume task-123-1763600000000</code>"
  `);
  expect(failed({ outcome: 'paused', reason: 'limit' }, 'zh')).toMatchInlineSnapshot(`
    "⏸ <b>calc</b> — 已暂停：已达到用量上限
    继续：<code>ccdispatch tasks resume task-123-1763600000000</code>"
  `);
});
