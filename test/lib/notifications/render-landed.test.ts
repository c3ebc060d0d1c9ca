// What a chat is told of the branch of a task, in both languages, and the buttons under it.

import { describe, expect, it } from 'vitest';
import { decodePress, landedKeyboard, resultKeyboard } from '../../../src/lib/notifications/buttons.ts';
import { type LandedNotification, landedCodes } from '../../../src/lib/notifications/notification.ts';
import { renderLanded } from '../../../src/lib/notifications/render-landed.ts';
import { endedOf } from './notices.ts';

const landed: LandedNotification = {
  kind: 'landed',
  task_id: 'task-123-1763600000000',
  task_name: 'calc',
  agent: 'claude',
  yolo: false,
  from_chat: true,
  run: 1,
  outcome: 'merged',
  branch: 'ccdispatch/task-123-1763600000000',
  into: 'main',
  folder: null,
  files: [],
  url: null,
  commands: [],
  detail: null,
  is_new: true,
};

/** What comes with each outcome. */
const details: Partial<Record<LandedNotification['outcome'], Partial<LandedNotification>>> = {
  conflict: { files: ['src/a <b>.ts', 'b.ts'] },
  dirty: { folder: '/home/ada/app', files: ['a.ts'] },
  'under-way': { folder: '/home/ada/app' },
  locked: {
    folder: '/home/ada/app',
    detail: '/home/ada/app/.git/index.lock',
    commands: ['rm /home/ada/app/.git/index.lock', 'git -C /home/ada/app status'],
  },
  'no-branch': { into: 'v1.0' },
  elsewhere: { detail: 'refs/ccdispatch/kept/task-123-1763600000000/1' },
  refused: { detail: 'The following untracked working tree files would be overwritten by merge:\n\tc.txt' },
  pushed: { into: 'origin', commands: ["(cd /home/ada/app && gh pr create --head x --title 'calc' --fill)"] },
  'no-remote': { folder: '/home/ada/app' },
  'not-pushed': { detail: 'remote: Permission denied', commands: ['git -C /home/ada/app push origin x'] },
  failed: { detail: 'The branch x is not there any more in /home/ada/app.' },
};

const show = (change: Partial<LandedNotification>, language: 'en' | 'zh') =>
  renderLanded({ ...landed, ...change }, language).messages.map(({ text }) => text);

const all = [
  ...landedCodes.map((outcome) => ({ outcome, ...details[outcome] })),
  { outcome: 'merged' as const, is_new: false },
  { outcome: 'merged' as const, has_merges: true },
  { outcome: 'pushed' as const, url: 'https://example.org/pull/7', into: 'origin' },
];

