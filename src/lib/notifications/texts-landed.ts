/** Every sentence about a task's branch that a chat or a shell can get: what stands on it, and what became of it. */

import type { Language } from './notification.ts';

/** What a button or a word in a chat does with a task's branch. */
export type LandingAction = 'merge' | 'pr' | 'diff' | 'discard';

export interface LandedTexts {
  /** Buttons under a result, and the one that lets the agent bring both sides together. */
  buttons: Record<LandingAction | 'resolve', string>;
  /** Under a result. */
  work(files: number, insertions: number, deletions: number, branch: string): string;
  /** Behind the task's name. */
  merged(into: string): string;
  mergedBefore(into: string): string;
  /** On a line of its own. */
  hasMerges: string;
  nothing: string;
  conflict(into: string): string;
  dirty(into: string, folder: string): string;
  underWay(into: string, folder: string): string;
  locked(into: string, lock: string): string;
  noBranch(base: string): string;
  baseGone(into: string): string;
  elsewhere(ref: string): string;
  refused(into: string): string;
  pushed(branch: string, remote: string): string;
  requested: string;
  noRemote(repo: string): string;
  notPushed: string;
  failed: string;
  /** Files follow. */
  files: string;
  /** Nothing was changed; what a person can do. */
  resolve: string;
  finishFirst: string;
  /** Commands follow. */
  unlock: string;
  /** A command follows. */
  mergeAgain: string;
  pushInstead: string;
  openWith: string;
  byHand: string;
  backWith: string;
  discarded(branch: string): string;
  unchanged: string;
  fitsNow(into: string): string;
  /** What the agent is asked to do where its work does not fit. */
  resolvePrompt(into: string, files: readonly string[]): string;
}

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

const english: LandedTexts = {
  buttons: {
    merge: '🔀 Merge',
    pr: '⬆️ Pull request',
    diff: '🔍 Diff',
    discard: '🗑 Discard',
    resolve: '🤝 Let the agent resolve it',
  },
  work: (files, insertions, deletions, branch) =>
    `${count(files, 'file', 'files')}, +${insertions} −${deletions} on ${branch}`,
  merged: (into) => `merged into ${into}`,
  mergedBefore: (into) => `is in ${into} already`,
  hasMerges:
    'History is no line here: a merge commit is in it, as its agent had merged itself, or its commits fit only as a whole.',
  nothing: 'its branch has no commit of its own',
  conflict: (into) => `not merged: ${into} has changed the same files`,
  dirty: (into, folder) => `not merged: ${into} is checked out in ${folder}, with changes that are not committed`,
  underWay: (into, folder) => `not merged: a rebase or merge is under way with ${into} in ${folder}`,
  locked: (into, lock) => `not merged: a git that works on ${into}, or was cut off there, holds ${lock}`,
  noBranch: (base) => `not merged: it started from ${base}, which is no local branch`,
  baseGone: (into) => `not merged: the branch ${into} is not there any more`,
  elsewhere: (ref) => `the agent left its work in the middle of something; it is kept as ${ref}`,
  refused: (into) => `not merged into ${into}`,
  pushed: (branch, remote) => `${branch} is pushed to ${remote}`,
  requested: 'pull request',
  noRemote: (repo) => `not pushed: ${repo} has no remote`,
  notPushed: 'not pushed',
  failed: 'its branch stays as it is',
  files: 'Files',
  resolve: 'Nothing was changed. The agent can bring both sides together, or you can push the branch as it is.',
  finishFirst: 'Let the agent finish what it began: continue the task.',
  unlock: 'If no git runs there, remove its lock, and look whether files were left half changed',
  mergeAgain: 'When that is done, type',
  pushInstead: 'To push it, type',
  openWith: 'To open a pull request, type',
  byHand: 'By hand',
  backWith: 'To get it back',
  discarded: (branch) => `${branch} is discarded; clean-up removes it`,
  unchanged: 'it has changed nothing',
  fitsNow: (into) => `it fits onto ${into} now`,
  resolvePrompt: (into, files) =>
    `Your work does not fit onto ${into}, which others have changed. Your branch now starts from ${into}, and all that you had done lies in your working folder, not committed. ${files.length > 0 ? `These files hold` : 'Some files hold'} both sides between conflict markers (<<<<<<<, =======, >>>>>>>)${files.length > 0 ? `: ${files.join(', ')}` : ''}. Bring both sides together in each of them and remove every marker, so that what the others did and what you did both work. Do not rebase or merge with git yourself.`,
};

const chinese: LandedTexts = {
  buttons: {
    merge: '🔀 合并',
    pr: '⬆️ 拉取请求',
    diff: '🔍 查看改动',
    discard: '🗑 放弃',
    resolve: '🤝 让智能体解决',
  },
  work: (files, insertions, deletions, branch) => `${branch} 上有 ${files} 个文件的改动，+${insertions} −${deletions}`,
  merged: (into) => `已合并到 ${into}`,
  mergedBefore: (into) => `已经在 ${into} 里了`,
  hasMerges: '这里的历史不是一条直线：其中有合并提交，因为智能体自己合并过，或者它的提交只有整体才放得上去。',
  nothing: '它的分支没有自己的提交',
  conflict: (into) => `未合并：${into} 也改了同样的文件`,
  dirty: (into, folder) => `未合并：${into} 正检出在 ${folder}，那里有未提交的改动`,
  underWay: (into, folder) => `未合并：${folder} 里的 ${into} 正在变基或合并`,
  locked: (into, lock) => `未合并：有 git 正在处理 ${into}，或曾在那里被中断，它占着 ${lock}`,
  noBranch: (base) => `未合并：它从 ${base} 开始，而那不是本地分支`,
  baseGone: (into) => `未合并：分支 ${into} 已不存在`,
  elsewhere: (ref) => `智能体的操作做到一半；内容保存在 ${ref}`,
  refused: (into) => `未能合并到 ${into}`,
  pushed: (branch, remote) => `${branch} 已推送到 ${remote}`,
  requested: '拉取请求',
  noRemote: (repo) => `未推送：${repo} 没有远程仓库`,
  notPushed: '未推送',
  failed: '它的分支保持不变',
  files: '文件',
  resolve: '没有任何内容被改动。可以让智能体把两边合到一起，也可以照原样推送这个分支。',
  finishFirst: '请继续这个任务，让智能体做完手头的操作。',
  unlock: '如果那里没有 git 在运行，请删除它的锁，并看看有没有改到一半的文件',
  mergeAgain: '处理好之后，请输入',
  pushInstead: '要推送它，请输入',
  openWith: '要创建拉取请求，请输入',
  byHand: '手动执行',
  backWith: '要找回它，请输入',
  discarded: (branch) => `${branch} 已放弃，清理时会删除`,
  unchanged: '它没有改动任何内容',
  fitsNow: (into) => `它现在与 ${into} 不再冲突`,
  resolvePrompt: (into, files) =>
    `你的改动与 ${into} 冲突，那里已有别人的修改。你的分支现在从 ${into} 开始，你之前做的一切都在工作目录里，尚未提交。${files.length > 0 ? `这些文件` : '有些文件'}里在冲突标记（<<<<<<<、=======、>>>>>>>）之间保留了两边的内容${files.length > 0 ? `：${files.join('、')}` : ''}。请逐个把两边合到一起并删掉所有标记，让别人的修改和你的修改都起作用。不要自己用 git 变基或合并。`,
};

export const landedTexts: Record<Language, LandedTexts> = { en: english, zh: chinese };
