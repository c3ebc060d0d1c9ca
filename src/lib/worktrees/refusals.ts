/** What people are told where a repository, or a task's branch in it, cannot be worked with: in both languages. */

import type { ErrorCode, Refusal, Words } from '../errors/errors.ts';

const words = (message: string, hint: string): Words => ({ message, hint });

const refusal = (code: ErrorCode, en: Words, zh: Words): Refusal => ({ code, en, zh });

/** Of a folder that was named. */
export const folderRefusals = {
  nothingThere: (path: string) =>
    refusal(
      'not-found',
      words(
        `There is no repository at ${path}: nothing is there, or its links lead nowhere or in a circle.`,
        'Name the folder of a repository with --repo.',
      ),
      words(`${path} 那里没有仓库：路径不存在，或者链接无效、成环。`, '请用 --repo 写明一个仓库的目录。'),
    ),
  isFile: (path: string) =>
    refusal(
      'usage',
      words(`${path} is a file, not a repository.`, 'Name the folder of a repository with --repo.'),
      words(`${path} 是文件，不是仓库。`, '请用 --repo 写明一个仓库的目录。'),
    ),
  inHome: (path: string) =>
    refusal(
      'usage',
      words(
        `${path} lies in CCDISPATCH_HOME, among ccdispatch's own files.`,
        'Name a repository outside of it; to go on in a worktree, continue its task with -s.',
      ),
      words(
        `${path} 位于 CCDISPATCH_HOME 之内，那里是 ccdispatch 自己的文件。`,
        '请写明它之外的仓库；要在一个工作树里接着做，请继续它的任务：回复那个任务的消息，或用 -s。',
      ),
    ),
  othersOwn: (path: string) =>
    refusal(
      'not-allowed',
      words(
        `The repository ${path} belongs to another user; git does not work in it.`,
        `If you trust it: git config --global --add safe.directory ${path}`,
      ),
      words(
        `仓库 ${path} 属于另一个用户，git 不在其中工作。`,
        `如果信任它，请执行：git config --global --add safe.directory ${path}`,
      ),
    ),
  noGit: () =>
    refusal(
      'config',
      words('The program git was not found.', 'Install git 2.38 or newer, then try again.'),
      words('没有找到 git 程序。', '请安装 git 2.38 或更新的版本，然后再试。'),
    ),
  noRepository: (path: string) =>
    refusal(
      'usage',
      words(
        `${path} is no git repository.`,
        'Name one with --repo, make one there with: git init, or leave --repo out.',
      ),
      words(`${path} 不是 git 仓库。`, '请用 --repo 写明一个仓库，或先在那里执行：git init；也可以去掉 --repo。'),
    ),
  lineBreak: (path: string) =>
    refusal(
      'usage',
      words(`The path of ${path} holds a line break; git cannot name it.`, 'Move the repository to another folder.'),
      words(`路径 ${path} 中有换行，git 无法使用。`, '请把仓库移到别的目录。'),
    ),
  insideOf: (path: string, around: string) =>
    refusal(
      'usage',
      words(`${path} is the inside of a repository.`, `Name the repository itself: --repo ${around}`),
      words(`${path} 是仓库的内部目录。`, `请写明仓库本身：--repo ${around}`),
    ),
  folderOf: (path: string, top: string) =>
    refusal(
      'usage',
      words(`${path} is a folder of the repository ${top}.`, `Name the repository itself: --repo ${top}`),
      words(`${path} 是仓库 ${top} 里的一个目录。`, `请写明仓库本身：--repo ${top}`),
    ),
  settingsUnreadable: (path: string) =>
    refusal(
      'failed',
      words(`The settings of the repository at ${path} cannot be read.`, `Look at: git -C ${path} config --list`),
      words(`无法读取仓库 ${path} 的设置。`, `请查看：git -C ${path} config --list`),
    ),
  notNamed: (given: string, names: readonly string[]) =>
    refusal(
      'not-found',
      words(
        `There is no repository called "${given}".`,
        names.length > 0
          ? `These have names: ${names.join(', ')}. Others are named by their whole path.`
          : 'Name it by its whole path, or give it a name in the settings (repos.<path>.name).',
      ),
      words(
        `没有叫“${given}”的仓库。`,
        names.length > 0
          ? `有名字的仓库：${names.join('、')}。其他仓库请写完整路径。`
          : '请写完整路径，或在设置里给它起名（repos.<path>.name）。',
      ),
    ),
  bareInPlace: (repo: string) =>
    refusal(
      'usage',
      words(`${repo} is a bare repository: there is no place to work in it.`, 'Leave --no-worktree out.'),
      words(`${repo} 是裸仓库，里面没有可以工作的地方。`, '请去掉 --no-worktree。'),
    ),
  /** The repository of a worktree; `folder` is where the worktree's files are. */
  gone: (repo: string, folder: string) =>
    refusal(
      'not-found',
      words(
        `The repository ${repo} is not there any more.`,
        `Bring it back to that place, then try again; the task's commits were kept in it, its files are in ${folder}.`,
      ),
      words(`仓库 ${repo} 已经不在了。`, `请把它放回原处，然后再试；任务的提交保存在它里面，文件在 ${folder}。`),
    ),
} as const;

