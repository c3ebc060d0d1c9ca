// Every sentence of the bot in both languages, for a reviewer to read.

import { describe, expect, it } from 'vitest';
import { botTextsOf } from '../../../src/lib/telegram/languages.ts';
import { sentences } from './sentences.ts';

/** Those whose names begin with one of these letters: a part that can be read at once. */
const said = (language: 'en' | 'zh', letters: RegExp) =>
  Object.fromEntries(Object.entries(sentences(botTextsOf(language))).filter(([name]) => letters.test(name)));

describe('in English', () => {
  it('a to e', () =>
    expect(said('en', /^[a-e]/)).toMatchInlineSnapshot(`
      {
        "adminsOnly": "Only admins may do that.",
        "andMore": "… and 3 more",
        "answerYesOrNo": "The agent waits for a yes or a no: reply with one of them, or press a button.",
        "approvedBy": "Eve was let in by Root.",
        "asks": "waiting for an answer",
        "attachmentTooBig": "a.bin is 60 MB; a bot can fetch 20 MB at most. No task was made.",
        "attachmentsFailed": "I could not fetch the files, so no task was made. Send them once more.",
        "badIfFailed": ""maybe" is not known for --if-failed. Write cancel or run.",
        "badModel": ""-" cannot be the name of a model.",
        "badPriority": ""urgent" is no priority. Write high, normal, low, or 0 (last) to 9 (first).",
        "badTime": ""soon" is no time. Write 2026-11-21T09:00, 09:00, +90m or in 2h.",
        "buttons.cancel": "⏹ Cancel",
        "buttons.drop": "🗑 Forget it",
        "buttons.newTask": "🆕 A new task",
        "cancelled": "⏹ calc is cancelled.",
        "cancelling": "⏹ calc is being ended.",
        "cannotPause": "calc cannot be paused while it runs: echo could not go on where it stopped. /cancel ends it.",
        "continueWith": "Answer this message with what calc is to do next.",
        "declinedBy": "Eve was not let in (Root).",
        "disabled": "Your access is switched off. Ask an admin.",
        "diskFull": "The disk is full: nothing new can be taken now. I try again until there is room.",
        "emptyPrompt": "What is to be done? Write it after the command: /cad fix the failing test",
        "endedAgo": "done, 2 h ago",
        "endedRetry": "calc has ended already. /retry runs it once more.",
      }
    `));
  it('f to p', () =>
    expect(said('en', /^[f-p]/)).toMatchInlineSnapshot(`
      {
        "farTime": ""+9000d" lies more than a year ahead.",
        "fileGone": "That file is not there any more.",
        "fileNotSent": "Telegram did not take the file. Try again in a moment.",
        "fileTooBig": "a.bin is 60 MB; a bot can send 50 MB at most.",
        "filesAlone": "Look at the files that came with this request.",
        "filesAt": "Files that came with this request:
      - /w/a.txt
      - /w/b.txt",
        "filesHead": "Files of calc, the latest first:",
        "filesTooBig": "⚠️ is more than the 50 MB that a bot can send.",
        "folderGone": "The folder of that task is not there any more. Ask again without answering a message.",
        "forwardedCommand": "I take no commands from forwarded messages. Write it yourself.",
        "hadEnded": "calc had ended already.",
        "helpHead": "What I understand:",
        "historyHead": "What ended last:",
        "ifFailedAlone": "--if-failed says what becomes of a task with --after <id>. Name that task, too.",
        "inPrivate": "Write that to me in private.",
        "languageChoose": "Which language? /lang en or /lang zh",
        "languageSet": "I speak English with you now.",
        "lateDropped": "Forgotten.",
        "lateRun": "It runs now.",
        "noConversation": "codex cannot go on in this conversation. Leave --agent out.",
        "noFiles": "There are no files.",
        "noHistory": "Nothing has ended yet.",
        "noLogs": "It has not done anything yet.",
        "noRunningTask": "Nothing of yours waits or runs here.",
        "noSuchTask": "There is no task task-5-1 here. /tasks shows what there is.",
        "noTasks": "Nothing waits and nothing runs.",
        "notAllowed": "You may not use: yolo, codex. Ask an admin for it.",
        "notEnded": "calc has not ended yet. /why says what it waits for.",
        "notPaused": "calc is not paused. /why says how it stands.",
        "notYours": "That task is not yours.",
        "noteNotTold": "calc runs already; its agent was told nothing.",
        "nothingPaused": "Nothing of yours is paused here.",
        "pastTime": ""09:00" lies in the past: it is 2026-11-20 10:00 here.",
        "paused": "⏸ calc is paused. /resume lets it go on.",
        "pausing": "⏸ calc is being paused. /resume lets it go on.",
        "pausingStill": "⏸ calc is just being paused. Send /resume again in a moment.",
        "plainHelp.hint": "any text — where the chat has a session, a message to it",
        "plainHelp.session": "any text — goes to this chat’s session, where I remember what was said; the first message begins it",
        "plainHelp.task": "any text — a task; where the chat has a session, a message to it",
        "plainHint": "To give me a task, begin with /cad. /help lists all commands.",
        "pong": "pong · 12 ms",
        "pressTooLate": "That is not possible any more.",
        "pressUnknown": "This button does not work any more.",
      }
    `));
  it('q to z', () =>
    expect(said('en', /^[q-z]/)).toMatchInlineSnapshot(`
      {
        "queueFull": "20 tasks of this chat wait already, and 20 may. Try again when some have started, or /cancel one.",
        "quota": "Today: 3 of 10 tasks · $0.10 of $1.00 · 1.2k of 5.0k tokens · 2 at once · new at 2026-11-21 00:00",
        "quotaRefused.concurrent": "Only 10 of your tasks may wait or run at once. Try again when one has ended, or /cancel one.",
        "quotaRefused.cost_usd": "Your quota of 10 a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
        "quotaRefused.daily": "Your quota of 10 tasks a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
        "quotaRefused.tokens": "Your quota of 10 tokens a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
        "refused": "It is busy.
      Try again.",
        "registerAsked": "I have asked. You will hear from me.",
        "registerFull": "Too many people wait to be let in at the moment. Try again tomorrow.",
        "registerKnown": "I know you. /help lists what I can do.",
        "registerNoAdmin": "I have noted it, but there is no admin whom I could ask. Tell whoever runs this bot: ccdispatch users approve 6",
        "registerPending": "I have asked today already; nobody has answered yet.",
        "resumed": "▶️ calc goes on when its turn comes.",
        "resumedWithNote": "▶️ calc goes on when its turn comes; its agent is then told what you wrote.",
        "retried": "🔁 calc runs once more.",
        "runsFor": "has been running for 2 h",
        "sharedGone": "You answered a message that speaks of several tasks, and none of them can go on here. Is this a new one?",
        "sharedQuestion": "You answered a message that speaks of several tasks. Which one goes on with this?",
        "sharedTaken": "I take it.",
        "stats": "Last 30 days: 3 runs, 2 done, 1 failed · $0.10 · 1.2k tokens",
        "status": "1 of 5 places taken, 2 waiting. No worker lives; the next task starts one.",
        "statuses.cancelled": "cancelled",
        "statuses.completed": "done",
        "statuses.failed": "failed",
        "statuses.paused": "paused",
        "statuses.pending": "waiting",
        "statuses.running": "running",
        "stranger": "I do not know you yet. /register asks those who run this bot to let you in.",
        "tasksHead": "2 tasks:",
        "unknownAgent": "There is no agent "gpt". There are: claude.",
        "unknownCommand": "There is no /taks. Did you mean /tasks?",
        "unknownFeature": ""sudo" is no feature. There are: ali, yolo.",
        "unknownProfile": "--ali is not set up here. Ask whoever runs this bot.",
        "usage": "Write it like this: /users",
        "userChanged": "Changed: \`5\` Ada",
        "userLine.admin": "admin",
        "userLine.daily": "10 a day",
        "userLine.disabled": "🚫 switched off",
        "userRuns": "2 tasks of this person still run. What waits is not started any more.",
        "usersFileBroken": "⚠️ The file of users is faulty: \`users.json:5\`: must be text
      Until it is mended the last good copy counts, and nothing can be changed.",
        "usersFileMended": "The file of users is good again.",
        "usersHead": "3 people:",
        "waits": "⏳ calc goes on by itself at 2026-11-21 09:00, or as soon as an account is free.",
        "welcome.hint": "Hello Ada. Send /cad and what is to be done, for example:
      /cad write a haiku about trains into haiku.txt

      /help lists all commands.",
        "welcome.session": "Hello Ada. Write what is to be done, for example:
      write a haiku about trains into haiku.txt

      What you write after that goes on in the same conversation: “now one about ships”. /new begins another, /help lists all commands.",
        "welcome.task": "Hello Ada. Write what is to be done, for example:
      write a haiku about trains into haiku.txt

      Answer the result to go on with it. /help lists all commands.",
        "wentWrong": "Something went wrong on my side: it is in the log. Your message is kept, and I try it again at my next start.",
        "whichTask": "Which one?",
        "why.ending": "its last run is still being ended",
        "why.no_marker": "it fell out of the queue: /cancel it, then /retry",
        "why.no_worker": "nobody was at work; somebody comes now",
        "why.pausing": "is being paused",
        "why.starting": "starts now",
        "why.stopping": "is being ended",
        "yoloAsRoot": "--yolo does not work here: this bot runs as root.",
      }
    `));
});

