/** What to do about a run now: one pure decision over what is known of it. */

import type { ExitStatus } from '../adapters/processes.ts';
import type { RunState } from './fold.ts';
import type { Intent } from './intent.ts';
import { isWaiting, lastWaitEnd, type Wait, waitedMs } from './questions/waits.ts';

export interface RunLimits {
  /** Without a sign of life and without a tool at work a run counts as stuck after so long. */
  silenceMs: number;
  /** The wall clock of a run; null for none. */
  wallMs: number | null;
  /** So long what runs in the background may go on after a result. */
  backgroundMs: number;
  /** So long a process may take to leave after its outcome is known. */
  lingerMs: number;
}

export interface RunView {
  state: RunState;
  intent: Intent | null;
  /** Whether the agent's own process lives. */
  isMainAlive: boolean;
  /** Whether anything lives that holds the run's output open. */
  isAnyAlive: boolean;
  /** How the process ended, where we saw it. */
  exit: ExitStatus | null;
  /** All instants in milliseconds since 1970. */
  now: number;
  startedAt: number;
  lastOutputAt: number;
  /** When the latest interim result came; null for none. */
  interimAt: number | null;
  /** When the outcome was settled; null while it is open. */
  concludedAt: number | null;
  /** How many interim results were told. */
  interimTold: number;
  /** When it waited for a person: no clock runs then. */
  waits: readonly Wait[];
  limits: RunLimits;
}

/** Where an outcome comes from. */
export type Verdict = 'intent' | 'result' | 'interim' | 'empty' | 'exit' | 'lost';

export type Step =
  | { do: 'tell-interim' }
  | { do: 'conclude'; by: Verdict; note: string | null }
  /** Write the intent down, then end the run. */
  | { do: 'intend'; intent: Omit<Intent, 'at'> }
  /** Signal what still runs. */
  | { do: 'end' }
  /** Everything of the run is gone. */
  | { do: 'close' }
  /** Nothing until something happens, or the instant comes. */
  | { do: 'wait'; until: number | null };

const earliest = (...instants: (number | null)[]): number | null => {
  const known = instants.filter((instant) => instant !== null);
  return known.length > 0 ? Math.min(...known) : null;
};

function judgeConcluded(view: RunView, concludedAt: number): Step {
  if (!view.isAnyAlive && !view.isMainAlive) return { do: 'close' };
  // What still ran in the background had its time.
  const isOverdue = view.state.final === null && view.state.interim !== null;
  if (view.intent || isOverdue) return { do: 'end' };
  const until = concludedAt + view.limits.lingerMs;
  return view.now >= until || !view.isMainAlive ? { do: 'end' } : { do: 'wait', until };
}

function judgeDead(view: RunView): Step {
  const { state } = view;
  if (state.interim)
    return { do: 'conclude', by: 'interim', note: state.background.length > 0 ? 'background_ended' : null };
  if (state.empty) return { do: 'conclude', by: 'empty', note: null };
  return { do: 'conclude', by: view.exit ? 'exit' : 'lost', note: null };
}

/** Instants at which a clock of the run has run down; null for a clock that does not run. */
interface Deadlines {
  wall: number | null;
  silence: number | null;
  background: number | null;
}

/** No clock runs while a person is asked; the time that this took is given back. */
function deadlinesOf({ state, limits, waits, now, startedAt, lastOutputAt, interimAt }: RunView): Deadlines {
  if (isWaiting(waits)) return { wall: null, silence: null, background: null };
  const isBusy = state.tools.length > 0 || state.background.length > 0;
  return {
    wall: limits.wallMs === null ? null : startedAt + limits.wallMs + waitedMs(waits, startedAt, now),
    silence: isBusy ? null : Math.max(lastOutputAt, lastWaitEnd(waits)) + limits.silenceMs,
    background: interimAt === null ? null : interimAt + limits.backgroundMs + waitedMs(waits, interimAt, now),
  };
}

function overdue({ now, limits }: RunView, { wall, silence }: Deadlines): Omit<Intent, 'at'> | null {
  const seconds = (ms: number) => Math.round(ms / 1000);
  if (wall !== null && now >= wall) {
    const detail = `It ran longer than ${seconds(limits.wallMs ?? 0)} s, its limit.`;
    return { kind: 'timeout', reason: 'timeout', detail };
  }
  if (silence !== null && now >= silence) {
    const detail = `It gave no sign of life for ${seconds(limits.silenceMs)} s, and no tool was at work.`;
    return { kind: 'timeout', reason: 'timeout', detail };
  }
  return null;
}

/**
 * The next step. An intent decides the outcome before any result; a result without background tasks is the outcome at
 * once; one with them stands when its time is over or the process has gone.
 */
export function judgeRun(view: RunView): Step {
  const { state } = view;
  if (view.concludedAt !== null) return judgeConcluded(view, view.concludedAt);
  if (view.intent) {
    // An agent that was interrupted says so with a result, long before its process is gone.
    const isOut = state.final !== null || !view.isMainAlive;
    return isOut ? { do: 'conclude', by: 'intent', note: null } : { do: 'end' };
  }
  if (state.final) return { do: 'conclude', by: 'result', note: null };
  if (!view.isMainAlive) return judgeDead(view);
  if (state.interimCount > view.interimTold) return { do: 'tell-interim' };
  const deadlines = deadlinesOf(view);
  if (deadlines.background !== null && view.now >= deadlines.background) {
    return { do: 'conclude', by: 'interim', note: 'background_ended' };
  }
  const intent = overdue(view, deadlines);
  if (intent) return { do: 'intend', intent };
  return { do: 'wait', until: earliest(deadlines.background, deadlines.silence, deadlines.wall) };
}
