/** From an incoming thing to its handler: who asks, whether he may, what he asks for. */

import { nearestWord } from '../format/nearest.ts';
import type { Session } from '../sessions/record.ts';
import { isAllowedSlash } from '../sessions/slash.ts';
import { mayAdminister } from '../users/rights.ts';
import { hearAdding, remindOfAdding } from './adding/hear.ts';
import type { BotCommand } from './command.ts';
import { bareWords, commandByName } from './commands.ts';
import { currentSession } from './find-sessions.ts';
import { runPlain } from './handlers/requests.ts';
import { sayToSession } from './handlers/say-to-session.ts';
import type { Incoming, IncomingEdit, IncomingMessage, IncomingPress } from './incoming.ts';
import type { Handling } from './intake/intake.ts';
import { botTextsOf, languageOf } from './languages.ts';
import { askAboutLate, isMade, lateBy, passOverLate } from './late.ts';
import { type ParsedCommand, parseCommand } from './parse-command.ts';
import { runPress } from './press.ts';
import { noteRefused, sayRefusal } from './refusals.ts';
import { say, sayOrThrow } from './say.ts';
import { asPlan, type BotParts, type Turn } from './turn.ts';

/** The turn of an update. */
export function turnOf<Asked extends IncomingMessage | IncomingPress | IncomingEdit>(
  parts: BotParts,
  asked: Asked,
  handling: Handling,
): Turn<Asked> {
  const person = parts.users.find(asked.from.id);
  if (person) parts.chats.noteClientLanguage(person.id, asked.from.languageCode);
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
    forget: () => handling.forget(),
  };
  return turn;
}

/** Takes the mention of the bot out of a group message: it is an address, not a part of the request. */
function withoutMention(text: string, botName: string): string {
  return text.replace(new RegExp(`(^|\\s)@${botName}(?=\\s|$|[,:，：])[,:，：]?`, 'gi'), '$1').trim();
}

const vocabulary = { names: commandByName, words: bareWords };

function commandOf(message: IncomingMessage, botName: string): ParsedCommand | null {
  return parseCommand(withoutMention(message.text, botName), botName, vocabulary);
}

/** Whether the message begins with a command. */
export function isCommand(message: IncomingMessage, botName: string): boolean {
  return commandOf(message, botName) !== null;
}

/** Whether the thing is answered beside all else: it waits neither behind downloads nor behind the making of tasks. */
export function isControl(incoming: Incoming, botName: string): boolean {
  if (incoming.kind === 'press') return true;
  if (incoming.kind !== 'message' || incoming.files.length > 0) return false;
  const parsed = commandOf(incoming, botName);
  const command = parsed ? commandByName.get(parsed.name) : null;
  return parsed !== null && (command?.isControl ?? true) && !command?.keepsOrder;
}

/** Somebody who may not use the bot: one answer a day in a private chat, none in a group. */
async function turnAway(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked, texts, person } = turn;
  const isAnswered = person
    ? asked.chat.kind === 'private' && parts.isFirstToday(person.id)
    : await parts.users.mayAnswerStranger(asked.from.id, asked.chat, asked.updateId);
  if (isAnswered && person) await noteRefused(turn, { why: 'disabled' });
  if (!isAnswered) return;
  if (person) return await say(turn, texts.disabled);
  await sayOrThrow(turn, texts.stranger);
}

/** In a group a command that is not ours may be another bot's; only where ours is named it is answered. */
async function answerUnknown(turn: Turn<IncomingMessage>, { name }: ParsedCommand): Promise<void> {
  const isNamed = /^\s*\/\w+@/.test(turn.asked.text);
  if (turn.asked.chat.kind !== 'private' && !isNamed) return;
  await say(turn, turn.texts.unknownCommand(name, nearestWord(name, [...commandByName.keys()], 2)));
}

/** Why a person who may use the bot may not use the command here, as an answer; null where he may. */
function refusalOf({ who }: BotCommand, { person, asked, texts }: Turn<IncomingMessage>): string | null {
  if (who !== 'admin') return null;
  if (!person || !mayAdminister(person)) return texts.adminsOnly;
  return asked.chat.kind === 'private' ? null : texts.inPrivate;
}

