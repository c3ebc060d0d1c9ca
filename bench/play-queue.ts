// Plays a queue in virtual time: tasks come, run and end, and whoever is next is taken by the worker's own pure functions.

import type { Marker } from '../src/lib/queue/markers.ts';
import { chatOf, inTurn, prerequisiteOf, type QueueLimits, type RunningView } from '../src/lib/queue/order.ts';

export interface PlayedTask {
  marker: Marker;
  /** When it comes, in milliseconds since 1970. */
  at: number;
  runMs: number;
}

/** Who is next of those whose time has come; undefined for nobody. */
export type Choose = (inLine: readonly Marker[], view: RunningView) => Marker | undefined;

export interface Play {
  tasks: readonly PlayedTask[];
  limitsAt(now: number): QueueLimits;
  choose: Choose;
  /** Sees each choice, and the last one of each moment, which is undefined. */
  onChoice?(inLine: readonly Marker[], view: RunningView, chosen: Marker | undefined): void;
}

/** The worker's order. */
export const byOrder: Choose = (inLine, view) => inTurn(inLine, view).next().value ?? undefined;

/** First come, first served, as long as there is a slot. */
export const firstCome: Choose = (inLine, { byUser, limits }) => {
  let running = 0;
  for (const count of byUser.values()) running += count;
  if (running >= limits.maxSessions) return undefined;
  let first: Marker | undefined;
  for (const marker of inLine) if (!first || marker.queuedAt < first.queuedAt) first = marker;
  return first;
};

const shift = (counts: Map<string, number>, key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by);

/** When each task started, by its id. Throws where time goes on without end because somebody is never started. */
export function playQueue({ tasks, limitsAt, choose, onChoice }: Play): Map<string, number> {
  const coming = [...tasks].sort((a, b) => a.at - b.at);
  const runMs = new Map(tasks.map(({ marker, runMs: ms }): [string, number] => [marker.taskId, ms]));
  const unfinished = new Set(tasks.map(({ marker }) => marker.taskId));
  const started = new Map<string, number>();
  const byUser = new Map<string, number>();
  const byChat = new Map<string, number>();
  let running: { marker: Marker; until: number }[] = [];
  let waiting: Marker[] = [];
  let next = 0;
  for (let now = coming[0]?.at ?? 0; ; ) {
    while (next < coming.length && (coming[next] as PlayedTask).at <= now) {
      waiting.push((coming[next++] as PlayedTask).marker);
    }
    for (const { marker } of running.filter(({ until }) => until <= now)) {
      unfinished.delete(marker.taskId);
      shift(byUser, marker.user, -1);
      shift(byChat, chatOf(marker.taskId), -1);
    }
    running = running.filter(({ until }) => until > now);
    for (;;) {
      const inLine = waiting.filter((marker) => prerequisiteOf(marker, now, unfinished) === null);
      const view: RunningView = { byUser, byChat, limits: limitsAt(now), now };
      const chosen = choose(inLine, view);
      onChoice?.(inLine, view, chosen);
      if (!chosen) break;
      waiting = waiting.filter((marker) => marker !== chosen);
      started.set(chosen.taskId, now);
      running.push({ marker: chosen, until: now + (runMs.get(chosen.taskId) ?? 0) });
      shift(byUser, chosen.user, 1);
      shift(byChat, chatOf(chosen.taskId), 1);
    }
    const times = [
      ...(next < coming.length ? [(coming[next] as PlayedTask).at] : []),
      ...running.map(({ until }) => until),
      ...waiting.map(({ queuedAt }) => queuedAt),
    ].filter((time) => time > now);
    if (times.length === 0) break;
    now = times.reduce((least, time) => Math.min(least, time));
  }
  if (waiting.length > 0) throw new Error(`${waiting.length} tasks were never started`);
  return started;
}
