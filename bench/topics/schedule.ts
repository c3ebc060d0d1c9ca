// How long tasks wait, by priority and by user: 10,000 tasks of 50 users in virtual time, against first come, first served.

import type { Marker } from '../../src/lib/queue/markers.ts';
import { type Line, median, type Topic } from '../measure.ts';
import { byOrder, type Choose, firstCome, type PlayedTask, playQueue } from '../play-queue.ts';

const tasks = 10_000;
const users = 50;
const slots = 20;
const minute = 60_000;
const start = 1_763_600_000_000;
/** While people are at work a little more comes than the slots can do; the nights make up for it. */
const meanRunMs = 5 * minute;
const days = 4;
const busyHours = 10;

/** The same figures for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const priorityOf = (draw: number) => (draw < 0.15 ? 8 : draw < 0.85 ? 5 : 2);

/**
 * Four working days. A fifth of the people ask for four fifths of the tasks, a third of these in batches of fifty; the others
 * ask now and then.
 */
function draw(seed: number): PlayedTask[] {
  const random = randomOf(seed);
  const drawn: PlayedTask[] = [];
  while (drawn.length < tasks) {
    const isHeavy = random() < 0.8;
    const user = isHeavy ? Math.floor((random() * users) / 5) : users / 5 + Math.floor((random() * users * 4) / 5);
    const batch = isHeavy && random() < 0.01 ? 50 : 1;
    const priority = priorityOf(random());
    const at = start + Math.floor((Math.floor(random() * days) * 24 + random() * busyHours) * 60 * minute);
    for (let n = 0; n < batch && drawn.length < tasks; n++) {
      const taskId = `task-${user + 1}-${start + drawn.length}`;
      const marker: Marker = { priority, queuedAt: at, user: String(user), taskId };
      drawn.push({ at, runMs: Math.ceil(-Math.log(1 - random()) * meanRunMs), marker });
    }
  }
  return drawn;
}

interface Waits {
  /** Minutes that each task waited. */
  of(fits: (marker: Marker) => boolean): number[];
}

function playOut(played: readonly PlayedTask[], choose: Choose): Waits {
  const limits = { maxSessions: slots, perUser: slots };
  const started = playQueue({ tasks: played, limitsAt: () => limits, choose });
  return {
    of: (fits) =>
      played
        .filter(({ marker }) => fits(marker))
        .map(({ marker, at }) => ((started.get(marker.taskId) as number) - at) / minute),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const isHeavyUser = ({ user }: Marker) => Number(user) < users / 5;

/** What is looked at, each as one figure in minutes. */
const figures: Record<string, { what: string; of(waits: Waits): number; aim: number | null }> = {
  high: { what: 'median wait of tasks with priority high', of: (w) => median(w.of((m) => m.priority === 8)), aim: 0.5 },
  normal: {
    what: 'median wait of tasks with priority normal',
    of: (w) => median(w.of((m) => m.priority === 5)),
    aim: null,
  },
  low: { what: 'median wait of tasks with priority low', of: (w) => median(w.of((m) => m.priority === 2)), aim: null },
  light: {
    what: 'mean wait of the 40 users who ask now and then',
    of: (w) => mean(w.of((m) => !isHeavyUser(m))),
    aim: 1,
  },
  heavy: { what: 'mean wait of the 10 users who ask for most', of: (w) => mean(w.of(isHeavyUser)), aim: null },
  worstUser: {
    what: 'mean wait of the user who waits longest',
    of: (w) => Math.max(...Array.from({ length: users }, (_, user) => mean(w.of((m) => m.user === String(user))) || 0)),
    aim: null,
  },
  worst: {
    what: 'longest wait of any task',
    of: (w) => w.of(() => true).reduce((most, wait) => Math.max(most, wait), 0),
    aim: null,
  },
};

export const scheduleTopic: Topic = {
  name: 'schedule',
  unit: 'min',
  rounds: 3,
  quickRounds: 1,
  async open() {
    // A round is one seed: whoever is asked first in it plays it out, and the others look at the same play.
    const rounds = new Map<string, number>();
    let played: { seed: number; ours: Waits; plain: Waits } | undefined;
    const waitsIn = (seed: number) => {
      if (played?.seed !== seed) {
        const drawn = draw(seed);
        played = { seed, ours: playOut(drawn, byOrder), plain: playOut(drawn, firstCome) };
      }
      return played;
    };
    const contender = (key: string, side: 'ours' | 'plain') => {
      const name = `${side === 'ours' ? 'ours' : 'first come'} ${key}`;
      return {
        name,
        take: async () => {
          const seed = (rounds.get(name) ?? 0) + 1;
          rounds.set(name, seed);
          return (figures[key] as (typeof figures)[string]).of(waitsIn(seed)[side]);
        },
      };
    };
    const keys = Object.keys(figures);
    return {
      contenders: keys.flatMap((key) => [contender(key, 'ours'), contender(key, 'plain')]),
      lines: keys.map(
        (key): Line => ({
          name: `schedule-${key}`,
          what: (figures[key] as (typeof figures)[string]).what,
          a: `ours ${key}`,
          b: `first come ${key}`,
          aim: (figures[key] as (typeof figures)[string]).aim,
        }),
      ),
      close: async () => {},
    };
  },
};
