/** The table of all commands: `/help`, Telegram's menus, the README's table and the router are made from it. */

import type { BotCommand } from './command.ts';
import { answeredTaskId, controls, loadTask } from './find-tasks.ts';
import { basicCommands } from './handlers/basics.ts';
import { controlCommands } from './handlers/control.ts';
import { listCommands } from './handlers/list.ts';
import { makeTask } from './handlers/make-task.ts';
import { peopleCommands } from './handlers/people.ts';
import type { IncomingMessage } from './incoming.ts';
import { refuseForeign } from './refusals.ts';
import { say } from './say.ts';
import type { Turn } from './turn.ts';

/** `/cad` and plain text: a task; as an answer to one of ours, it goes on with that one. */
async function runRequest(turn: Turn<IncomingMessage>, text: string): Promise<void> {
  const taskId = answeredTaskId(turn);
  const answered = taskId === null ? null : loadTask(turn.parts, taskId);
  if (answered && !controls(turn, answered)) return await refuseForeign(turn, answered.task_id);
  await makeTask(turn, text, answered);
}

/** Text without a command: goes on with what it answers; else a task or a hint, as the settings say. */
export async function runPlain(turn: Turn<IncomingMessage>): Promise<void> {
  const isRequest = answeredTaskId(turn) !== null || turn.plan?.kind === 'task';
  if (!isRequest && turn.parts.settings.bot.plainText === 'hint') return await say(turn, turn.texts.plainHint);
  await runRequest(turn, turn.asked.text);
}

const cad: BotCommand = {
  name: 'cad',
  words: [],
  who: 'user',
  isControl: false,
  argument: { en: '<prompt>', zh: '<要做的事>' },
  help: {
    en: 'give me a task (--ali --agent-teams --yolo --priority --agent --model)',
    zh: '交给我一个任务（--ali --agent-teams --yolo --priority --agent --model）',
  },
  run: runRequest,
};

export const botCommands: readonly BotCommand[] = [
  cad,
  ...listCommands,
  ...controlCommands,
  ...basicCommands(() => botCommands),
  ...peopleCommands,
];

export const commandByName: ReadonlyMap<string, BotCommand> = new Map(
  botCommands.map((command) => [command.name, command]),
);

/** Words that mean a command without a slash. */
export const bareWords: ReadonlyMap<string, string> = new Map(
  botCommands.flatMap(({ name, words }) => words.map((word) => [word, name] as const)),
);
