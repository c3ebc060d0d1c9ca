/** What people are asked and told about themselves: messages that came late, and being let in. In both languages. */

import type { Language } from './notification.ts';

export interface NoticeTexts {
  lateQuestion(age: string): string;
  /** Where nobody would hear a press of a button. */
  lateSendAgain(age: string): string;
  lateControl(command: string, age: string): string;
  registerQuestion(name: string, id: string): string;
  /** What does the same as the buttons. */
  registerHint(id: string): string;
  admitted: string;
  sessionLimit(limit: number): string;
  unusedFor(time: string): string;
  /** Where nobody would hear a press of a button. */
  sessionLimitHint: string;
  sessionOptions(name: string, options: string): string;
  sessionOptionsHint: string;
  /** The message goes to the session with all of its words. */
  asWords(name: string): string;
  buttons: Record<'approve' | 'decline' | 'runNow' | 'drop' | 'ownTask', string>;
}

export const noticeTexts: Record<Language, NoticeTexts> = {
  en: {
    lateQuestion: (age) => `You sent this ${age} ago, while I was away. Run it now?`,
    lateSendAgain: (age) => `You sent this ${age} ago, while I was away, so I did not run it. Send it again.`,
    lateControl: (command, age) =>
      `You sent /${command} ${age} ago, while I was away, so I did not do it. Send it again.`,
    registerQuestion: (name, id) => `${name} (${id}) wants to use this bot.`,
    registerHint: (id) => `/users approve ${id} lets them in.`,
    admitted: 'Welcome: you may use this bot now. /help lists what it can do.',
    sessionLimit: (limit) =>
      `You may have ${limit} open ${limit === 1 ? 'session' : 'sessions'} at once. Your message waits: end one of these and it begins a new one, or make it a task of its own.`,
    unusedFor: (time) => `unused for ${time}`,
    sessionLimitHint: '/end <name> ends one; then send your message again.',
    sessionOptions: (name, options) =>
      `${name} keeps what it began with, so ${options} cannot be given with a message to it. Is yours a task of its own, or are these a part of its words? (/new with such options begins another session.)`,
    sessionOptionsHint: '/cad makes a task of it; in backquotes they are words.',
    asWords: (name) => `💬 To ${name}, word for word`,
    buttons: {
      approve: '✅ Let in',
      decline: '🚫 No',
      runNow: '▶️ Run it now',
      drop: '🗑 Forget it',
      ownTask: '🆕 A task of its own',
    },
  },
  zh: {
    lateQuestion: (age) => `这是你 ${age}前发的，当时我不在线。现在运行吗？`,
    lateSendAgain: (age) => `这是你 ${age}前发的，当时我不在线，所以没有运行。需要的话请再发一次。`,
    lateControl: (command, age) => `你 ${age}前发了 /${command}，当时我不在线，所以没有执行。需要的话请再发一次。`,
    registerQuestion: (name, id) => `${name}（${id}）想使用这个机器人。`,
    registerHint: (id) => `发送 /users approve ${id} 即可同意。`,
    admitted: '欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。',
    sessionLimit: (limit) =>
      `你最多可以同时打开 ${limit} 个会话。你的消息在等待：结束其中一个，它就会开始新的会话；也可以把它作为独立的任务。`,
    unusedFor: (time) => `${time}没有使用`,
    sessionLimitHint: '用 /end <名字> 结束一个，然后再发一次消息。',
    sessionOptions: (name, options) =>
      `${name} 沿用开始时的设置，发给它的消息不能带 ${options}。要作为独立的任务，还是原样发给它？（/new 加上这些选项可以开始另一个会话。）`,
    sessionOptionsHint: '用 /cad 把它作为任务；放在反引号里就是普通文字。',
    asWords: (name) => `💬 原样发给 ${name}`,
    buttons: {
      approve: '✅ 同意',
      decline: '🚫 拒绝',
      runNow: '▶️ 现在运行',
      drop: '🗑 算了',
      ownTask: '🆕 独立的任务',
    },
  },
};
