/** One update being answered: who asks, in which language, and the means to answer. */

import type { Account } from '../accounts/record.ts';
import type { Accounts } from '../accounts/store.ts';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import type { TelegramApi } from '../adapters/telegram-api.ts';
import type { CallOutcome } from '../agents/one-call.ts';
import type { AgentSet } from '../agents/registry.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import type { Language } from '../notifications/notification.ts';
import type { Outbox } from '../outbox/store.ts';
import type { Queue } from '../queue/queue.ts';
import type { ControlParts } from '../runs/control.ts';
import type { LandParts } from '../runs/landing/land-work.ts';
import type { AnswerParts } from '../runs/questions/answer-approval.ts';
import type { WhyParts } from '../runs/waiting/why.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { SubmitParts } from '../submit/submit.ts';
import type { History } from '../tasks/history.ts';
import type { TaskStore } from '../tasks/store.ts';
import type { Person } from '../users/record.ts';
import type { AskingChat } from '../users/rights.ts';
import type { Users } from '../users/store.ts';
import type { Dialogues } from './adding/dialogues.ts';
import type { Chats } from './chats.ts';
import type { Incoming, IncomingEdit, IncomingMessage, IncomingPress } from './incoming.ts';
import type { SentMessages } from './sent-messages.ts';
import type { BotTexts } from './texts.ts';

/** What the bot's handlers work with. */
export interface BotParts {
  api: TelegramApi;
  me: { id: number; username: string };
  users: Users;
  accounts: Accounts;
  /** Makes one tiny real call under an account; secrets are masked. Ends early where the signal aborts. */
  tryAccount(account: Account, signal: AbortSignal): Promise<CallOutcome>;
  /** In which admins add accounts. */
  dialogues: Dialogues;
  tasks: TaskStore;
  queue: Queue;
  outbox: Pick<Outbox, 'announce'>;
  history: History;
  files: Files;
  paths: Paths;
  clock: Clock;
  log: Log;
  /** As they are at the moment. */
  settings: Settings;
  submit: SubmitParts;
  control: ControlParts;
  sessions: SessionStore;
  why: WhyParts;
  approvals: AnswerParts;
  land: LandParts;
  agents: AgentSet;
  /** Which task a message of ours spoke of. */
  sent: SentMessages;
  /** Sees to it that a worker lives. */
  wake(): void;
  /** Whether a worker lives. */
  hasWorker(): boolean;
  chats: Chats;
  late: LateMessages;
  /** An instant for the id of a new task; never the same twice. */
  nextTs(): number;
  /** True once a day for each person: for those who are switched off. */
  isFirstToday(userId: string): boolean;
  /** Whether texts that this person sent to this chat before the update wait to be acted on; files take their time. */
  hasEarlier(asked: Incoming & { kind: 'message' | 'press' }): boolean;
}

/** Messages that came late, were asked about, and can be run after all. */
export interface LateMessages {
  /** The whole message; null where it is not known any more. */
  find(updateId: number): IncomingMessage | null;
  /** Whether it has become a task. */
  isMade(updateId: number): boolean;
  /** Runs it, as if it was sent now; what takes long is handed to `aside`. */
  run(updateId: number, aside: Turn['aside'], chosen?: ChosenMeaning): Promise<void>;
}

/** What a person chose for a message that could mean several things. */
export interface ChosenMeaning extends Pick<IncomingMessage, 'meant'> {
  /** It is an answer to this task, or with null to none, whatever it answered. */
  goesOnWith?: string | null;
}

/** What an update is going to do, written down before it is done: a replay does the same once more, and nothing else. */
export type Plan =
  | { kind: 'task'; task_id: string }
  /** Tasks that it acts on, each in one of its spells ({@link spellOf}); people by their ids. */
  | { kind: 'control'; targets: { id: string; spell: number }[] };

/** A stored plan, or null for what is none of ours. */
export function asPlan(stored: object | null): Plan | null {
  const plan = stored as Plan | null;
  if (plan?.kind === 'task') return plan;
  return plan?.kind === 'control' && Array.isArray(plan.targets) ? plan : null;
}

type Asking = IncomingMessage | IncomingPress | IncomingEdit;

export interface Turn<Asked extends Asking = Asking> {
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
  aside(work: (signal: AbortSignal) => Promise<void>): void;
  /** Of what the update holds nothing stays on disk, once it is done. */
  forget(): void;
}

/** The chat in which somebody asks, with the ids that it had before. */
export function askingChat({ parts, asked: { chat } }: Turn): AskingChat {
  return { ...chat, formerIds: parts.chats.formerIds(chat.id) };
}