describe('in Chinese', () => {
  it('a to e', () =>
    expect(said('zh', /^[a-e]/)).toMatchInlineSnapshot(`
      {
        "adminsOnly": "只有管理员可以这样做。",
        "andMore": "…… 另有 3 个",
        "answerYesOrNo": "智能体在等你说可以或不可以：请回复“好”或“不”，或按按钮。",
        "approvedBy": "Root 让 Eve 加入了。",
        "asks": "等待答复",
        "attachmentTooBig": "a.bin 有 60 MB；机器人最多只能取 20 MB。任务没有建立。",
        "attachmentsFailed": "文件没有取到，任务没有建立，请再发一次。",
        "badIfFailed": "--if-failed 不认识“maybe”。请写 cancel 或 run。",
        "badModel": "“-”不能是模型名。",
        "badPriority": "“urgent”不是优先级。请写 high、normal、low，或 0（最后）到 9（最先）。",
        "badTime": "“soon”不是时间。请写 2026-11-21T09:00、09:00、+90m 或 in 2h。",
        "buttons.cancel": "⏹ 取消",
        "buttons.drop": "🗑 算了",
        "buttons.newTask": "🆕 新任务",
        "cancelled": "⏹ 已取消 calc。",
        "cancelling": "⏹ 正在结束 calc。",
        "cannotPause": "calc 运行时不能暂停：echo 无法从停下处继续。/cancel 可结束它。",
        "continueWith": "请回复这条消息，写下 calc 接下来要做什么。",
        "declinedBy": "Eve 没有被批准（Root）。",
        "disabled": "你的使用权限已关闭，请联系管理员。",
        "diskFull": "磁盘已满：现在无法接受新的任务。有空间后我会再试。",
        "emptyPrompt": "要做什么？请写在命令后面：/cad 修好失败的测试",
        "endedAgo": "done，2 h前",
        "endedRetry": "calc 已经结束了。/retry 再运行一次。",
      }
    `));
  it('f to p', () =>
    expect(said('zh', /^[f-p]/)).toMatchInlineSnapshot(`
      {
        "farTime": "“+9000d”在一年以后，太远了。",
        "fileGone": "这个文件已经不在了。",
        "fileNotSent": "Telegram 没有接受这个文件，请稍后再试。",
        "fileTooBig": "a.bin 有 60 MB；机器人最多能发 50 MB。",
        "filesAlone": "请看随这个请求发来的文件。",
        "filesAt": "随这个请求发来的文件：
      - /w/a.txt
      - /w/b.txt",
        "filesHead": "calc 的文件，最新的在前：",
        "filesTooBig": "⚠️ 表示超过了机器人能发送的 50 MB。",
        "folderGone": "那个任务的目录已经不在了。请不要回复消息，重新提出。",
        "forwardedCommand": "我不执行转发消息里的命令。请自己写一遍。",
        "hadEnded": "calc 已经结束了。",
        "helpHead": "我能听懂：",
        "historyHead": "最近结束的任务：",
        "ifFailedAlone": "--if-failed 要和 --after <编号> 一起用。请也写上那个任务。",
        "inPrivate": "请私下发给我。",
        "languageChoose": "哪种语言？/lang zh 或 /lang en",
        "languageSet": "以后我用中文和你交流。",
        "lateDropped": "好的，已忽略。",
        "lateRun": "现在运行。",
        "noConversation": "codex 不能继续这个会话。请去掉 --agent。",
        "noFiles": "没有文件。",
        "noHistory": "还没有结束的任务。",
        "noLogs": "它还没有做任何事。",
        "noRunningTask": "这里没有你等待中或运行中的任务。",
        "noSuchTask": "这里没有任务 task-5-1。/tasks 列出现有任务。",
        "noTasks": "没有等待中或运行中的任务。",
        "notAllowed": "你没有以下权限：yolo、codex。请向管理员申请。",
        "notEnded": "calc 还没有结束。/why 说明它在等什么。",
        "notPaused": "calc 没有暂停。/why 说明它的情况。",
        "notYours": "这不是你的任务。",
        "noteNotTold": "calc 已经在运行，智能体没有收到你写的话。",
        "nothingPaused": "这里没有你已暂停的任务。",
        "pastTime": "“09:00”已经过去：这里现在是 2026-11-20 10:00。",
        "paused": "⏸ 已暂停 calc。/resume 让它继续。",
        "pausing": "⏸ 正在暂停 calc。/resume 让它继续。",
        "pausingStill": "⏸ calc 还在暂停中，请稍后再发 /resume。",
        "plainHelp.hint": "任何文字 — 聊天里有会话时，就是发给它的消息",
        "plainHelp.session": "任何文字 — 发给这个聊天的会话，我会记住说过的内容；第一条消息就会开始它",
        "plainHelp.task": "任何文字 — 一个任务；聊天里有会话时，就是发给它的消息",
        "plainHint": "要交给我任务，请以 /cad 开头。/help 列出所有命令。",
        "pong": "我在 · 12 毫秒",
        "pressTooLate": "现在已经不能这样做了。",
        "pressUnknown": "这个按钮已失效。",
      }
    `));
  it('q to z', () =>
    expect(said('zh', /^[q-z]/)).toMatchInlineSnapshot(`
      {
        "queueFull": "这个聊天已有 20 个任务在排队，最多 20 个。请等一些任务开始后再试，或用 /cancel 取消一个。",
        "quota": "今天：3 / 10 个任务 · $0.10 / $1.00 · 1.2k / 5.0k token · 同时 2 个 · 2026-11-21 00:00 重置",
        "quotaRefused.concurrent": "你同时等待和运行的任务最多 10 个。请等一个结束，或用 /cancel 取消一个。",
        "quotaRefused.cost_usd": "你每天 10 的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
        "quotaRefused.daily": "你每天 10 个任务的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
        "quotaRefused.tokens": "你每天 10 token 的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
        "refused": "现在正忙，请稍后再试。",
        "registerAsked": "我已经转告管理员，有结果会告诉你。",
        "registerFull": "目前等待加入的人太多，请明天再试。",
        "registerKnown": "我认识你。/help 列出我能做的事。",
        "registerNoAdmin": "我已经记下，但没有可以询问的管理员。请转告机器人的运行者：ccdispatch users approve 6",
        "registerPending": "我今天已经问过了，还没有人答复。",
        "resumed": "▶️ 轮到 calc 时它会继续。",
        "resumedWithNote": "▶️ 轮到 calc 时它会继续，届时会把你写的话告诉智能体。",
        "retried": "🔁 calc 再运行一次。",
        "runsFor": "已运行 2 h",
        "sharedGone": "你回复的消息说的是多个任务，它们在这里都不能继续了。要作为新任务吗？",
        "sharedQuestion": "你回复的消息说的是多个任务。这句话是给哪一个的？",
        "sharedTaken": "收到。",
        "stats": "最近 30 天：运行 3 次，完成 2，失败 1 · $0.10 · 1.2k token",
        "status": "5 个位置中已用 1 个，2 个在等待。没有工作进程；下一个任务会启动它。",
        "statuses.cancelled": "已取消",
        "statuses.completed": "完成",
        "statuses.failed": "失败",
        "statuses.paused": "已暂停",
        "statuses.pending": "等待中",
        "statuses.running": "运行中",
        "stranger": "我还不认识你。发送 /register，请管理员让你加入。",
        "tasksHead": "2 个任务：",
        "unknownAgent": "没有智能体“gpt”。可用的有：claude。",
        "unknownCommand": "没有 /taks 这个命令。你是想用 /tasks 吗？",
        "unknownFeature": "没有“sudo”这个功能。可用的有：ali, yolo。",
        "unknownProfile": "这里没有设置 --ali。请联系管理员。",
        "usage": "请这样写：/users",
        "userChanged": "已更改：\`5\` Ada",
        "userLine.admin": "管理员",
        "userLine.daily": "每天 10 个",
        "userLine.disabled": "🚫 已关闭",
        "userRuns": "此人还有 2 个任务在运行。等待中的任务不会再启动。",
        "usersFileBroken": "⚠️ 用户文件有误：\`users.json:5\`
      改好之前以最后一份正确的副本为准，也不能更改用户。",
        "usersFileMended": "用户文件已恢复正常。",
        "usersHead": "3 位用户：",
        "waits": "⏳ calc 将在 2026-11-21 09:00 自动继续；若有账号提前可用，则立即继续。",
        "welcome.hint": "你好，Ada。发送 /cad 加上要做的事，例如：
      /cad 写一首关于火车的俳句到 haiku.txt

      /help 列出所有命令。",
        "welcome.session": "你好，Ada。直接写要做的事，例如：
      写一首关于火车的俳句到 haiku.txt

      之后写的内容会在同一个会话里继续：“再写一首关于船的”。/new 开始另一个会话，/help 列出所有命令。",
        "welcome.task": "你好，Ada。直接写要做的事，例如：
      写一首关于火车的俳句到 haiku.txt

      回复结果就可以接着做。/help 列出所有命令。",
        "wentWrong": "我这边出了问题，已记入日志。你的消息已保存，我下次启动时会再试。",
        "whichTask": "哪一个？",
        "why.ending": "它的上一次运行还在结束",
        "why.no_marker": "它不在队列里了：请先 /cancel，再 /retry",
        "why.no_worker": "刚才没有工作进程，现在启动一个",
        "why.pausing": "正在暂停",
        "why.starting": "马上开始",
        "why.stopping": "正在结束",
        "yoloAsRoot": "--yolo 在这里不可用：机器人以 root 身份运行。",
      }
    `));
});

it('are all shown', () => {
  const parts = [/^[a-e]/, /^[f-p]/, /^[q-z]/].map((letters) => Object.keys(said('en', letters)).length);
  expect(parts.reduce((sum, count) => sum + count)).toBe(Object.keys(sentences(botTextsOf('en'))).length);
});