/** Of options that were given together, or without the one that they need. */
export const optionRefusals = {
  withoutRepo: (options: readonly string[]) =>
    refusal(
      'usage',
      words(`${options.join(' and ')} can only be given with --repo.`, 'Name the repository: --repo <path>'),
      words(`${options.join('、')} 只能和 --repo 一起用。`, '请写明仓库：--repo <路径>'),
    ),
  withWorkdir: () =>
    refusal(
      'usage',
      words('-w and --repo exclude each other.', 'Give one of them: with --repo the work has a place already.'),
      words('-w 和 --repo 不能同时用。', '请只用其中一个：用 --repo 时工作已有地方。'),
    ),
  withConversation: () =>
    refusal(
      'usage',
      words(
        '-s and --repo exclude each other: a conversation goes on where it began.',
        'Leave --repo out, or leave -s out for a new conversation.',
      ),
      words(
        '接着一个对话时不能用 --repo：对话总在它开始的地方继续。',
        '请去掉 --repo；要开始新的对话，请不要回复消息（或去掉 -s）。',
      ),
    ),
  inPlaceFrom: () =>
    refusal(
      'usage',
      words('--no-worktree works on what is checked out; it takes no --base and no --branch.', 'Leave them out.'),
      words('--no-worktree 直接在已检出的内容上工作，不能加 --base 和 --branch。', '请去掉它们。'),
    ),
} as const;

/** Of what work starts from, and of the name of its branch. */
export const branchRefusals = {
  noCommit: (repo: string, branch: string) =>
    refusal(
      'not-found',
      words(
        `The repository ${repo} has no commit yet on the branch ${branch}; a worktree starts from one.`,
        'Make a first commit (git commit --allow-empty -m "Begin"), name another --base, or work in place with --no-worktree.',
      ),
      words(
        `仓库 ${repo} 的分支 ${branch} 上还没有提交，而工作树要从一个提交开始。`,
        '请先提交一次（git commit --allow-empty -m "Begin"），或用 --base 写明别的起点，或用 --no-worktree 在原处工作。',
      ),
    ),
  noBase: (repo: string, base: string) =>
    refusal(
      'not-found',
      words(`The repository ${repo} has no commit "${base}".`, `See what there is with: git -C ${repo} branch --all`),
      words(`仓库 ${repo} 里没有提交“${base}”。`, `看看有哪些：git -C ${repo} branch --all`),
    ),
  badName: (name: string) =>
    refusal(
      'usage',
      words(`${JSON.stringify(name)} cannot be the name of a branch.`, 'Use a name such as topic/login.'),
      words(`${JSON.stringify(name)} 不能用作分支名。`, '请换一个，例如 topic/login。'),
    ),
  taken: (repo: string, name: string) =>
    refusal(
      'usage',
      words(
        `The repository ${repo} has a branch ${name} already.`,
        `Choose another name, or start from that branch with: --base ${name}`,
      ),
      words(`仓库 ${repo} 里已经有分支 ${name}。`, `请换一个名字，或从那个分支开始：--base ${name}`),
    ),
  inTheWay: (obstacle: string, name: string) =>
    refusal(
      'usage',
      words(`The branch ${obstacle} is in the way of a branch ${name}.`, 'Choose another name with --branch.'),
      words(`已有的分支 ${obstacle} 使得无法建立分支 ${name}。`, '请用 --branch 换一个名字。'),
    ),
  allTaken: (repo: string, names: readonly string[]) =>
    refusal(
      'failed',
      words(
        `The repository ${repo} has all of these branches already: ${names.join(', ')}.`,
        'Remove what is not needed, or name the branch with --branch.',
      ),
      words(`仓库 ${repo} 里这些分支都已存在：${names.join('、')}。`, '请删除不需要的，或用 --branch 写明分支名。'),
    ),
  /** The work's own branch; `back` is what brings it back. */
  gone: (repo: string, branch: string, back: string) =>
    refusal(
      'not-found',
      words(`The branch ${branch} is not there any more in ${repo}.`, `Bring it back with: ${back}`),
      words(`${repo} 里已经没有分支 ${branch}。`, `要找回它，请执行：${back}`),
    ),
  startGone: (repo: string, branch: string) =>
    refusal(
      'failed',
      words(
        `The branch ${branch} is gone from ${repo}, and so is the commit it began at.`,
        'Start anew with --repo; the conversation stays readable.',
      ),
      words(`${repo} 里的分支 ${branch} 和它的起点都已不在。`, '请用 --repo 重新开始；原来的对话仍可查看。'),
    ),
  unrelated: (repo: string, branch: string, base: string) =>
    refusal(
      'usage',
      words(
        `The branch ${branch} has no commit in common with ${base}: it cannot be put on top of it.`,
        `Look at it with: git -C ${repo} log --oneline --graph ${branch} ${base}`,
      ),
      words(
        `分支 ${branch} 与 ${base} 没有共同的提交，无法放到它上面。`,
        `请查看：git -C ${repo} log --oneline --graph ${branch} ${base}`,
      ),
    ),
} as const;

