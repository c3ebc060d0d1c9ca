/** The table of all commands: `/help`, Telegram's menus, the README's table and the router are made from it. */

import type { BotCommand } from './command.ts';
import { accountCommands } from './handlers/accounts.ts';
import { basicCommands } from './handlers/basics.ts';
import { controlCommands } from './handlers/control.ts';
import { listCommands } from './handlers/list.ts';
import { peopleCommands } from './handlers/people.ts';
import { runRequest } from './handlers/requests.ts';
import { sessionCommands } from './handlers/sessions.ts';
import { workCommands } from './handlers/work.ts';

const cad: BotCommand = {
  name: 'cad',
  words: [],
  who: 'user',
  isControl: false,
  argument: { en: '<prompt>', zh: '<要做的事>' },
  help: {
    en: 'a task of its own, apart from this chat’s session (--ali --agent-teams --yolo --priority --agent --model --at --after --repo)',
    zh: '交给我一个独立的任务，与聊天的会话无关（--ali --agent-teams --yolo --priority --agent --model --at --after --repo）',
  },
  run: runRequest,
};

export const botCommands: readonly BotCommand[] = [
  cad,
  ...sessionCommands,
  ...listCommands,
  ...controlCommands,
  ...workCommands,
  ...basicCommands(() => botCommands),
  ...peopleCommands,
  ...accountCommands,
];

export const commandByName: ReadonlyMap<string, BotCommand> = new Map(
  botCommands.map((command) => [command.name, command]),
);

/** Words that mean a command without a slash. */
export const bareWords: ReadonlyMap<string, string> = new Map(
  botCommands.flatMap(({ name, words }) => words.map((word) => [word, name] as const)),
);
