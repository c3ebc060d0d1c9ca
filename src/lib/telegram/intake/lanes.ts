/** Lanes: what belongs together goes one after the other, all else side by side, and what is urgent has a road of its own. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import { isDiskFull } from '../../errors/errors.ts';
import type { Incoming } from '../incoming.ts';

/** `work` keeps the order of a chat; `control` never waits for it; `aside` is for what takes long, such as downloads. */
export type Road = 'work' | 'control' | 'aside';

export interface Lanes {
  /** Queues a job behind those of the same road and key. */
  add(road: Road, key: string, job: () => Promise<void>): void;
  /** Resolves as soon as there is room for more work; whoever brings it waits for this. */
  room(): Promise<void>;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
  /** Starts nothing more, forgets what waits, and resolves when what runs has ended. */
  close(): Promise<void>;
}

export interface LaneRules {
  /** Jobs at once, by road. */
  atOnce: Record<Road, number>;
  /** With so many waiting in all there is no more room. */
  mostWaiting: number;
  /** Before each further try of a job that failed; with a full disk the last one is repeated without end. */
  retryMs: readonly number[];
}

const standardLaneRules: LaneRules = {
  atOnce: { work: 32, control: 32, aside: 4 },
  mostWaiting: 5000,
  retryMs: [500, 5000],
};

export interface LaneParts {
  clock: Clock;
  log: Log;
  rules?: LaneRules;
}

/** The lane of an incoming thing: its chat and topic; on the control road, that person's in it. */
export function laneOf(incoming: Incoming, road: Road): string {
  if (incoming.kind === 'nothing') return '';
  // What is said in the new group waits until its id is known.
  if (incoming.kind === 'migration') return `${incoming.toChatId}/`;
  const place = `${incoming.chat.id}/${incoming.threadId ?? ''}`;
  return road === 'control' ? `${place}/${incoming.from.id}` : place;
}

interface RoadState {
  /** What waits, by key. */
  lanes: Map<string, (() => Promise<void>)[]>;
  /** Keys with something to start and nothing that runs, longest waiting first. */
  ready: string[];
  /** Keys of which a job runs. */
  busy: Set<string>;
}

export function createLanes({ clock, log, rules = standardLaneRules }: LaneParts): Lanes {
  const newRoad = (): RoadState => ({ lanes: new Map(), ready: [], busy: new Set() });
  const roads: Record<Road, RoadState> = { work: newRoad(), control: newRoad(), aside: newRoad() };
  const closing = new AbortController();
  let waiting = 0;
  const onRoom: (() => void)[] = [];
  const onIdle: (() => void)[] = [];

  const isIdle = () => Object.values(roads).every(({ lanes, busy }) => lanes.size === 0 && busy.size === 0);
  const idle = () => (isIdle() ? Promise.resolve() : new Promise<void>((resolve) => onIdle.push(resolve)));
  const notify = () => {
    if (waiting < rules.mostWaiting) for (const wake of onRoom.splice(0)) wake();
    if (isIdle()) for (const wake of onIdle.splice(0)) wake();
  };
  const start = (road: Road): void => {
    const state = roads[road];
    while (state.busy.size < rules.atOnce[road]) {
      const next = takeNext(state);
      if (next === null) return;
      waiting--;
      void attempt({ clock, log, rules, signal: closing.signal }, next.key, next.job).then(() => {
        state.busy.delete(next.key);
        if (state.lanes.has(next.key)) state.ready.push(next.key);
        start(road);
        notify();
      });
    }
  };

  return {
    add(road, key, job) {
      if (closing.signal.aborted) return;
      const { lanes, ready, busy } = roads[road];
      const lane = lanes.get(key);
      if (lane) lane.push(job);
      else {
        lanes.set(key, [job]);
        if (!busy.has(key)) ready.push(key);
      }
      waiting++;
      start(road);
    },
    room: () => (waiting < rules.mostWaiting ? Promise.resolve() : new Promise((resolve) => onRoom.push(resolve))),
    idle,
    close() {
      closing.abort();
      waiting = 0;
      for (const state of Object.values(roads)) {
        state.ready = [];
        state.lanes.clear();
      }
      notify();
      return idle();
    },
  };
}

/** Takes the first job of the key that has waited longest; null where nothing may start. */
function takeNext({ lanes, ready, busy }: RoadState): { key: string; job: () => Promise<void> } | null {
  const key = ready.shift();
  const jobs = key === undefined ? undefined : lanes.get(key);
  const job = jobs?.shift();
  if (key === undefined || jobs === undefined || job === undefined) return null;
  if (jobs.length === 0) lanes.delete(key);
  busy.add(key);
  return { key, job };
}

interface AttemptParts extends Required<LaneParts> {
  signal: AbortSignal;
}

/** Runs a job; its errors end here. A job that failed stays undone, which the next start of the bot makes good. */
async function attempt(
  { clock, log, rules, signal }: AttemptParts,
  key: string,
  job: () => Promise<void>,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await job();
    } catch (error) {
      const pauseMs = rules.retryMs[tries] ?? (isDiskFull(error) ? rules.retryMs.at(-1) : undefined);
      const fields = { lane: key, error: error instanceof Error ? (error.stack ?? String(error)) : String(error) };
      if (pauseMs === undefined)
        return log.error(fields, 'An update could not be handled; it is tried again at the next start.');
      log.warn({ ...fields, pauseMs }, 'An update could not be handled; trying again.');
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
    }
  }
}
