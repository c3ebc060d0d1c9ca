/** From an incoming thing to its handler: who asks, whether he may, what he asks for. */

import { renderDuration } from '../format/duration.ts';
import { nearestWord } from '../format/nearest.ts';
import { renderTaskId } from '../format/task-id.ts';
import { encodePress } from '../notifications/buttons.ts';
import type { BotCommand } from './command.ts';
import { bareWords, botCommands, commandByName, runPlain } from './commands.ts';
import type { Incoming, IncomingMessage, IncomingPress } from './incoming.ts';
import type { Handling } from './intake/intake.ts';
import { botTextsOf, languageOf } from './languages.ts';
import { type ParsedCommand, parseCommand } from './parse-command.ts';
import { runPress } from './press.ts';
import { asPlan, type BotParts, say, type Turn } from './turn.ts';

function turnOf<Asked extends IncomingMessage | IncomingPress>(
  parts: BotParts,
  asked: Asked,
  handling: Handling,
): Turn<Asked> {
  const person = parts.users.find(asked.from.id);
  const language = languageOf(person?.language ?? null, asked.from.languageCode, parts.settings.language);
  const turn: Turn<Asked> = {
    parts,
    asked,
    person,
    language,
    texts: botTextsOf(language),
    plan: asPlan(handling.plan),
    async fix(plan) {
      turn.plan = plan;
      await handling.fix(plan);
    },
    aside: (work) => handling.aside(work),
  };
  return turn;
}

function commandOf(message: IncomingMessage, botName: string): ParsedCommand | null {
  return parseCommand(message.text, botName, bareWords);
}

/** Whether the thing is answered beside all else: it never waits behind downloads or the making of tasks. */
export function isControl(incoming: Incoming, botName: string): boolean {
  if (incoming.kind === 'press') return true;
  if (incoming.kind !== 'message') return false;
  const parsed = commandOf(incoming, botName);
  return parsed !== null && (commandByName.get(parsed.name)?.isControl ?? true);
}

/** Somebody nobody knows: one answer a day in a private chat, none in a group. */
async function answerStranger(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked, texts, person } = turn;
  if (await parts.users.mayAnswerStranger(asked.from.id, asked.chat))
    await say(turn, person ? texts.disabled : texts.stranger);
}

function isLate({ parts, asked }: Turn): number {
  const ageMs = parts.clock.now() - asked.sentAt;
  return ageMs > parts.settings.bot.confirmAfterSeconds * 1000 ? ageMs : 0;
}

/** A request that waited long while we were away is asked about; the answer comes by a button. */
async function askAboutLate(turn: Turn<IncomingMessage>, ageMs: number): Promise<void> {
  const press = (action: 'runOld' | 'dropOld') =>
    encodePress({ action, taskId: null, run: 0, detail: String(turn.asked.updateId) });
  const buttons = [
    { text: turn.texts.buttons.runNow, callback_data: press('runOld') },
    { text: turn.texts.buttons.drop, callback_data: press('dropOld') },
  ];
  // The id of the task that it would be: pressed twice, or after a crash, the button makes one task.
  const taskId = renderTaskId({ chatId: turn.asked.chat.id, ts: turn.parts.clock.now() });
  await turn.fix({ kind: 'task', task_id: taskId });
  await say(turn, turn.texts.oldMessage(renderDuration(ageMs)), { buttons: [buttons] });
}

function mayUse({ who }: BotCommand, { person }: Turn): boolean {
  return who === 'anyone' || (person?.enabled === true && (who === 'user' || person.role === 'admin'));
}

async function routeCommand(turn: Turn<IncomingMessage>, parsed: ParsedCommand): Promise<void> {
  const { texts, asked, person } = turn;
  const command = commandByName.get(parsed.name);
  if (!command) {
    // In a group the command may be another bot's; only who is spoken to answers.
    if (person?.enabled && asked.chat.kind === 'private')
      await say(turn, texts.unknownCommand(parsed.name, nearestWord(parsed.name, [...commandByName.keys()], 2)));
    return;
  }
  if (!mayUse(command, turn)) {
    if (!person?.enabled) return await answerStranger(turn);
    return await say(turn, texts.adminsOnly);
  }
  if (!person && asked.chat.kind !== 'private') return;
  const ageMs = isLate(turn);
  if (ageMs > 0 && command.name === 'cad') return await askAboutLate(turn, ageMs);
  if (ageMs > 0 && command.isControl && command.who !== 'anyone') return;
  await command.run(turn, parsed.rest);
}

/** Takes the mention of the bot out of a group message: it is an address, not a part of the request. */
function withoutMention(text: string, botName: string): string {
  return text.replace(new RegExp(`(^|\\s)@${botName}(?=\\s|$|[,:，：])[,:，：]?`, 'gi'), '$1').trim();
}

export async function routeMessage(parts: BotParts, message: IncomingMessage, handling: Handling): Promise<void> {
  if (!message.from.isPerson || message.chat.kind === 'channel' || !message.isAddressed) return;
  const asked = { ...message, text: withoutMention(message.text, parts.me.username) };
  const turn = turnOf(parts, asked, handling);
  const parsed = commandOf(asked, parts.me.username);
  if (parsed) return await routeCommand(turn, parsed);
  if (asked.text === '' && asked.files.length === 0) return;
  if (!turn.person?.enabled) return await answerStranger(turn);
  const ageMs = isLate(turn);
  if (ageMs > 0) return await askAboutLate(turn, ageMs);
  await runPlain(turn);
}

/** Handles one incoming thing. What it throws is a fault of ours; people's faults are answered. */
export async function route(parts: BotParts, incoming: Incoming, handling: Handling): Promise<void> {
  switch (incoming.kind) {
    case 'message':
      return await routeMessage(parts, incoming, handling);
    case 'press':
      return await runPress(turnOf(parts, incoming, handling));
    case 'migration':
      return await parts.migrate(incoming.fromChatId, incoming.toChatId);
    case 'nothing':
      return;
  }
}

/** For Telegram's menu. */
export const menuCommands = botCommands;