describe('the news about a task branch', () => {
  it('says what happened and what can be done', () => {
    expect(all.flatMap((change) => show(change, 'en')).join('\n\n')).toMatchInlineSnapshot(`
      "🔀 calc — merged into main

      ℹ️ calc — its branch has no commit of its own

      ⚠️ calc — not merged: main has changed the same files
      📄 Files: src/a <b>.ts, b.ts
      💡 Nothing was changed. The agent can bring both sides together, or you can push the branch as it is.

      ⚠️ calc — not merged: main is checked out in /home/ada/app, with changes that are not committed
      📄 Files: a.ts
      💡 When that is done, type: /merge task-123-1763600000000

      ⚠️ calc — not merged: a rebase or merge is under way with main in /home/ada/app
      💡 When that is done, type: /merge task-123-1763600000000

      ⚠️ calc — not merged: a git that works on main, or was cut off there, holds /home/ada/app/.git/index.lock
      If no git runs there, remove its lock, and look whether files were left half changed:
      rm /home/ada/app/.git/index.lock
      git -C /home/ada/app status
      💡 When that is done, type: /merge task-123-1763600000000

      ⚠️ calc — not merged: it started from v1.0, which is no local branch
      💡 To push it, type: /pr task-123-1763600000000

      ⚠️ calc — not merged: the branch main is not there any more
      💡 To push it, type: /pr task-123-1763600000000

      ⚠️ calc — the agent left its work in the middle of something; it is kept as refs/ccdispatch/kept/task-123-1763600000000/1
      💡 Let the agent finish what it began: continue the task.

      ⚠️ calc — not merged into main
      The following untracked working tree files would be overwritten by merge:
      	c.txt
      💡 When that is done, type: /merge task-123-1763600000000

      🔀 calc — ccdispatch/task-123-1763600000000 is pushed to origin
      To open a pull request, type:
      (cd /home/ada/app && gh pr create --head x --title 'calc' --fill)

      ⚠️ calc — not pushed: /home/ada/app has no remote

      ⚠️ calc — not pushed
      remote: Permission denied
      By hand:
      git -C /home/ada/app push origin x

      ⚠️ calc — its branch stays as it is
      The branch x is not there any more in /home/ada/app.

      🔀 calc — is in main already

      🔀 calc — merged into main
      ℹ️ History is no line here: a merge commit is in it, as its agent had merged itself, or its commits fit only as a whole.

      ⬆️ calc — pull request
      https://example.org/pull/7"
    `);
  });

  it('says the same in Chinese', () => {
    expect(all.flatMap((change) => show(change, 'zh')).join('\n\n')).toMatchInlineSnapshot(`
      "🔀 calc — 已合并到 main

      ℹ️ calc — 它的分支没有自己的提交

      ⚠️ calc — 未合并：main 也改了同样的文件
      📄 文件：src/a <b>.ts、b.ts
      💡 没有任何内容被改动。可以让智能体把两边合到一起，也可以照原样推送这个分支。

      ⚠️ calc — 未合并：main 正检出在 /home/ada/app，那里有未提交的改动
      📄 文件：a.ts
      💡 处理好之后，请输入：/merge task-123-1763600000000

      ⚠️ calc — 未合并：/home/ada/app 里的 main 正在变基或合并
      💡 处理好之后，请输入：/merge task-123-1763600000000

      ⚠️ calc — 未合并：有 git 正在处理 main，或曾在那里被中断，它占着 /home/ada/app/.git/index.lock
      如果那里没有 git 在运行，请删除它的锁，并看看有没有改到一半的文件：
      rm /home/ada/app/.git/index.lock
      git -C /home/ada/app status
      💡 处理好之后，请输入：/merge task-123-1763600000000

      ⚠️ calc — 未合并：它从 v1.0 开始，而那不是本地分支
      💡 要推送它，请输入：/pr task-123-1763600000000

      ⚠️ calc — 未合并：分支 main 已不存在
      💡 要推送它，请输入：/pr task-123-1763600000000

      ⚠️ calc — 智能体的操作做到一半；内容保存在 refs/ccdispatch/kept/task-123-1763600000000/1
      💡 请继续这个任务，让智能体做完手头的操作。

      ⚠️ calc — 未能合并到 main
      The following untracked working tree files would be overwritten by merge:
      	c.txt
      💡 处理好之后，请输入：/merge task-123-1763600000000

      🔀 calc — ccdispatch/task-123-1763600000000 已推送到 origin
      要创建拉取请求，请输入：
      (cd /home/ada/app && gh pr create --head x --title 'calc' --fill)

      ⚠️ calc — 未推送：/home/ada/app 没有远程仓库

      ⚠️ calc — 未推送
      remote: Permission denied
      手动执行：
      git -C /home/ada/app push origin x

      ⚠️ calc — 它的分支保持不变
      The branch x is not there any more in /home/ada/app.

      🔀 calc — 已经在 main 里了

      🔀 calc — 已合并到 main
      ℹ️ 这里的历史不是一条直线：其中有合并提交，因为智能体自己合并过，或者它的提交只有整体才放得上去。

      ⬆️ calc — 拉取请求
      https://example.org/pull/7"
    `);
  });

  it('names commands of a shell for a task from there', () => {
    expect(show({ outcome: 'refused', from_chat: false }, 'en').join()).toContain(
      `ccdispatch tasks merge ${landed.task_id}`,
    );
  });

  it('shows names as they are, never as format', () => {
    const [message] = renderLanded({ ...landed, outcome: 'conflict', files: ['<b>x</b>'], into: '<i>' }, 'en').messages;
    expect(message?.html).toContain('&lt;b&gt;x&lt;/b&gt;');
    expect(message?.html).toContain('&lt;i&gt;');
  });

  it('carries buttons for what can still be done', () => {
    const actions = (outcome: LandedNotification['outcome'], change = {}) =>
      (landedKeyboard({ ...landed, outcome, ...change }, 'en')?.inline_keyboard ?? [])
        .flat()
        .map(({ callback_data }) => decodePress(callback_data)?.action);
    expect(actions('merged')).toEqual([]);
    expect(actions('conflict')).toEqual(['resolve', 'pr', 'diff']);
    expect(actions('dirty')).toEqual(['merge', 'pr', 'diff', 'discard']);
    expect(actions('pushed', { url: 'https://example.org' })).toEqual([]);
  });
});

describe('the result of a task with a branch', () => {
  it('carries buttons for it', () => {
    const work = { branch: 'b', files: 1, insertions: 2, deletions: 0 };
    const shown = resultKeyboard(endedOf({ work }), 'en').inline_keyboard.map((row) => row.map(({ text }) => text));
    expect(shown.slice(0, 2)).toEqual([
      ['🔀 Merge', '⬆️ Pull request'],
      ['🔍 Diff', '🗑 Discard'],
    ]);
  });
});
