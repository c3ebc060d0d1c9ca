// What people are told where a repository cannot be worked with: the same in both languages, with what to do next.

import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../src/lib/errors/errors.ts';
import {
  branchRefusals,
  doings,
  during,
  folderRefusals,
  gitRefusals,
  optionRefusals,
} from '../../../src/lib/worktrees/refusals.ts';

const [repo, branch] = ['/home/ada/app', 'topic/login'];

/** Each refusal, made of things that stand in it. */
const all: Record<string, Refusal> = {
  nothingThere: folderRefusals.nothingThere(repo),
  isFile: folderRefusals.isFile(repo),
  inHome: folderRefusals.inHome(repo),
  othersOwn: folderRefusals.othersOwn(repo),
  noGit: folderRefusals.noGit(),
  noRepository: folderRefusals.noRepository(repo),
  lineBreak: folderRefusals.lineBreak(repo),
  insideOf: folderRefusals.insideOf(`${repo}/.git`, repo),
  folderOf: folderRefusals.folderOf(`${repo}/src`, repo),
  settingsUnreadable: folderRefusals.settingsUnreadable(repo),
  notNamed: folderRefusals.notNamed('shoe', ['shop', 'site']),
  nothingNamed: folderRefusals.notNamed('shoe', []),
  bareInPlace: folderRefusals.bareInPlace(repo),
  repositoryGone: folderRefusals.gone(repo, '/w/task-1-2'),
  withoutRepo: optionRefusals.withoutRepo(['--base', '--branch']),
  withWorkdir: optionRefusals.withWorkdir(),
  withConversation: optionRefusals.withConversation(),
  inPlaceFrom: optionRefusals.inPlaceFrom(),
  noCommit: branchRefusals.noCommit(repo, 'main'),
  noBase: branchRefusals.noBase(repo, 'v9'),
  badName: branchRefusals.badName('-rf'),
  taken: branchRefusals.taken(repo, branch),
  inTheWay: branchRefusals.inTheWay('topic', branch),
  allTaken: branchRefusals.allTaken(repo, ['a', 'b']),
  branchGone: branchRefusals.gone(repo, branch, `git -C ${repo} reflog --all`),
  startGone: branchRefusals.startGone(repo, branch),
  unrelated: branchRefusals.unrelated(repo, branch, 'main'),
  failed: gitRefusals.failed(repo, 'add', '⟨git⟩'),
  unknown: gitRefusals.unknown(repo, '⟨git⟩'),
  checkedOut: gitRefusals.checkedOut(branch, repo),
  filter: gitRefusals.filter('lfs'),
  objectsMissing: gitRefusals.objectsMissing(repo),
  pathTooLong: gitRefusals.pathTooLong(),
  locked: gitRefusals.locked(`${repo}/.git/index.lock`),
  notWritable: gitRefusals.notWritable(repo),
  tooOld: gitRefusals.tooOld(),
  worktree: during(doings.worktree(repo), gitRefusals.notWritable(repo)),
  include: during(doings.include('.worktreeinclude'), gitRefusals.unknown(repo, '⟨git⟩')),
  submodule: during(doings.submodule('lib/x'), gitRefusals.unknown(repo, '⟨git⟩')),
};

/** What is the same in every language: commands, options, paths, names and settings. */
const names = [
  /git -C .*|git (init|lfs install|commit .*?"Begin"|config .*)/g,
  /lib\/x|--?[a-z-]+( [a-z<][\w/>]*)?|\/[\w./-]+|\.worktreeinclude|repos\.<path>\.name/g,
  /\b(CCDISPATCH_HOME|ccdispatch|git-lfs|git|rm|lfs|filter|topic\/login|topic|main|shop|site|shoe|x|v9|app|add|a|b)\b/g,
];

const wordsOf = ({ zh }: Refusal) => `${zh.message}\n${zh.hint}`;

describe('every refusal', () => {
  it('is there', () => {
    const tables = [folderRefusals, optionRefusals, branchRefusals, gitRefusals, doings];
    // `nothingNamed` is the same as `notNamed`.
    expect(Object.keys(all)).toHaveLength(tables.flatMap((table) => Object.keys(table)).length + 1);
  });

  it.each(Object.entries(all))('%s is said in Chinese, too', (_, refusal) => {
    const english = names.reduce((rest, name) => rest.replace(name, ''), wordsOf(refusal)).match(/[A-Za-z]{2,}/g);
    expect(english).toBeNull();
    expect(refusal.zh.hint).toMatch(/[\u4e00-\u9fff]/);
  });

  it.each(Object.entries(all))('%s names the same things in both languages', (_, { en, zh }) => {
    const things = /\/home\/ada\/app(?:\/[\w.]*\w)*|topic\/login|⟨git⟩|"Begin"|--[a-z][a-z-]*|CCDISPATCH_HOME/g;
    const named = (text: string) => [...new Set(text.match(things) ?? [])].sort();
    expect(named(`${zh.message} ${zh.hint}`)).toEqual(named(`${en.message} ${en.hint}`));
  });

  it('reads like this', () => {
    expect(
      ['notNamed', 'noBase', 'taken', 'withConversation', 'locked', 'worktree']
        .map((name) => all[name] as Refusal)
        .map(({ en, zh }) => [en.message, en.hint, zh.message, zh.hint].join('\n'))
        .join('\n\n'),
    ).toMatchInlineSnapshot(`
      "There is no repository called "shoe".
      These have names: shop, site. Others are named by their whole path.
      没有叫“shoe”的仓库。
      有名字的仓库：shop、site。其他仓库请写完整路径。

      The repository /home/ada/app has no commit "v9".
      See what there is with: git -C /home/ada/app branch --all
      仓库 /home/ada/app 里没有提交“v9”。
      看看有哪些：git -C /home/ada/app branch --all

      The repository /home/ada/app has a branch topic/login already.
      Choose another name, or start from that branch with: --base topic/login
      仓库 /home/ada/app 里已经有分支 topic/login。
      请换一个名字，或从那个分支开始：--base topic/login

      -s and --repo exclude each other: a conversation goes on where it began.
      Leave --repo out, or leave -s out for a new conversation.
      接着一个对话时不能用 --repo：对话总在它开始的地方继续。
      请去掉 --repo；要开始新的对话，请不要回复消息（或去掉 -s）。

      Another git works in the repository, or was cut off: it holds /home/ada/app/.git/index.lock.
      If no git runs there, remove that file, then retry: rm /home/ada/app/.git/index.lock
      另一个 git 正在这个仓库里工作，或曾被中断：它占着 /home/ada/app/.git/index.lock。
      如果那里没有 git 在运行，请删除该文件，然后重试：rm /home/ada/app/.git/index.lock

      The worktree could not be made in /home/ada/app: We may not write in /home/ada/app.
      A worktree needs to write into the git folder of its repository; mend its rights, then retry.
      无法在 /home/ada/app 中建立工作树：没有在 /home/ada/app 里写入的权限。
      工作树需要写入仓库的 git 目录；请修正权限，然后重试。"
    `);
  });
});
