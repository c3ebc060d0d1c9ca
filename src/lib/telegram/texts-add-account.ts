/** What the bot says while an admin adds an account from the chat, in both languages. */

import type { Language } from '../notifications/notification.ts';
import type { Step } from './adding/dialogue.ts';
import type { Fault } from './adding/judge.ts';

export interface AddAccountTexts {
  /** Under the shell command that is offered first. */
  here: string;
  begun(minutes: number): string;
  asks: Record<Exclude<Step, 'adding'>, string>;
  buttons: Record<'cancel' | 'key' | 'url' | 'test', string>;
  faults: Record<Fault, string>;
  /** The answer to somebody who begins while he has begun already. */
  underWay: string;
  /** After a command in the middle. */
  goesOn: string;
  /** The key was taken. */
  taken: string;
  deleted: string;
  notDeleted: string;
  cancelled: string;
  expired(minutes: number): string;
  /** A key that nobody asked for, or not any more. */
  tooLate: string;
  added(name: string, agent: string, priority: number): string;
  testing(name: string): string;
  works(name: string): string;
  worksNot(name: string, status: number | null): string;
}

const texts: Record<Language, AddAccountTexts> = {
  en: {
    here: '💬 Add one here after all',
    begun: (minutes) =>
      `➕ A new account, in a few steps. It ends by itself after ${minutes} minutes without an answer; /cancel ends it now.`,
    asks: {
      name: 'What is it to be called? Up to 32 small letters, digits, - and _.',
      agent: 'Which agent works with it?',
      kind: 'What does it log in with?',
      url: 'What is the base URL of the service? For example https://api.example.com',
      secret:
        '🔑 Send the key now, alone in one message. It is kept encrypted, and I delete your message. Telegram will have seen it all the same; the shell keeps it out of the chat.',
      priority: 'Which priority, from 0 to 100? The highest goes first.',
    },
    buttons: { cancel: '✖️ Cancel', key: '🔑 API key', url: '🌐 Base URL and key', test: '🧪 Try it' },
    faults: {
      badName: 'That is no name for an account.',
      nameTaken: 'There is an account of that name already.',
      unknownAgent: 'I cannot add an account for that agent here; ccdispatch accounts add --secret-env can.',
      pressKind: 'Please press one of the buttons.',
      badUrl: 'That is no http(s) URL, or it holds a name and password.',
      badSecret: 'That is no key: it has blanks, or is too short or too long.',
      badPriority: 'That is no priority.',
      notText: 'I need text here, not a file.',
      forwarded: 'I take no answers from forwarded messages. Write it yourself.',
      edited: 'I do not read edits. Send it as a new message.',
    },
    underWay: 'You are adding an account already.',
    goesOn: 'You are still adding an account.',
    taken: '🔒 The key is kept encrypted.',
    deleted: '🧹 Your message is deleted.',
    notDeleted: '⚠️ I could not delete your message. Please delete it yourself.',
    cancelled: '✖️ Cancelled: no account was added, and nothing of it is kept.',
    expired: (minutes) =>
      `⌛️ No answer for ${minutes} minutes: ended. No account was added, and nothing of it is kept. /accounts begins again.`,
    tooLate:
      'That looks like a key, but no account is being added: I did nothing with it and kept nothing of it. /accounts begins again; if it was a request, send it with /cad.',
    added: (name, agent, priority) =>
      `✅ The account ${name} is there: ${agent}, priority ${priority}. What waited for an account goes on.`,
    testing: (name) => `🧪 Trying ${name} with one tiny call …`,
    works: (name) => `✅ ${name} works.`,
    worksNot: (name, status) => `❌ ${name} does not work${status === null ? '' : ` (${status})`}:`,
  },
  zh: {
    here: '💬 还是在这里添加',
    begun: (minutes) => `➕ 分几步添加一个账号。${minutes} 分钟没有回答会自动结束；/cancel 立即结束。`,
    asks: {
      name: '账号叫什么名字？最多 32 个小写字母、数字、- 和 _。',
      agent: '由哪个智能体使用？',
      kind: '用什么登录？',
      url: '服务的 base URL 是什么？例如 https://api.example.com',
      secret:
        '🔑 现在请单独用一条消息发送密钥。它会加密保存，我会删除您的消息。但 Telegram 仍然看得到它；用 shell 添加则不经过聊天。',
      priority: '优先级是多少（0 到 100）？数字大的先用。',
    },
    buttons: { cancel: '✖️ 取消', key: '🔑 API 密钥', url: '🌐 Base URL 和密钥', test: '🧪 试一试' },
    faults: {
      badName: '这不能作为账号名。',
      nameTaken: '已经有同名的账号。',
      unknownAgent: '这里不能为该智能体添加账号；可用 ccdispatch accounts add --secret-env。',
      pressKind: '请按其中一个按钮。',
      badUrl: '这不是 http(s) URL，或者里面带有用户名和密码。',
      badSecret: '这不是密钥：有空格，或者太短、太长。',
      badPriority: '这不是优先级。',
      notText: '这里需要文字，不要文件。',
      forwarded: '我不接受转发的消息作为回答，请自己写。',
      edited: '我不读取修改后的消息，请作为新消息发送。',
    },
    underWay: '您已经在添加一个账号了。',
    goesOn: '您还在添加账号。',
    taken: '🔒 密钥已加密保存。',
    deleted: '🧹 您的消息已删除。',
    notDeleted: '⚠️ 无法删除您的消息，请自己删除。',
    cancelled: '✖️ 已取消：没有添加账号，也没有保留任何内容。',
    expired: (minutes) =>
      `⌛️ ${minutes} 分钟没有回答，已结束。没有添加账号，也没有保留任何内容。用 /accounts 重新开始。`,
    tooLate:
      '这看起来像密钥，但现在没有在添加账号：我没有使用它，也没有保留。用 /accounts 重新开始；如果这是任务，请用 /cad 发送。',
    added: (name, agent, priority) => `✅ 账号 ${name} 已添加：${agent}，优先级 ${priority}。等待账号的任务会继续。`,
    testing: (name) => `🧪 正在用一次很小的调用试 ${name} …`,
    works: (name) => `✅ ${name} 可用。`,
    worksNot: (name, status) => `❌ ${name} 不可用${status === null ? '' : `（${status}）`}：`,
  },
};

export const addAccountTextsOf = (language: Language): AddAccountTexts => texts[language];
