/** The way of an update from Telegram to its handler: kept, gathered, put into its lane, handled, done. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import type { Incoming, IncomingMessage } from '../incoming.ts';
import { createGather } from './gather.ts';
import type { Inbox, InboxEntry } from './inbox.ts';
import { createLanes, type LaneRules, type Lanes, laneOf } from './lanes.ts';
import { type PollParts, runPoll, type Trouble } from './poll.ts';
import { type Me, readEntry, recallMessage } from './recall.ts';

/** What a handler may do with its update besides handling it. */
export interface Handling {
  /** What an earlier attempt, perhaps of another process, has fixed. */
  readonly plan: object | null;
  /** Fixes what this update will do, durable when it returns. */
  fix(plan: object): Promise<void>;
  /**
   * Work that may take long, such as a download: it starts when the handler has returned, the chat goes on meanwhile, and the
   * update is done when it has ended. The signal aborts when the bot stops.
   */
  aside(work: (signal: AbortSignal) => Promise<void>): void;
  /** Of what the update holds nothing stays on disk, once it is done. */
  forget(): void;
}

export interface IntakeParts extends Pick<PollParts, 'api' | 'signal' | 'random'> {
  inbox: Inbox;
  clock: Clock;
  log: Log;
  me: Me;
  /** What is answered beside all else: it waits neither for work nor for further parts. */
  isControl(incoming: Incoming): boolean;
  /** It begins with a command, so that it goes on with no text before it. */
  isCommand(message: IncomingMessage): boolean;
  /** What it throws is logged and tried again a few times, then at the next start. */
  handle(incoming: Incoming, handling: Handling): Promise<void>;
  onTrouble(trouble: Trouble | null): void;
  pollRules?: PollParts['rules'];
  laneRules?: LaneRules;
}

const sweepEveryMs = 6 * 3_600_000;

/**
 * Takes and handles updates until the signal aborts or Telegram refuses the token (`token`); begins with what an earlier process
 * left. When it returns no handler runs any more; what has not begun is in the inbox.
 */
export async function runIntake(parts: IntakeParts): Promise<'stopped' | 'token'> {
  const { clock, log, signal, pollRules, laneRules } = parts;
  if (signal.aborted) return 'stopped';
  const end = new AbortController();
  const stop = () => end.abort();
  signal.addEventListener('abort', stop, { once: true });
  const lanes = createLanes({ clock, log, ...(laneRules ? { rules: laneRules } : {}) });
  // Whoever waits for room must not wait for ever.
  end.signal.addEventListener('abort', () => void lanes.close(), { once: true });
  const dispatch = dispatcher(parts, lanes, end.signal);
  const take = taker(parts, dispatch, end.signal);

  void sweepNowAndThen(parts, end.signal);
  takePending(parts, dispatch, take);
  try {
    return await runPoll({
      ...parts,
      ...(pollRules ? { rules: pollRules } : {}),
      onKept(entries) {
        for (const entry of entries) take(entry);
        return lanes.room();
      },
    });
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    await lanes.close();
  }
}

type Dispatch = (incoming: Incoming, plan: object | null) => void;
type Take = (entry: InboxEntry) => void;

/** Puts a thing into its lane. */
function dispatcher(parts: IntakeParts, lanes: Lanes, signal: AbortSignal): Dispatch {
  return (incoming, fixed) => {
    const { updateId } = incoming;
    const partIds = incoming.kind === 'message' ? incoming.partOf : [];
    let plan = fixed;
    let isForgotten = false;
    // Parts first: without what they belong to they would be messages of their own.
    const finish = () => putAway(parts, [...partIds, updateId], isForgotten);
    const road = parts.isControl(incoming) ? 'control' : 'work';
    lanes.add(road, laneOf(incoming, road), async () => {
      let later: ((signal: AbortSignal) => Promise<void>) | null = null;
      await parts.handle(incoming, {
        get plan() {
          return plan;
        },
        async fix(next) {
          await parts.inbox.plan(updateId, next, partIds);
          plan = next;
        },
        aside(work) {
          later = work;
        },
        forget() {
          isForgotten = true;
        },
      });
      if (later === null) return finish();
      const work: (signal: AbortSignal) => Promise<void> = later;
      lanes.add('aside', String(updateId), async () => {
        await work(signal);
        finish();
      });
    });
  };
}

function putAway({ inbox, log }: IntakeParts, updateIds: number[], isForgotten = false): void {
  try {
    inbox.done(updateIds, isForgotten);
  } catch (error) {
    log.error({ update_ids: updateIds, error: String(error) }, 'An update that was handled could not be put away.');
  }
}

/** Gathers messages that belong together; all else goes on at once. */
function taker(parts: IntakeParts, dispatch: Dispatch, signal: AbortSignal): Take {
  const { clock, log } = parts;
  const gather = createGather(parts.isControl, parts.isCommand);
  let alarm = new AbortController();
  signal.addEventListener('abort', () => alarm.abort(), { once: true });
  const goOn = (whole: IncomingMessage[]) => {
    for (const message of whole) dispatch(message, null);
    alarm.abort();
    const at = gather.nextAt();
    if (at === null || signal.aborted) return;
    const mine = new AbortController();
    alarm = mine;
    void clock.sleep(Math.max(1, at - clock.now()), mine.signal).then(() => {
      if (!mine.signal.aborted) goOn(gather.tick(clock.now()));
    });
  };
  const take = (entry: InboxEntry) => {
    const incoming = readEntry(entry, parts.me);
    if (incoming === null)
      log.warn({ update_id: entry.update_id }, 'An update is not what Telegram sends; it is passed over.');
    if (incoming === null || incoming.kind === 'nothing') putAway(parts, [entry.update_id]);
    else if (incoming.kind === 'message') goOn(gather.add(incoming, clock.now()));
    else dispatch(incoming, entry.plan);
  };
  return (entry) => {
    try {
      take(entry);
    } catch (error) {
      // One that cannot even be looked at must not keep the others from their turn.
      log.error({ update_id: entry.update_id, error: String(error) }, 'An update could not be taken up.');
    }
  };
}

/** Begins again with what an earlier process left: what it had fixed stays as it was, all else is gathered anew. */
function takePending({ inbox, me }: IntakeParts, dispatch: Dispatch, take: Take): void {
  const pending = inbox.pending();
  const owned = new Set(pending.flatMap(({ part_ids }) => part_ids ?? []));
  for (const entry of pending) {
    if (owned.has(entry.update_id)) continue;
    const message = entry.plan === null ? null : recallMessage(inbox, entry.update_id, me);
    if (message === null) take(entry);
    else dispatch(message, entry.plan);
  }
}

async function sweepNowAndThen({ inbox, clock, log }: IntakeParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await inbox.sweepDone().catch((error) => log.warn({ error: String(error) }, 'Old updates could not be removed.'));
    await clock.sleep(sweepEveryMs, signal);
  }
}
