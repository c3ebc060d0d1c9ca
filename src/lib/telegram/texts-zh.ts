/** The bot's own answers in Chinese. */

import type { BotTexts } from './texts.ts';

const used = (amount: string, most: string | null) => (most === null ? amount : `${amount} / ${most}`);

export const chineseBotTexts: BotTexts = {
  welcome: {
    session: (name) =>
      `你好，${name}。直接写要做的事，例如：\n写一首关于火车的俳句到 haiku.txt\n\n之后写的内容会在同一个会话里继续：“再写一首关于船的”。/new 开始另一个会话，/help 列出所有命令。`,
    task: (name) =>
      `你好，${name}。直接写要做的事，例如：\n写一首关于火车的俳句到 haiku.txt\n\n回复结果就可以接着做。/help 列出所有命令。`,
    hint: (name) =>
      `你好，${name}。发送 /cad 加上要做的事，例如：\n/cad 写一首关于火车的俳句到 haiku.txt\n\n/help 列出所有命令。`,
  },
  stranger: '我还不认识你。发送 /register，请管理员让你加入。',
  disabled: '你的使用权限已关闭，请联系管理员。',
  registerAsked: '我已经转告管理员，有结果会告诉你。',
  registerNoAdmin: (id) => `我已经记下，但没有可以询问的管理员。请转告机器人的运行者：ccdispatch users approve ${id}`,
  registerPending: '我今天已经问过了，还没有人答复。',
  registerFull: '目前等待加入的人太多，请明天再试。',
  registerKnown: '我认识你。/help 列出我能做的事。',
  approvedBy: (name, admin) => `${admin} 让 ${name} 加入了。`,
  declinedBy: (name, admin) => `${name} 没有被批准（${admin}）。`,

  notAllowed: (features) => `你没有以下权限：${features.join('、')}。请向管理员申请。`,
  adminsOnly: '只有管理员可以这样做。',
  inPrivate: '请私下发给我。',
  notYours: '这不是你的任务。',
  quotaRefused: {
    daily: (limit, until) => `你每天 ${limit} 个任务的限额已用完，${until} 重置；管理员可以给你更多。`,
    cost_usd: (limit, until) => `你每天 ${limit} 的限额已用完，${until} 重置；管理员可以给你更多。`,
    tokens: (limit, until) => `你每天 ${limit} token 的限额已用完，${until} 重置；管理员可以给你更多。`,
    concurrent: (limit) => `你同时等待和运行的任务最多 ${limit} 个。请等一个结束，或用 /cancel 取消一个。`,
  },
  queueFull: (waiting, limit) =>
    `这个聊天已有 ${waiting} 个任务在排队，最多 ${limit} 个。请等一些任务开始后再试，或用 /cancel 取消一个。`,
  badTime: (given) => `“${given}”不是时间。请写 2026-11-21T09:00、09:00、+90m 或 in 2h。`,
  pastTime: (given, now) => `“${given}”已经过去：这里现在是 ${now}。`,
  farTime: (given) => `“${given}”在一年以后，太远了。`,
  badIfFailed: (given) => `--if-failed 不认识“${given}”。请写 cancel 或 run。`,
  ifFailedAlone: '--if-failed 要和 --after <编号> 一起用。请也写上那个任务。',
  unknownAgent: (name, known) => `没有智能体“${name}”。可用的有：${known}。`,
  unknownProfile: (name) => `这里没有设置 --${name}。请联系管理员。`,
  badPriority: (given) => `“${given}”不是优先级。请写 high、normal、low，或 0（最后）到 9（最先）。`,
  badModel: (given) => `“${given}”不能是模型名。`,
  yoloAsRoot: '--yolo 在这里不可用：机器人以 root 身份运行。',
  noConversation: (agent) => `${agent} 不能继续这个会话。请去掉 --agent。`,
  folderGone: '那个任务的目录已经不在了。请不要回复消息，重新提出。',
  refused: ({ code, zh }) => (zh ? `${zh.message}\n${zh.hint}` : refusals[code]),
  diskFull: '磁盘已满：现在无法接受新的任务。有空间后我会再试。',
  wentWrong: '我这边出了问题，已记入日志。你的消息已保存，我下次启动时会再试。',

  unknownCommand: (name, nearest) =>
    nearest ? `没有 /${name} 这个命令。你是想用 /${nearest} 吗？` : `没有 /${name} 这个命令。/help 列出所有命令。`,
  plainHint: '要交给我任务，请以 /cad 开头。/help 列出所有命令。',
  emptyPrompt: '要做什么？请写在命令后面：/cad 修好失败的测试',
  usage: (example) => `请这样写：${example}`,
  forwardedCommand: '我不执行转发消息里的命令。请自己写一遍。',
  helpHead: '我能听懂：',
  plainHelp: {
    session: '任何文字 — 发给这个聊天的会话，我会记住说过的内容；第一条消息就会开始它',
    task: '任何文字 — 一个任务；聊天里有会话时，就是发给它的消息',
    hint: '任何文字 — 聊天里有会话时，就是发给它的消息',
  },
  pong: (ms) => `我在 · ${ms} 毫秒`,
  languageSet: '以后我用中文和你交流。',
  languageChoose: '哪种语言？/lang zh 或 /lang en',

  lateDropped: '好的，已忽略。',
  lateRun: '现在运行。',

  sharedQuestion: '你回复的消息说的是多个任务。这句话是给哪一个的？',
  sharedGone: '你回复的消息说的是多个任务，它们在这里都不能继续了。要作为新任务吗？',
  sharedTaken: '收到。',

  answerYesOrNo: '智能体在等你说可以或不可以：请回复“好”或“不”，或按按钮。',

  noTasks: '没有等待中或运行中的任务。',
  tasksHead: (count) => `${count} 个任务：`,
  andMore: (count) => `…… 另有 ${count} 个`,
  historyHead: '最近结束的任务：',
  noHistory: '还没有结束的任务。',
  noSuchTask: (id) => `这里没有任务 ${id}。/tasks 列出现有任务。`,
  noRunningTask: '这里没有你等待中或运行中的任务。',
  whichTask: '哪一个？',
  cancelled: (name) => `⏹ 已取消 ${name}。`,
  cancelling: (name) => `⏹ 正在结束 ${name}。`,
  hadEnded: (name) => `${name} 已经结束了。`,
  paused: (name) => `⏸ 已暂停 ${name}。/resume 让它继续。`,
  pausing: (name) => `⏸ 正在暂停 ${name}。/resume 让它继续。`,
  pausingStill: (name) => `⏸ ${name} 还在暂停中，请稍后再发 /resume。`,
  cannotPause: (name, agent) => `${name} 运行时不能暂停：${agent} 无法从停下处继续。/cancel 可结束它。`,
  waits: (name, time) => `⏳ ${name} 将在 ${time} 自动继续；若有账号提前可用，则立即继续。`,
  resumed: (name) => `▶️ 轮到 ${name} 时它会继续。`,
  resumedWithNote: (name) => `▶️ 轮到 ${name} 时它会继续，届时会把你写的话告诉智能体。`,
  noteNotTold: (name) => `${name} 已经在运行，智能体没有收到你写的话。`,
  notPaused: (name) => `${name} 没有暂停。/why 说明它的情况。`,
  nothingPaused: '这里没有你已暂停的任务。',
  endedRetry: (name) => `${name} 已经结束了。/retry 再运行一次。`,
  retried: (name) => `🔁 ${name} 再运行一次。`,
  notEnded: (name) => `${name} 还没有结束。/why 说明它在等什么。`,
  noLogs: '它还没有做任何事。',
  continueWith: (name) => `请回复这条消息，写下 ${name} 接下来要做什么。`,
  statuses: {
    pending: '等待中',
    running: '运行中',
    paused: '已暂停',
    completed: '完成',
    failed: '失败',
    cancelled: '已取消',
  },
  why: {
    starting: '马上开始',
    no_marker: '它不在队列里了：请先 /cancel，再 /retry',
    no_worker: '刚才没有工作进程，现在启动一个',
    ending: '它的上一次运行还在结束',
    pausing: '正在暂停',
    stopping: '正在结束',
  },
  asks: '等待答复',
  runsFor: (time) => `已运行 ${time}`,
  endedAgo: (how, time) => `${how}，${time}前`,
  status: ({ running, waiting, slots, worker }) =>
    `${slots} 个位置中已用 ${running} 个，${waiting} 个在等待。${worker ? '工作进程正在运行。' : '没有工作进程；下一个任务会启动它。'}`,
  stats: ({ days, runs, completed, failed, cost, tokens }) =>
    `最近 ${days} 天：运行 ${runs} 次，完成 ${completed}，失败 ${failed} · ${cost} · ${tokens} token`,
  quota: ({ used: tasks, daily, cost, maxCost, tokens, maxTokens, concurrent, resetsAt }) =>
    [
      `今天：${used(String(tasks), daily === null ? null : String(daily))} 个任务`,
      used(cost, maxCost),
      `${used(tokens, maxTokens)} token`,
      concurrent === null ? '' : `同时 ${concurrent} 个`,
      `${resetsAt} 重置`,
    ]
      .filter(Boolean)
      .join(' · '),

  buttons: {
    cancel: '⏹ 取消',
    drop: '🗑 算了',
    newTask: '🆕 新任务',
  },
  pressTooLate: '现在已经不能这样做了。',
  pressUnknown: '这个按钮已失效。',

  filesHead: (name) => `${name} 的文件，最新的在前：`,
  filesTooBig: '⚠️ 表示超过了机器人能发送的 50 MB。',
  noFiles: '没有文件。',
  fileTooBig: (name, size) => `${name} 有 ${size}；机器人最多能发 50 MB。`,
  fileGone: '这个文件已经不在了。',
  fileNotSent: 'Telegram 没有接受这个文件，请稍后再试。',
  attachmentTooBig: (name, size) => `${name} 有 ${size}；机器人最多只能取 20 MB。任务没有建立。`,
  attachmentsFailed: '文件没有取到，任务没有建立，请再发一次。',
  filesAlone: '请看随这个请求发来的文件。',
  filesAt: (paths) => `随这个请求发来的文件：\n${paths.map((path) => `- ${path}`).join('\n')}`,

  usersHead: (count) => `${count} 位用户：`,
  userLine: { admin: '管理员', disabled: '🚫 已关闭', daily: (tasks) => `每天 ${tasks} 个` },
  userChanged: (line) => `已更改：${line}`,
  userRuns: (count) => `此人还有 ${count} 个任务在运行。等待中的任务不会再启动。`,
  unknownFeature: (name, known) => `没有“${name}”这个功能。可用的有：${known}。`,
  usersFileBroken: (place, _what, hasCopy) =>
    `⚠️ 用户文件有误：\`${place}\`\n${hasCopy ? '改好之前以最后一份正确的副本为准' : '现在谁也不能使用'}，也不能更改用户。`,
  usersFileMended: '用户文件已恢复正常。',
};

/** For errors that say what they mean in English alone. */
const refusals: Record<Parameters<BotTexts['refused']>[0]['code'], string> = {
  failed: '这件事没有做成，原因已记入日志。',
  usage: '这样写不行，请检查一下再发。/help 列出所有命令。',
  config: '这里的设置有问题，请联系管理员。',
  'not-allowed': '这里不允许这样做。',
  'not-found': '找不到它。/tasks 列出现有任务。',
  busy: '现在正忙，请稍后再试。',
  limited: '现在到了上限，请稍后再试。',
  pending: '它还没有结束。',
  interrupted: '被中断了，请再试一次。',
};