/** Of git itself, when it is to do something. */
export const gitRefusals = {
  /** git's own words. */
  failed: (repo: string, command: string, said: string) =>
    refusal(
      'failed',
      words(`git ${command} failed in ${repo}: ${said}.`, `Look at the repository: git -C ${repo} status`),
      words(`git ${command} 在 ${repo} 中失败：${said}`, `请查看仓库：git -C ${repo} status`),
    ),
  unknown: (repo: string, said: string) =>
    refusal(
      'failed',
      words(said, `Look at the repository: git -C ${repo} status`),
      words(said, `请查看仓库：git -C ${repo} status`),
    ),
  checkedOut: (branch: string, folder: string) =>
    refusal(
      'failed',
      words(
        `The branch ${branch} is checked out at ${folder}; git keeps a branch in one place only.`,
        `Switch there to another branch, then retry: git -C ${folder} switch --detach`,
      ),
      words(
        `分支 ${branch} 正检出在 ${folder}；git 只允许一个分支检出在一个地方。`,
        `请在那里切换到别的分支，然后重试：git -C ${folder} switch --detach`,
      ),
    ),
  filter: (name: string) =>
    refusal(
      'failed',
      words(
        `Files of it pass through a filter of your git settings (${name}), which failed or is not installed.`,
        'Install its program (for git-lfs: git lfs install), or take the filter out of your git settings, then retry.',
      ),
      words(
        `其中的文件要经过 git 设置里的过滤器（${name}），它失败了或没有安装。`,
        '请安装它的程序（git-lfs 用：git lfs install），或从 git 设置里去掉它，然后重试。',
      ),
    ),
  objectsMissing: (repo: string) =>
    refusal(
      'failed',
      words(
        `Objects are missing in ${repo}: it is a partial clone or damaged, and our git fetches nothing.`,
        `Fetch them, then retry: git -C ${repo} fetch --refetch --filter=blob:none --no-filter; git -C ${repo} fsck`,
      ),
      words(
        `${repo} 里缺少对象：它是部分克隆或已损坏，而我们的 git 不从网络获取。`,
        `请先获取，然后重试：git -C ${repo} fetch --refetch --filter=blob:none --no-filter; git -C ${repo} fsck`,
      ),
    ),
  pathTooLong: () =>
    refusal(
      'failed',
      words(
        'The path of a file would be longer than this system allows.',
        'Set CCDISPATCH_HOME to a folder with a shorter path.',
      ),
      words('有文件的路径会超过系统允许的长度。', '请把 CCDISPATCH_HOME 设为路径更短的目录。'),
    ),
  locked: (lock: string) =>
    refusal(
      'failed',
      words(
        `Another git works in the repository, or was cut off: it holds ${lock}.`,
        `If no git runs there, remove that file, then retry: rm ${lock}`,
      ),
      words(
        `另一个 git 正在这个仓库里工作，或曾被中断：它占着 ${lock}。`,
        `如果那里没有 git 在运行，请删除该文件，然后重试：rm ${lock}`,
      ),
    ),
  notWritable: (repo: string) =>
    refusal(
      'failed',
      words(
        `We may not write in ${repo}.`,
        'A worktree needs to write into the git folder of its repository; mend its rights, then retry.',
      ),
      words(`没有在 ${repo} 里写入的权限。`, '工作树需要写入仓库的 git 目录；请修正权限，然后重试。'),
    ),
  tooOld: () =>
    refusal(
      'config',
      words('This git cannot merge without a checkout.', 'Install git 2.38 or newer.'),
      words('这个版本的 git 不能在没有检出的情况下合并。', '请安装 git 2.38 或更新的版本。'),
    ),
} as const;

/** What was to be done when git refused, as the beginning of a sentence. */
export type Doing = Record<'en' | 'zh', string>;

export const doings = {
  worktree: (repo: string): Doing => ({
    en: `The worktree could not be made in ${repo}`,
    zh: `无法在 ${repo} 中建立工作树`,
  }),
  include: (list: string): Doing => ({
    en: `The files of ${list} could not be listed`,
    zh: `无法列出 ${list} 里的文件`,
  }),
  submodule: (path: string): Doing => ({
    en: `The submodule ${path} could not be checked out`,
    zh: `无法检出子模块 ${path}`,
  }),
} as const;

/** The refusal with what was to be done in front of it. */
export function during(doing: Doing, { code, en, zh }: Refusal): Refusal {
  return {
    code,
    en: { ...en, message: `${doing.en}: ${en.message}` },
    zh: { ...zh, message: `${doing.zh}：${zh.message}` },
  };
}
