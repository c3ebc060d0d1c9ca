/** Decides what a chat's deliverer does next: one pure decision over all that waits there. */

import { createHash } from 'node:crypto';
import { isAsking } from '../notifications/notification.ts';
import { chatKindOf, type Urgency } from './budget.ts';
import { isResting } from './entry.ts';
import type { DeliveryRules } from './rules.ts';
import type { ChatView, Item, ProgressItem } from './spool.ts';

export type Move =
  /** All parts of an entry are with the chat. */
  | { do: 'settle'; item: Item }
  | { do: 'send'; item: Item; part: number; isRepeat: boolean }
  /** A sending whose answer is not known: say so in the run's progress message, … */
  | { do: 'tell'; item: Item; part: number; progress: ProgressItem; messageId: number }
  /** … or, where there is none, note that the part goes once more, marked. */
  | { do: 'mark-repeat'; item: Item; part: number }
  /** The message of a question gets its answer, or the buttons that it was sent without. */
  | { do: 'amend'; item: Item; messageId: number }
  /** The run is over: its progress message gets a last text, … */
  | { do: 'close'; item: ProgressItem; messageId: number }
  /** … or nothing at all, where there is none. */
  | { do: 'drop'; item: ProgressItem }
  /** A progress message may have been sent, nobody knows: from now on there is none. */
  | { do: 'give-up'; item: ProgressItem }
  | { do: 'place'; item: ProgressItem }
  | { do: 'edit'; item: ProgressItem; messageId: number }
  | { do: 'share'; items: ProgressItem[]; mark: string }
  | { do: 'edit-shared'; items: ProgressItem[]; mark: string; messageId: number }
  | { do: 'give-up-shared' }
  | { do: 'close-shared'; messageId: number | null }
  /** Nothing until then, or until something new is there; `isQuiet` when nothing is left but the passing of time. */
  | { do: 'wait'; until: number; isQuiet: boolean };

function urgencyOf({ entry }: Item): Urgency {
  return entry.notification.kind === 'question' ? 'question' : 'must';
}

/** What a move takes from the chat's budget; null where it needs no request. */
export function costOf(move: Move): Urgency | null {
  switch (move.do) {
    case 'send':
    case 'amend':
      return urgencyOf(move.item);
    case 'tell':
    case 'close':
      return 'must';
    case 'close-shared':
      return move.messageId === null ? null : 'must';
    case 'place':
    case 'edit':
    case 'share':
    case 'edit-shared':
      return 'progress';
    default:
      return null;
  }
}

export interface Scene {
  view: ChatView;
  now: number;
  rules: DeliveryRules;
  /** How many parts an entry has. */
  partsOf(item: Item): number;
  allowedAt(urgency: Urgency): number;
  /** Progress of live runs is left alone. */
  isOnlyMust: boolean;
  /** Whether presses of buttons are heard. */
  hasButtons: boolean;
}

/** A cut-off for instants on disk: a clock that was set back must not silence a chat for long. */
const longestCoolDownMs = 24 * 3_600_000;

/** The next move; things that need a request come when the budget allows, what must arrive before everything else. */
export function planMove(scene: Scene): Move {
  const { view, now } = scene;
  const coolDown = view.record.cool_down;
  const coolUntil = coolDown ? sane(coolDown.until, Date.parse(coolDown.since), now, longestCoolDownMs) : 0;
  if (coolUntil > now) return { do: 'wait', until: coolUntil, isQuiet: isNothingLeft(scene) };
  return planMust(scene) ?? planClosing(scene) ?? planLive(scene) ?? quiet;
}

const quiet: Move = { do: 'wait', until: Number.POSITIVE_INFINITY, isQuiet: true };

/** Whether only live progress is here. */
function isNothingLeft({ view }: Scene): boolean {
  return (
    view.musts.every(({ entry, delivery }) => isResting(entry, delivery)) &&
    view.progress.every(({ stage }) => stage === 'live')
  );
}

/** The instant as it stands on disk, unless it was written in what is now the future. */
function sane(until: string, writtenAt: number, now: number, mostMs: number): number {
  const instant = Date.parse(until);
  return Number.isNaN(instant) || writtenAt > now ? 0 : Math.min(instant, now + mostMs);
}

function notBefore({ delivery }: Item, { now, rules }: Scene): number {
  return delivery.not_before === null ? 0 : sane(delivery.not_before, 0, now, rules.backoff.mostMs);
}

/** A move that needs a request: now, or the wait for it. */
function whenAllowed(scene: Scene, urgency: Urgency, item: Item | null, move: Move): Move {
  const until = Math.max(scene.allowedAt(urgency), item ? notBefore(item, scene) : 0);
  return until <= scene.now ? move : { do: 'wait', until, isQuiet: false };
}

function planMust(scene: Scene): Move | null {
  const item = scene.view.musts.find((one) => !isLeftAlone(one, scene));
  if (!item) return null;
  const { attempt, sent, repeats } = item.delivery;
  if (attempt !== null) return planAmbiguous(scene, item, attempt.part);
  if (isPointless(item)) return { do: 'settle', item };
  const done = new Set(sent.map(({ part }) => part));
  const parts = scene.partsOf(item);
  for (let part = 0; part < parts; part++) {
    if (!done.has(part)) {
      return whenAllowed(scene, urgencyOf(item), item, { do: 'send', item, part, isRepeat: repeats.includes(part) });
    }
  }
  return planAmendment(scene, item) ?? { do: 'settle', item };
}

/** An open question that the chat shows, with the buttons that it can have. */
function isLeftAlone({ entry, delivery }: Item, { hasButtons }: Scene): boolean {
  return isResting(entry, delivery) && (!hasButtons || delivery.drawn?.has_buttons === true);
}

