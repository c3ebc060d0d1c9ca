/** One update being answered: who asks, in which language, and the means to answer. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import type { TelegramApi } from '../adapters/telegram-api.ts';
import type { AgentSet } from '../agents/registry.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import { CcdispatchError } from '../errors/errors.ts';
import type { Button, Press } from '../notifications/buttons.ts';
import { formatMarkdown } from '../notifications/markdown.ts';
import type { Language } from '../notifications/notification.ts';
import { renderRich } from '../notifications/render.ts';
import type { Outbox } from '../outbox/store.ts';
import type { Queue } from '../queue/queue.ts';
import type { ControlParts } from '../runs/control.ts';
import type { WhyParts } from '../runs/why.ts';
import { AdmissionError } from '../submit/admission.ts';
import type { SubmitParts } from '../submit/submit.ts';
import type { History } from '../tasks/history.ts';
import type { TaskStore } from '../tasks/store.ts';
import { renderMinute } from '../users/day.ts';
import type { Person } from '../users/record.ts';
import type { Users } from '../users/store.ts';
import type { IncomingMessage, IncomingPress } from './incoming.ts';
import type { BotTexts } from './texts.ts';

/** What the bot's handlers work with. */
export interface BotParts {
  api: TelegramApi;
  me: { id: number; username: string };
  users: Users;
  tasks: TaskStore;
  queue: Queue;
  history: History;
  outbox: Outbox;
  files: Files;
  paths: Paths;
  clock: Clock;
  log: Log;
  settings: Settings;
  submit: SubmitParts;
  control: ControlParts;
  why: WhyParts;
  /** Sees to it that a worker lives. */
  wake(): void;
  agents: AgentSet;
  /** Whether a worker lives. */
  hasWorker(): boolean;
  /** The group has another id now. */
  migrate(fromChatId: string, toChatId: string): Promise<void>;
  /** The message of an update that came late; null where it is not known any more. */
  lateMessage(updateId: number): IncomingMessage | null;
  /** Runs it after all. */
  runLate(updateId: number): Promise<void>;
  /** Answers what an agent asks; gives what the presser is told. */
  answerApproval(turn: Turn<IncomingPress>, press: Press): Promise<string>;
  /** Ids under which the chat was known before. */
  formerIds(chatId: string): readonly string[];
}

/** A stored plan, or null for what is none of ours. */
export function asPlan(stored: object | null): Plan | null {
  const kind = (stored as Plan | null)?.kind;
  return kind === 'task' || kind === 'control' ? (stored as Plan) : null;
}

/** What an update is going to do, written down before it is done: a replay does the same once more, and nothing else. */
export type Plan = { kind: 'task'; task_id: string } | { kind: 'control'; targets: string[] };

export interface Turn<Asked extends IncomingMessage | IncomingPress = IncomingMessage | IncomingPress> {
  parts: BotParts;
  asked: Asked;
  /** Null for a stranger. */
  person: Person | null;
  language: Language;
  texts: BotTexts;
  /** What an earlier attempt at this update had planned. */
  plan: Plan | null;
  /** Writes the plan down, durable when it returns. */
  fix(plan: Plan): Promise<void>;
  /** Work that takes long, such as a download: the chat goes on meanwhile, and the update is done when it has ended. */
  aside(work: () => Promise<void>): void;
}

export interface Saying {
  buttons?: Button[][];
  /** Opens the person's answer field for a reply. */
  asksReply?: boolean;
}

const tries = 3;
const longestWaitMs = 5000;

/** Telegram's own limit, with room for what formatting adds. */
const maxChars = 4000;

/** Answers in the chat, as a reply. It is for the moment: what cannot be sent after a few tries is only logged. */
export async function say(
  { parts, asked }: Turn,
  markdown: string,
  { buttons, asksReply }: Saying = {},
): Promise<void> {
  const message = renderRich(formatMarkdown(markdown.slice(0, maxChars)));
  const markup = buttons
    ? { inline_keyboard: buttons }
    : asksReply
      ? { force_reply: true, selective: true }
      : undefined;
  for (let attempt = 1; attempt <= tries; attempt++) {
    try {
      await parts.api.sendMessage({
        chatId: asked.chat.id,
        threadId: asked.threadId,
        replyTo: asked.messageId,
        html: message.html,
        ...(markup ? { markup } : {}),
      });
      return;
    } catch (error) {
      const reason = (error as { reason?: { kind?: string; retryAfterMs?: number } }).reason;
      const mayRepeat = reason?.kind === 'rate' || reason?.kind === 'refused';
      if (!mayRepeat || attempt === tries) {
        parts.log.warn({ chat_id: asked.chat.id, error: String(error) }, 'an answer was not sent');
        return;
      }
      await parts.clock.sleep(Math.min(reason?.retryAfterMs ?? 500 * attempt, longestWaitMs));
    }
  }
}

/** What a person did wrong, or may not do, is said in his language with what to do next; a fault of ours goes on its way. */
export async function sayRefusal(turn: Turn, error: unknown): Promise<void> {
  if (!(error instanceof CcdispatchError)) throw error;
  const refusal = error instanceof AdmissionError ? error.refusal : null;
  if (refusal?.kind === 'features') return await say(turn, turn.texts.notAllowed(refusal.missing));
  if (refusal?.kind === 'quota' && refusal.until !== null) {
    const until = renderMinute(Date.parse(refusal.until), turn.person?.time_zone ?? null);
    return await say(turn, turn.texts.quotaUsedUp(until));
  }
  await say(turn, `${error.message}\n${error.hint}`);
}