/** The chat's session, where the message begins with a command of the agent's own that may pass. */
function sessionForSlash(turn: Turn<IncomingMessage>): Session | null {
  const { settings } = turn.parts;
  return isAllowedSlash(turn.asked.text, settings.sessions.slashCommands) ? currentSession(turn) : null;
}

/** Says the message in the session, unless it came late. */
async function sayLive(turn: Turn<IncomingMessage>, session: Session | null): Promise<void> {
  const ageMs = isMade(turn) ? 0 : lateBy(turn);
  if (ageMs > 0) return await askAboutLate(turn, ageMs);
  if (session) await sayToSession(turn, session, turn.asked.text);
}

async function routeCommand(turn: Turn<IncomingMessage>, parsed: ParsedCommand): Promise<void> {
  const { texts, asked, person } = turn;
  const command = commandByName.get(parsed.name);
  if (!person?.enabled) {
    const isAsking = command?.who === 'anyone' && !person && asked.chat.kind === 'private';
    return isAsking ? await command.run(turn, parsed.rest) : await turnAway(turn);
  }
  const session = command ? null : sessionForSlash(turn);
  if (!command && !session) return await answerUnknown(turn, parsed);
  // What others wrote is no order of his who passes it on.
  if (asked.isForwarded) return await say(turn, texts.forwardedCommand);
  if (!command) return await sayLive(turn, session);
  const refusal = refusalOf(command, turn);
  if (refusal === texts.adminsOnly) await noteRefused(turn, { why: 'not an admin', wanted: `/${command.name}` });
  if (refusal !== null) return await say(turn, refusal);
  const ageMs = isMade(turn) ? 0 : lateBy(turn);
  if (ageMs > 0 && command.isControl) return await passOverLate(turn, command, ageMs);
  if (ageMs > 0) return await askAboutLate(turn, ageMs);
  await command.run(turn, parsed.rest);
}

async function routePlain(turn: Turn<IncomingMessage>): Promise<void> {
  if (turn.asked.text === '' && turn.asked.files.length === 0) return;
  if (!turn.person?.enabled) return await turnAway(turn);
  const ageMs = isMade(turn) ? 0 : lateBy(turn);
  if (ageMs > 0) return await askAboutLate(turn, ageMs);
  await runPlain(turn);
}

export async function routeMessage(parts: BotParts, message: IncomingMessage, handling: Handling): Promise<void> {
  if (!message.from.isPerson || message.chat.kind === 'channel' || !message.isAddressed) return;
  const asked = { ...message, text: withoutMention(message.text, parts.me.username) };
  const turn = turnOf(parts, asked, handling);
  const parsed = commandOf(asked, parts.me.username);
  await answering(turn, async () => {
    if (isForDialogue(turn, parsed) && (await hearAdding(turn, isCancel(parsed)))) return;
    if (!parsed) return await routePlain(turn);
    await routeCommand(turn, parsed);
    await remindOfAdding(turn);
  });
}

const isCancel = (parsed: ParsedCommand | null) => parsed?.name === 'cancel' && parsed.rest === '';

/**
 * Whether an open dialogue is to hear of the message before all else. Commands with a slash stay commands; what merely looks like
 * one may be the beginning of a key. What was planned already was a request.
 */
function isForDialogue({ plan, asked }: Turn<IncomingMessage>, parsed: ParsedCommand | null): boolean {
  if (plan !== null) return false;
  const isCommand = parsed !== null && /^\s*[/／]/.test(asked.text) && commandByName.has(parsed.name);
  return !isCommand || isCancel(parsed);
}

/** What the rest of the program refuses is answered; what is no refusal is a fault of ours, and goes on its way. */
async function answering(turn: Turn, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

/** Handles one incoming thing. What it throws is a fault of ours; people's faults are answered. */
export async function route(parts: BotParts, incoming: Incoming, handling: Handling): Promise<void> {
  switch (incoming.kind) {
    case 'message':
      return await routeMessage(parts, incoming, handling);
    case 'edit': {
      const turn = turnOf(parts, incoming, handling);
      return await answering(turn, async () => void (await hearAdding(turn, false)));
    }
    case 'press': {
      const turn = turnOf(parts, incoming, handling);
      return await answering(turn, () => runPress(turn));
    }
    case 'migration':
      return await parts.chats.migrate(incoming.fromChatId, incoming.toChatId);
    case 'nothing':
      return;
  }
}