/** A question that nobody has seen, and that nobody need answer any more. */
function isPointless({ entry: { notification }, delivery }: Item): boolean {
  const how = isAsking(notification) ? notification.answer?.how : undefined;
  return delivery.sent.length === 0 && (how === 'void' || how === 'rule');
}

/** What has to be changed of a message that is in the chat; null where it is as it should be. */
function planAmendment(scene: Scene, item: Item): Move | null {
  const { entry, delivery } = item;
  if (!isAsking(entry.notification)) return null;
  const isCurrent = delivery.drawn?.version === entry.created_at;
  const messageId = delivery.sent.at(-1)?.message_id ?? null;
  if ((isCurrent && entry.notification.answer !== null) || messageId === null) return null;
  return whenAllowed(scene, urgencyOf(item), item, { do: 'amend', item, messageId });
}

function planAmbiguous(scene: Scene, item: Item, part: number): Move {
  const { entry } = item;
  const progress =
    entry.notification.kind === 'ended'
      ? scene.view.progress.find(({ stage, progress: { task_id, run } }) => {
          const { notification } = entry;
          return (
            stage === 'awaiting' &&
            notification.kind === 'ended' &&
            notification.task_id === task_id &&
            notification.run === run
          );
        })
      : undefined;
  const messageId = progress ? messageIdOf(progress) : null;
  if (!progress || messageId === null) return { do: 'mark-repeat', item, part };
  return whenAllowed(scene, 'must', item, { do: 'tell', item, part, progress, messageId });
}

/** The progress message's id; null where there is none, or nobody knows. */
export function messageIdOf({ delivery }: Item): number | null {
  return delivery.sent[0]?.message_id ?? null;
}

function planClosing(scene: Scene): Move | null {
  let waiting: Move | null = null;
  for (const item of scene.view.progress) {
    if (item.stage !== 'over') continue;
    const messageId = messageIdOf(item);
    if (messageId === null) return { do: 'drop', item };
    const move = whenAllowed(scene, 'must', item, { do: 'close', item, messageId });
    if (move.do !== 'wait') return move;
    waiting = earlier(waiting, move);
  }
  return waiting;
}

function planLive(scene: Scene): Move | null {
  if (scene.isOnlyMust) return null;
  const { view, rules } = scene;
  const live = view.progress.filter(({ stage }) => stage === 'live');
  const uncertain = live.find(({ delivery }) => delivery.attempt !== null);
  if (uncertain) return { do: 'give-up', item: uncertain };
  if (view.record.status !== null || live.length > rules.sharedAbove) return planShared(scene, live);
  return planOwn(scene, live);
}

/** Each task its own message: first those without one, then the one that was drawn longest ago. */
function planOwn(scene: Scene, live: ProgressItem[]): Move | null {
  const unplaced = live.find(({ delivery }) => delivery.sent.length === 0);
  if (unplaced) return whenAllowed(scene, 'progress', unplaced, { do: 'place', item: unplaced });
  const due = live
    .map((item) => ({ item, messageId: messageIdOf(item), at: redrawAt(scene, item) }))
    .filter(({ messageId }) => messageId !== null)
    .sort((a, b) => a.at - b.at || drawnAt(a.item) - drawnAt(b.item))[0];
  if (!due || due.messageId === null) return null;
  if (due.at > scene.now) return { do: 'wait', until: due.at, isQuiet: true };
  return whenAllowed(scene, 'progress', due.item, { do: 'edit', item: due.item, messageId: due.messageId });
}

function drawnAt({ delivery }: Item): number {
  return delivery.drawn ? Date.parse(delivery.drawn.at) : 0;
}

/** When its message has to be drawn again: at once with news, later to move the elapsed time on, else never. */
function redrawAt({ rules, view }: Scene, item: ProgressItem): number {
  if (item.delivery.drawn?.version !== item.entry.created_at) return 0;
  if (item.progress.state !== 'running') return Number.POSITIVE_INFINITY;
  return drawnAt(item) + rules.redrawMs[chatKindOf(view.chatId)];
}

function planShared(scene: Scene, live: ProgressItem[]): Move | null {
  const { status } = scene.view.record;
  if (status !== null && status.attempt_at !== null) return { do: 'give-up-shared' };
  if (live.length === 0) {
    const messageId = status?.message_id ?? null;
    const move: Move = { do: 'close-shared', messageId };
    return messageId === null ? move : whenAllowed(scene, 'must', null, move);
  }
  const mark = fingerprintOf(live);
  if (status === null) return whenAllowed(scene, 'progress', live[0] ?? null, { do: 'share', items: live, mark });
  if (status.message_id === null) return null;
  const redraw = Date.parse(status.drawn_at ?? '') + scene.rules.redrawMs[chatKindOf(scene.view.chatId)];
  const hasRunning = live.some(({ progress }) => progress.state === 'running');
  const at = status.drawn === mark ? (hasRunning ? redraw : Number.POSITIVE_INFINITY) : 0;
  if (at > scene.now) return { do: 'wait', until: at, isQuiet: true };
  return whenAllowed(scene, 'progress', live[0] ?? null, {
    do: 'edit-shared',
    items: live,
    mark,
    messageId: status.message_id,
  });
}

/** Names what the shared message shows: which tasks, in which version. */
function fingerprintOf(live: readonly ProgressItem[]): string {
  const versions = live.map(({ entry }) => `${entry.key} ${entry.created_at}`).join('\n');
  return createHash('sha256').update(versions).digest('hex').slice(0, 16);
}

function earlier(a: Move | null, b: Move): Move {
  return a && a.do === 'wait' && b.do === 'wait' && a.until <= b.until ? a : b;
}
