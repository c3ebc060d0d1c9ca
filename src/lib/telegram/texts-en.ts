/** The bot's own answers in English. */

import type { BotTexts } from './texts.ts';

const used = (amount: string, most: string | null) => (most === null ? amount : `${amount} of ${most}`);

export const englishBotTexts: BotTexts = {
  welcome: {
    session: (name) =>
      `Hello ${name}. Write what is to be done, for example:\nwrite a haiku about trains into haiku.txt\n\nWhat you write after that goes on in the same conversation: “now one about ships”. /new begins another, /help lists all commands.`,
    task: (name) =>
      `Hello ${name}. Write what is to be done, for example:\nwrite a haiku about trains into haiku.txt\n\nAnswer the result to go on with it. /help lists all commands.`,
    hint: (name) =>
      `Hello ${name}. Send /cad and what is to be done, for example:\n/cad write a haiku about trains into haiku.txt\n\n/help lists all commands.`,
  },
  stranger: 'I do not know you yet. /register asks those who run this bot to let you in.',
  disabled: 'Your access is switched off. Ask an admin.',
  registerAsked: 'I have asked. You will hear from me.',
  registerNoAdmin: (id) =>
    `I have noted it, but there is no admin whom I could ask. Tell whoever runs this bot: ccdispatch users approve ${id}`,
  registerPending: 'I have asked today already; nobody has answered yet.',
  registerFull: 'Too many people wait to be let in at the moment. Try again tomorrow.',
  registerKnown: 'I know you. /help lists what I can do.',
  approvedBy: (name, admin) => `${name} was let in by ${admin}.`,
  declinedBy: (name, admin) => `${name} was not let in (${admin}).`,

  notAllowed: (features) => `You may not use: ${features.join(', ')}. Ask an admin for it.`,
  adminsOnly: 'Only admins may do that.',
  inPrivate: 'Write that to me in private.',
  notYours: 'That task is not yours.',
  quotaRefused: {
    daily: (limit, until) =>
      `Your quota of ${limit} ${limit === '1' ? 'task' : 'tasks'} a day is used up. It is new at ${until}; an admin can give you more.`,
    cost_usd: (limit, until) =>
      `Your quota of ${limit} a day is used up. It is new at ${until}; an admin can give you more.`,
    tokens: (limit, until) =>
      `Your quota of ${limit} tokens a day is used up. It is new at ${until}; an admin can give you more.`,
    concurrent: (limit) =>
      `Only ${limit} of your tasks may wait or run at once. Try again when one has ended, or /cancel one.`,
  },
  queueFull: (waiting, limit) =>
    `${waiting === 1 ? 'One task of this chat waits' : `${waiting} tasks of this chat wait`} already, and ${limit} may. Try again when some have started, or /cancel one.`,
  badTime: (given) => `"${given}" is no time. Write 2026-11-21T09:00, 09:00, +90m or in 2h.`,
  pastTime: (given, now) => `"${given}" lies in the past: it is ${now} here.`,
  farTime: (given) => `"${given}" lies more than a year ahead.`,
  badIfFailed: (given) => `"${given}" is not known for --if-failed. Write cancel or run.`,
  ifFailedAlone: '--if-failed says what becomes of a task with --after <id>. Name that task, too.',
  unknownAgent: (name, known) => `There is no agent "${name}". There are: ${known}.`,
  unknownProfile: (name) => `--${name} is not set up here. Ask whoever runs this bot.`,
  badPriority: (given) => `"${given}" is no priority. Write high, normal, low, or 0 (last) to 9 (first).`,
  badModel: (given) => `"${given}" cannot be the name of a model.`,
  yoloAsRoot: '--yolo does not work here: this bot runs as root.',
  noConversation: (agent) => `${agent} cannot go on in this conversation. Leave --agent out.`,
  folderGone: 'The folder of that task is not there any more. Ask again without answering a message.',
  refused: ({ message, hint }) => `${message}\n${hint}`,
  diskFull: 'The disk is full: nothing new can be taken now. I try again until there is room.',
  wentWrong:
    'Something went wrong on my side: it is in the log. Your message is kept, and I try it again at my next start.',

  unknownCommand: (name, nearest) =>
    nearest ? `There is no /${name}. Did you mean /${nearest}?` : `There is no /${name}. /help lists what there is.`,
  plainHint: 'To give me a task, begin with /cad. /help lists all commands.',
  emptyPrompt: 'What is to be done? Write it after the command: /cad fix the failing test',
  usage: (example) => `Write it like this: ${example}`,
  forwardedCommand: 'I take no commands from forwarded messages. Write it yourself.',
  helpHead: 'What I understand:',
  plainHelp: {
    session: 'any text — goes to this chat’s session, where I remember what was said; the first message begins it',
    task: 'any text — a task; where the chat has a session, a message to it',
    hint: 'any text — where the chat has a session, a message to it',
  },
  pong: (ms) => `pong · ${ms} ms`,
  languageSet: 'I speak English with you now.',
  languageChoose: 'Which language? /lang en or /lang zh',

  lateDropped: 'Forgotten.',
  lateRun: 'It runs now.',

  sharedQuestion: 'You answered a message that speaks of several tasks. Which one goes on with this?',
  sharedGone:
    'You answered a message that speaks of several tasks, and none of them can go on here. Is this a new one?',
  sharedTaken: 'I take it.',

  answerYesOrNo: 'The agent waits for a yes or a no: reply with one of them, or press a button.',

  noTasks: 'Nothing waits and nothing runs.',
  tasksHead: (count) => `${count} ${count === 1 ? 'task' : 'tasks'}:`,
  andMore: (count) => `… and ${count} more`,
  historyHead: 'What ended last:',
  noHistory: 'Nothing has ended yet.',
  noSuchTask: (id) => `There is no task ${id} here. /tasks shows what there is.`,
  noRunningTask: 'Nothing of yours waits or runs here.',
  whichTask: 'Which one?',
  cancelled: (name) => `⏹ ${name} is cancelled.`,
  cancelling: (name) => `⏹ ${name} is being ended.`,
  hadEnded: (name) => `${name} had ended already.`,
  paused: (name) => `⏸ ${name} is paused. /resume lets it go on.`,
  pausing: (name) => `⏸ ${name} is being paused. /resume lets it go on.`,
  pausingStill: (name) => `⏸ ${name} is just being paused. Send /resume again in a moment.`,
  cannotPause: (name, agent) =>
    `${name} cannot be paused while it runs: ${agent} could not go on where it stopped. /cancel ends it.`,
  waits: (name, time) => `⏳ ${name} goes on by itself at ${time}, or as soon as an account is free.`,
  resumed: (name) => `▶️ ${name} goes on when its turn comes.`,
  resumedWithNote: (name) => `▶️ ${name} goes on when its turn comes; its agent is then told what you wrote.`,
  noteNotTold: (name) => `${name} runs already; its agent was told nothing.`,
  notPaused: (name) => `${name} is not paused. /why says how it stands.`,
  nothingPaused: 'Nothing of yours is paused here.',
  endedRetry: (name) => `${name} has ended already. /retry runs it once more.`,
  retried: (name) => `🔁 ${name} runs once more.`,
  notEnded: (name) => `${name} has not ended yet. /why says what it waits for.`,
  noLogs: 'It has not done anything yet.',
  continueWith: (name) => `Answer this message with what ${name} is to do next.`,
  statuses: {
    pending: 'waiting',
    running: 'running',
    paused: 'paused',
    completed: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
  },
  why: {
    starting: 'starts now',
    no_marker: 'it fell out of the queue: /cancel it, then /retry',
    no_worker: 'nobody was at work; somebody comes now',
    ending: 'its last run is still being ended',
    pausing: 'is being paused',
    stopping: 'is being ended',
  },
  asks: 'waiting for an answer',
  runsFor: (time) => `has been running for ${time}`,
  endedAgo: (how, time) => `${how}, ${time} ago`,
  status: ({ running, waiting, slots, worker }) =>
    `${running} of ${slots} places taken, ${waiting} waiting. ${worker ? 'A worker is at work.' : 'No worker lives; the next task starts one.'}`,
  stats: ({ days, runs, completed, failed, cost, tokens }) =>
    `Last ${days} days: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${completed} done, ${failed} failed · ${cost} · ${tokens} tokens`,
  quota: ({ used: tasks, daily, cost, maxCost, tokens, maxTokens, concurrent, resetsAt }) =>
    [
      `Today: ${used(String(tasks), daily === null ? null : String(daily))} ${tasks === 1 && daily === null ? 'task' : 'tasks'}`,
      used(cost, maxCost),
      `${used(tokens, maxTokens)} tokens`,
      concurrent === null ? '' : `${concurrent} at once`,
      `new at ${resetsAt}`,
    ]
      .filter(Boolean)
      .join(' · '),

  buttons: {
    cancel: '⏹ Cancel',
    drop: '🗑 Forget it',
    newTask: '🆕 A new task',
  },
  pressTooLate: 'That is not possible any more.',
  pressUnknown: 'This button does not work any more.',

  filesHead: (name) => `Files of ${name}, the latest first:`,
  filesTooBig: '⚠️ is more than the 50 MB that a bot can send.',
  noFiles: 'There are no files.',
  fileTooBig: (name, size) => `${name} is ${size}; a bot can send 50 MB at most.`,
  fileGone: 'That file is not there any more.',
  fileNotSent: 'Telegram did not take the file. Try again in a moment.',
  attachmentTooBig: (name, size) => `${name} is ${size}; a bot can fetch 20 MB at most. No task was made.`,
  attachmentsFailed: 'I could not fetch the files, so no task was made. Send them once more.',
  filesAlone: 'Look at the files that came with this request.',
  filesAt: (paths) => `Files that came with this request:\n${paths.map((path) => `- ${path}`).join('\n')}`,

  usersHead: (count) => `${count} ${count === 1 ? 'person' : 'people'}:`,
  userLine: { admin: 'admin', disabled: '🚫 switched off', daily: (tasks) => `${tasks} a day` },
  userChanged: (line) => `Changed: ${line}`,
  userRuns: (count) =>
    `${count} ${count === 1 ? 'task of this person still runs' : 'tasks of this person still run'}. What waits is not started any more.`,
  unknownFeature: (name, known) => `"${name}" is no feature. There are: ${known}.`,
  usersFileBroken: (place, what, hasCopy) =>
    `⚠️ The file of users is faulty: \`${place}\`: ${what}\n${hasCopy ? 'Until it is mended the last good copy counts' : 'Nobody is let in'}, and nothing can be changed.`,
  usersFileMended: 'The file of users is good again.',
};
