/** What the bot says about sessions, in both languages. */

import type { Language } from '../notifications/notification.ts';
import type { SessionView } from '../runs/sessions/session-state.ts';

export interface SessionTexts {
  begun(name: string): string;
  /** A plain message has begun it. */
  begunByMessage(name: string): string;
  /** Plain messages go to this one from now on. */
  speaksTo(name: string): string;
  head(count: number): string;
  none: string;
  /** No session is the chat's current one. */
  noCurrent: string;
  /** He wants something stopped that is no session's. */
  cancelInstead: string;
  noSuch(name: string): string;
  several(name: string): string;
  ended(name: string): string;
  hadEnded(name: string): string;
  stopping(name: string): string;
  notAtWork(name: string): string;
  current: string;
  /** Shown to whoever pressed. */
  takenBack(seconds: number): string;
  waiting(count: number): string;
  unusedFor(time: string): string;
  /** What is open already, where no more may be. */
  tooMany(limit: number): string;
  nowWhat: string;
  badName: string;
  nameTaken(name: string): string;
  states: Record<SessionView['state'], string>;
  use: string;
  end: string;
}

const english: SessionTexts = {
  begun: (name) => `🟢 Session **${name}** has begun. What you write here goes to it; /end ends it.`,
  begunByMessage: (name) =>
    `🟢 Session **${name}** has begun: I remember what you write here, until /end. /cad gives a task apart from it.`,
  speaksTo: (name) => `🟢 What you write here goes to **${name}** now.`,
  head: (count) => (count === 1 ? '1 open session:' : `${count} open sessions:`),
  none: 'No session is open. Begin one with /new.',
  noCurrent: 'This chat speaks to no session. Begin one with /new, or choose one with /sessions.',
  cancelInstead: 'This chat speaks to no session. To end a task: /cancel',
  noSuch: (name) => `There is no open session “${name}”. See them with /sessions.`,
  several: (name) => `Several open sessions are called “${name}”. Name the one you mean by its id: /sessions`,
  ended: (name) => `The session **${name}** has ended.`,
  hadEnded: (name) => `The session **${name}** had ended already.`,
  stopping: (name) => `⏹ The turn of **${name}** is being ended; the session stays.`,
  notAtWork: (name) => `**${name}** is not at work.`,
  current: 'current',
  takenBack: (seconds) => `Whoever works there is warned; it is yours in ${seconds} s.`,
  waiting: (count) => `${count} waiting`,
  unusedFor: (time) => `unused for ${time}`,
  tooMany: (limit) => `You may have ${limit} open sessions at once. End one of these first:`,
  badName: 'A session’s name has at most 64 characters, and no slash.',
  nameTaken: (name) => `There is an open session **${name}** already; /use ${name} speaks to it.`,
  nowWhat: 'Write what to say behind it: /now stop that, do this instead',
  states: {
    healthy: 'ready',
    working: 'working',
    'working-long': 'working for long',
    waiting: 'waiting for an answer',
    asleep: 'asleep',
    stuck: 'stuck',
    dead: 'starting again',
    poisoned: 'starting anew',
    ended: 'ended',
    attached: 'at a terminal',
  },
  use: 'Speak to it',
  end: 'End it',
};

const chinese: SessionTexts = {
  begun: (name) => `🟢 会话 **${name}** 已开始。你在这里写的内容都会发给它；/end 结束它。`,
  begunByMessage: (name) =>
    `🟢 会话 **${name}** 已开始：我会记住你在这里写的内容，直到 /end。/cad 交给我一个独立的任务。`,
  speaksTo: (name) => `🟢 现在你在这里写的内容会发给 **${name}**。`,
  head: (count) => `${count} 个打开的会话：`,
  none: '没有打开的会话。用 /new 开始一个。',
  noCurrent: '这个聊天没有当前会话。用 /new 开始一个，或用 /sessions 选择一个。',
  cancelInstead: '这个聊天没有当前会话。要结束任务，请用 /cancel',
  noSuch: (name) => `没有打开的会话“${name}”。用 /sessions 查看。`,
  several: (name) => `有几个打开的会话都叫“${name}”。请用编号指明：/sessions`,
  ended: (name) => `会话 **${name}** 已结束。`,
  hadEnded: (name) => `会话 **${name}** 之前已经结束。`,
  stopping: (name) => `⏹ 正在结束 **${name}** 的这一轮；会话保留。`,
  notAtWork: (name) => `**${name}** 没有在工作。`,
  current: '当前',
  takenBack: (seconds) => `已提醒终端那边的人，${seconds} 秒后收回。`,
  waiting: (count) => `${count} 条等待中`,
  unusedFor: (time) => `${time}没有使用`,
  tooMany: (limit) => `你最多可以同时打开 ${limit} 个会话。请先结束其中一个：`,
  badName: '会话的名字最多 64 个字符，不能有斜杠。',
  nameTaken: (name) => `已经有一个打开的会话叫 **${name}**；/use ${name} 和它说话。`,
  nowWhat: '请在后面写上要说的话：/now 停下，改做这个',
  states: {
    healthy: '就绪',
    working: '工作中',
    'working-long': '已工作很久',
    waiting: '等待答复',
    asleep: '休眠',
    stuck: '卡住',
    dead: '正在重新启动',
    poisoned: '正在重新开始',
    ended: '已结束',
    attached: '正在终端里使用',
  },
  use: '和它说话',
  end: '结束它',
};

export function sessionTextsOf(language: Language): SessionTexts {
  return language === 'zh' ? chinese : english;
}
