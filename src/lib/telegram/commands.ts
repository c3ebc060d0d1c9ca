/** The table of all commands: `/help`, Telegram's menu and the router are made from it. */

import type { BotCommand } from './command.ts';
import { loadTask, taskIdIn, taskOfMessage } from './find-tasks.ts';
import { basicCommands } from './handlers/basics.ts';
import { controlCommands } from './handlers/control.ts';
import { listCommands } from './handlers/list.ts';
import { continuedTask, makeTask } from './handlers/make-task.ts';
import { peopleCommands } from './handlers/people.ts';
import type { IncomingMessage } from './incoming.ts';
import { say, type Turn } from './turn.ts';

/** The task whose message this one answers, as far as it may be continued; null for a request of its own. */
function answeredTask(turn: Turn<IncomingMessage>) {
  const { parts, asked } = turn;
  if (!asked.replyTo?.isOurs) return null;
  const chatIds = [asked.chat.id, ...parts.formerIds(asked.chat.id)];
  return continuedTask(turn, taskOfMessage(parts, chatIds, asked.replyTo.messageId) ?? taskIdIn(asked.replyTo.text));
}

/** `/cad` and plain text: a task. */
export async function runRequest(turn: Turn<IncomingMessage>, text: string): Promise<void> {
  await makeTask(turn, text, answeredTask(turn));
}

/** Text without a command: goes on with what it answers; else a task or a hint, as the settings say. */
export async function runPlain(turn: Turn<IncomingMessage>): Promise<void> {
  const continued = answeredTask(turn);
  const isReplay = turn.plan?.kind === 'task' && loadTask(turn.parts, turn.plan.task_id) !== null;
  if (!continued && !isReplay && turn.parts.settings.bot.plainText === 'hint')
    return await say(turn, turn.texts.plainHint);
  await makeTask(turn, turn.asked.text, continued);
}

const cad: BotCommand = {
  name: 'cad',
  words: [],
  who: 'user',
  isControl: false,
  argument: '<prompt>',
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
