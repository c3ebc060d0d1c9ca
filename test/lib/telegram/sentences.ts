// The bot's table of texts as plain sentences: those that need arguments get some.

import type { BotTexts } from '../../../src/lib/telegram/texts.ts';

/** Arguments for the sentences that need some. */
const given: { [Name in keyof BotTexts]?: unknown[] } = {
  welcome: ['Ada'],
  registerNoAdmin: ['6'],
  approvedBy: ['Eve', 'Root'],
  declinedBy: ['Eve', 'Root'],
  notAllowed: [['yolo', 'codex']],
  unknownAgent: ['gpt', 'claude'],
  unknownProfile: ['ali'],
  badPriority: ['urgent'],
  badModel: ['-'],
  queueFull: [20, 20],
  badTime: ['soon'],
  pastTime: ['09:00', '2026-11-20 10:00'],
  farTime: ['+9000d'],
  badIfFailed: ['maybe'],
  noConversation: ['codex'],
  refused: [{ code: 'busy', message: 'It is busy.', hint: 'Try again.' }],
  unknownCommand: ['taks', 'tasks'],
  usage: ['/users'],
  pong: [12],
  tasksHead: [2],
  andMore: [3],
  noSuchTask: ['task-5-1'],
  cancelled: ['calc'],
  cancelling: ['calc'],
  hadEnded: ['calc'],
  paused: ['calc'],
  pausing: ['calc'],
  pausingStill: ['calc'],
  cannotPause: ['calc', 'echo'],
  resumed: ['calc'],
  waits: ['calc', '2026-11-21 09:00'],
  resumedWithNote: ['calc'],
  noteNotTold: ['calc'],
  notPaused: ['calc'],
  endedRetry: ['calc'],
  retried: ['calc'],
  notEnded: ['calc'],
  continueWith: ['calc'],
  runsFor: ['2 h'],
  endedAgo: ['done', '2 h'],
  status: [{ running: 1, waiting: 2, slots: 5, worker: false }],
  stats: [{ days: 30, runs: 3, completed: 2, failed: 1, cost: '$0.10', tokens: '1.2k' }],
  quota: [
    {
      used: 3,
      daily: 10,
      cost: '$0.10',
      maxCost: '$1.00',
      tokens: '1.2k',
      maxTokens: '5.0k',
      concurrent: 2,
      resetsAt: '2026-11-21 00:00',
    },
  ],
  filesHead: ['calc'],
  fileTooBig: ['a.bin', '60 MB'],
  attachmentTooBig: ['a.bin', '60 MB'],
  filesAt: [['/w/a.txt', '/w/b.txt']],
  usersHead: [3],
  userChanged: ['`5` Ada'],
  userRuns: [2],
  unknownFeature: ['sudo', 'ali, yolo'],
  usersFileBroken: ['users.json:5', 'must be text', true],
};

/** Those of a sentence by its path: all of a group get the same. */
const argumentsOf = (path: string) => given[path.split('.')[0] as keyof BotTexts];

/** All sentences of a table, by their paths. */
export function sentences(table: object, path = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(table)) {
    if (typeof value === 'object') Object.assign(found, sentences(value, `${path}${name}.`));
    else if (typeof value === 'string') found[path + name] = value;
    else found[path + name] = value(...(argumentsOf(path + name) ?? ['10', '2026-11-21 00:00']));
  }
  return found;
}
