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
      "approved": "Welcome: you may use this bot now. /help lists what it can do.",
      "approvedBy": "Eve was let in by Root.",
      "attachmentTooBig": "a.bin is 60 MB; a bot can fetch 20 MB at most. No task was made.",
      "attachmentsFailed": "I could not fetch the files, so no task was made. Send them once more.",
      "badModel": ""-" cannot be the name of a model.",
      "badPriority": ""urgent" is no priority. Write high, normal, low, or 0 (last) to 9 (first).",
      "buttons.approve": "✅ Let in",
      "buttons.cancel": "⏹ Cancel",
      "buttons.decline": "🚫 No",
      "buttons.drop": "🗑 Forget it",
      "buttons.runNow": "▶️ Run it now",
      "cancelled": "⏹ calc is cancelled.",
      "cancelling": "⏹ calc is being ended.",
      "continueWith": "Answer this message with what calc is to do next.",
      "declinedBy": "Eve was not let in (Root).",
      "disabled": "Your access is switched off. Ask an admin.",
      "diskFull": "The disk is full: nothing new can be taken now. I try again until there is room.",
      "emptyPrompt": "What is to be done? Write it after the command: /cad fix the failing test",
      "endedAgo": "done, 2 h ago",
    }
  `));
  it('f to p', () =>
    expect(said('en', /^[f-p]/)).toMatchInlineSnapshot(`
    {
      "fileGone": "That file is not there any more.",
      "fileNotSent": "Telegram did not take the file. Try again in a moment.",
      "fileTooBig": "a.bin is 60 MB; a bot can send 50 MB at most.",
      "filesAlone": "Look at the files that came with this request.",
      "filesAt": "Files that came with this request:
    - /w/a.txt
    - /w/b.txt",
      "filesHead": "Files of calc, the latest first:",
      "folderGone": "The folder of that task is not there any more. Ask again without answering a message.",
      "forwardedCommand": "I take no commands from forwarded messages. Write it yourself.",
      "hadEnded": "calc had ended already.",
      "helpHead": "What I understand:",
      "historyHead": "What ended last:",
      "inPrivate": "Write that to me in private.",
      "languageChoose": "Which language? /lang en or /lang zh",
      "languageSet": "I speak English with you now.",
      "lateControl": "You sent /cancel 2 h ago, while I was away, so I did not do it. Send it again.",
      "lateDropped": "Forgotten.",
      "lateQuestion": "You sent this 2 h ago, while I was away. Run it now?",
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
      "notYours": "That task is not yours.",
      "plainHint": "To give me a task, begin with /cad. /help lists all commands.",
      "pong": "pong · 12 ms",
      "pressTooLate": "That is not possible any more.",
      "pressUnknown": "This button does not work any more.",
    }
  `));
  it('q to z', () =>
    expect(said('en', /^[q-z]/)).toMatchInlineSnapshot(`
    {
      "quota": "Today: 3 of 10 tasks · $0.10 of $1.00 · 1.2k of 5.0k tokens · 2 at once · new at 2026-11-21 00:00",
      "quotaRefused.concurrent": "Only 10 of your tasks may wait or run at once. Try again when one has ended, or /cancel one.",
      "quotaRefused.cost_usd": "Your quota of 10 a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
      "quotaRefused.daily": "Your quota of 10 tasks a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
      "quotaRefused.tokens": "Your quota of 10 tokens a day is used up. It is new at 2026-11-21 00:00; an admin can give you more.",
      "refused": "It is busy.
    Try again.",
      "registerAsked": "I have asked. You will hear from me.",
      "registerKnown": "I know you. /help lists what I can do.",
      "registerPending": "I have asked already; nobody has answered yet.",
      "registerQuestion": "Eve (6) wants to use this bot.",
      "retried": "🔁 calc runs once more.",
      "runsFor": "has been running for 2 h",
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
      "welcome": "Hello Ada. Send /cad and what is to be done, for example:
    /cad write a haiku about trains into haiku.txt

    /help lists all commands.",
      "wentWrong": "Something went wrong on my side. It is in the log.",
      "whichTask": "Which one?",
      "why.ending": "its last run is still being ended",
      "why.no_marker": "it fell out of the queue: /cancel it, then /retry",
      "why.no_worker": "nobody was at work; somebody comes now",
      "why.starting": "starts now",
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
      "approved": "欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。",
      "approvedBy": "Root 让 Eve 加入了。",
      "attachmentTooBig": "a.bin 有 60 MB；机器人最多只能取 20 MB。任务没有建立。",
      "attachmentsFailed": "文件没有取到，任务没有建立，请再发一次。",
      "badModel": "“-”不能是模型名。",
      "badPriority": "“urgent”不是优先级。请写 high、normal、low，或 0（最后）到 9（最先）。",
      "buttons.approve": "✅ 同意",
      "buttons.cancel": "⏹ 取消",
      "buttons.decline": "🚫 拒绝",
      "buttons.drop": "🗑 算了",
      "buttons.runNow": "▶️ 现在运行",
      "cancelled": "⏹ 已取消 calc。",
      "cancelling": "⏹ 正在结束 calc。",
      "continueWith": "请回复这条消息，写下 calc 接下来要做什么。",
      "declinedBy": "Eve 没有被批准（Root）。",
      "disabled": "你的使用权限已关闭，请联系管理员。",
      "diskFull": "磁盘已满：现在无法接受新的任务。有空间后我会再试。",
      "emptyPrompt": "要做什么？请写在命令后面：/cad 修好失败的测试",
      "endedAgo": "done，2 h前",
    }
  `));
  it('f to p', () =>
    expect(said('zh', /^[f-p]/)).toMatchInlineSnapshot(`
    {
      "fileGone": "这个文件已经不在了。",
      "fileNotSent": "Telegram 没有接受这个文件，请稍后再试。",
      "fileTooBig": "a.bin 有 60 MB；机器人最多能发 50 MB。",
      "filesAlone": "请看随这个请求发来的文件。",
      "filesAt": "随这个请求发来的文件：
    - /w/a.txt
    - /w/b.txt",
      "filesHead": "calc 的文件，最新的在前：",
      "folderGone": "那个任务的目录已经不在了。请不要回复消息，重新提出。",
      "forwardedCommand": "我不执行转发消息里的命令。请自己写一遍。",
      "hadEnded": "calc 已经结束了。",
      "helpHead": "我能听懂：",
      "historyHead": "最近结束的任务：",
      "inPrivate": "请私下发给我。",
      "languageChoose": "哪种语言？/lang zh 或 /lang en",
      "languageSet": "以后我用中文和你交流。",
      "lateControl": "你 2 h前发了 /cancel，当时我不在线，所以没有执行。需要的话请再发一次。",
      "lateDropped": "好的，已忽略。",
      "lateQuestion": "这是你 2 h前发的，当时我不在线。现在运行吗？",
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
      "notYours": "这不是你的任务。",
      "plainHint": "要交给我任务，请以 /cad 开头。/help 列出所有命令。",
      "pong": "我在 · 12 毫秒",
      "pressTooLate": "现在已经不能这样做了。",
      "pressUnknown": "这个按钮已失效。",
    }
  `));
  it('q to z', () =>
    expect(said('zh', /^[q-z]/)).toMatchInlineSnapshot(`
    {
      "quota": "今天：3 / 10 个任务 · $0.10 / $1.00 · 1.2k / 5.0k token · 同时 2 个 · 2026-11-21 00:00 重置",
      "quotaRefused.concurrent": "你同时等待和运行的任务最多 10 个。请等一个结束，或用 /cancel 取消一个。",
      "quotaRefused.cost_usd": "你每天 10 的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
      "quotaRefused.daily": "你每天 10 个任务的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
      "quotaRefused.tokens": "你每天 10 token 的限额已用完，2026-11-21 00:00 重置；管理员可以给你更多。",
      "refused": "现在正忙，请稍后再试。",
      "registerAsked": "我已经转告管理员，有结果会告诉你。",
      "registerKnown": "我认识你。/help 列出我能做的事。",
      "registerPending": "我已经问过了，还没有人答复。",
      "registerQuestion": "Eve（6）想使用这个机器人。",
      "retried": "🔁 calc 再运行一次。",
      "runsFor": "已运行 2 h",
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
      "welcome": "你好，Ada。发送 /cad 加上要做的事，例如：
    /cad 写一首关于火车的俳句到 haiku.txt

    /help 列出所有命令。",
      "wentWrong": "我这边出了问题，已记入日志。",
      "whichTask": "哪一个？",
      "why.ending": "它的上一次运行还在结束",
      "why.no_marker": "它不在队列里了：请先 /cancel，再 /retry",
      "why.no_worker": "刚才没有工作进程，现在启动一个",
      "why.starting": "马上开始",
      "yoloAsRoot": "--yolo 在这里不可用：机器人以 root 身份运行。",
    }
  `));
});

it('are all shown', () => {
  const parts = [/^[a-e]/, /^[f-p]/, /^[q-z]/].map((letters) => Object.keys(said('en', letters)).length);
  expect(parts.reduce((sum, count) => sum + count)).toBe(Object.keys(sentences(botTextsOf('en'))).length);
});
