/** Delivers one chat: one move after the other, for as long as there is something to say there. */

import { systemCode } from '../errors/errors.ts';
import type { Urgency } from './budget.ts';
import {
  closeProgress,
  dropProgress,
  giveUp,
  placeProgress,
  placeShared,
  redraw,
  redrawShared,
} from './draw-progress.ts';
import { costOf, type Move, planMove } from './next-move.ts';
import { type DeliveryRoom, type Result, TokenRefused } from './requests.ts';
import { amend, countParts, noteRepeat, renderEntry, sendPart, settle, tell } from './send-entry.ts';
import type { ChatView, Item } from './spool.ts';

export interface Lane {
  /** Something may be new in the chat, or the room's signal has aborted. */
  wake(): void;
  /** Whether that was said since the chat was looked at. */
  isWoken(): boolean;
  /** Whether nothing is left to be sent now. */
  isQuiet(): boolean;
  /**
   * Ends when nothing is left to be done (then it gives true) or the room's signal aborts; a flush also when only time is
   * left to pass, the network fails, or waiting would take too long. Throws `TokenRefused`.
   */
  run(mode: 'keep' | 'flush'): Promise<boolean>;
}

const longestSleepMs = 60_000;

export function createLane(room: DeliveryRoom, chatId: string): Lane {
  const load = room.spool.lookInto(chatId);
  let isQuiet = false;
  let isWoken = false;
  let endWait: (() => void) | null = null;

  const wait = async (until: number): Promise<void> => {
    if (isWoken || room.signal.aborted) return;
    const woken = new AbortController();
    // With a reason of ours none is made up, which would take a picture of the stack.
    endWait = () => woken.abort('woken');
    await room.clock.sleep(Math.min(longestSleepMs, Math.max(1, until - room.clock.now())), woken.signal);
    endWait = null;
  };

  return {
    wake() {
      isWoken = true;
      isQuiet = false;
      endWait?.();
    },
    isWoken: () => isWoken,
    isQuiet: () => isQuiet,
    async run(mode) {
      while (!room.signal.aborted) {
        isWoken = false;
        const step = await takeStep(room, { chatId, load }, mode === 'flush');
        if (mode === 'flush' && step.isQuiet) return true;
        if (mode === 'flush' && isBeyondPatience(room, step)) return false;
        if (step.until === null || isWoken) continue;
        if (step.until === Number.POSITIVE_INFINITY) return true;
        isQuiet = step.isQuiet;
        await wait(step.until);
      }
      return false;
    },
  };
}

interface Step {
  result: Result;
  /** Set when there was nothing to do before this instant. */
  until: number | null;
  isQuiet: boolean;
}

function isBeyondPatience({ clock, rules }: DeliveryRoom, { result, until }: Step): boolean {
  return result === 'no-network' || (until !== null && until > clock.now() + rules.flushPatienceMs);
}

interface Chat {
  chatId: string;
  load(): ChatView;
}

/** What is there, and what is to be done next. */
function look(room: DeliveryRoom, { chatId, load }: Chat, isOnlyMust: boolean) {
  const view = load();
  const now = room.clock.now();
  const allowedAt = (urgency: Urgency) => room.budget.allowedAt(chatId, urgency, now);
  const partsOf = (item: Item) => countParts(renderEntry(item.entry, room.language));
  const hasButtons = room.hasButtons();
  const move: Move = planMove({ view, now, rules: room.rules, partsOf, allowedAt, isOnlyMust, hasButtons });
  return { view, now, move };
}

async function takeStep(room: DeliveryRoom, chat: Chat, isOnlyMust: boolean): Promise<Step> {
  const { chatId } = chat;
  try {
    let { view, move, now } = look(room, chat, isOnlyMust);
    let cost = costOf(move);
    if (cost !== null && !room.turns.tryTake(cost)) {
      if (!(await room.turns.take(cost))) return { result: 'done', until: null, isQuiet: false };
      // There may be something else to say by now, or nothing.
      ({ view, move, now } = look(room, chat, isOnlyMust));
      cost = costOf(move);
      if (cost === null) room.turns.giveBack();
    }
    if (move.do === 'wait') return { result: 'done', until: move.until, isQuiet: move.isQuiet };
    if (cost !== null) room.budget.spend(chatId, cost, now);
    return { result: await make(room, view, move), until: null, isQuiet: false };
  } catch (error) {
    if (error instanceof TokenRefused) throw error;
    return afterError(room, chatId, error);
  }
}

/** A full or failing disk, or a fault of ours: said in the log, tried again later. */
function afterError(room: DeliveryRoom, chatId: string, error: unknown): Step {
  const said = systemCode(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  room.log.error({ chat: chatId, error: said }, 'Delivering to a chat failed; it is tried again.');
  return { result: 'no-network', until: room.clock.now() + room.rules.backoff.mostMs / 4, isQuiet: false };
}

async function make(room: DeliveryRoom, view: ChatView, move: Exclude<Move, { do: 'wait' }>): Promise<Result> {
  switch (move.do) {
    case 'send':
      return sendPart(room, view, move);
    case 'tell':
      return tell(room, view, move);
    case 'amend':
      return amend(room, view, move);
    case 'mark-repeat':
      return noteRepeat(room, move);
    case 'settle':
      await settle(room, move.item);
      return 'done';
    case 'close':
      return closeProgress(room, view, move);
    case 'drop':
      await dropProgress(room, move.item);
      return 'done';
    case 'give-up':
      return giveUp(room, move);
    case 'place':
      return placeProgress(room, view, move);
    case 'edit':
      return redraw(room, view, move);
    case 'share':
      return placeShared(room, view, move);
    case 'edit-shared':
    case 'close-shared':
      return redrawShared(room, view, move);
    case 'give-up-shared':
      await room.spool.saveChat(view, { status: { message_id: null, attempt_at: null, drawn: null, drawn_at: null } });
      return 'done';
  }
}
