/** Whether a turn shows signs of life: kept as its events come, and judged by its session's health. */

import type { Processes } from '../../adapters/processes.ts';
import type { AgentEvent } from '../../agents/agent.ts';
import { sessionVariable } from '../../agents/end-processes.ts';
import { type HealthLimits, judgeSession, type TurnEvidence } from '../../sessions/health.ts';
import type { Session } from '../../sessions/record.ts';
import type { TurnState } from '../../sessions/turn.ts';

/** What an agent has started and that lives: by its number, what each has used of the processor, in any unit. */
export type Children = ReadonlyMap<number, number>;

/** What the session's agent has started and that lives. Shells of tools lead groups of their own: only the agent itself is left out. */
export function childrenOf(
  processes: Pick<Processes, 'findByEnv'>,
  { session_id, pid: agent }: Pick<Session, 'session_id' | 'pid'>,
): Children {
  const found = processes.findByEnv(sessionVariable, new Set([session_id]));
  return new Map(found.filter(({ pid }) => pid !== agent).map(({ pid, cpuTime }) => [pid, cpuTime]));
}

export interface VitalityView {
  turn: TurnState;
  startedAt: number;
  lastOutputAt: number;
  now: number;
  limits: HealthLimits;
  /** Asked only where it matters, and not each time, since it takes long. */
  lookAtChildren(): Children;
}

export interface Vitality {
  /** Takes note of the turn's own events. */
  hear(events: readonly AgentEvent[]): void;
  /** Whether nothing shows that the turn goes on. */
  isStuck(view: VitalityView): boolean;
}

/** A wait of an hour in a tool is nobody's fault, however short a silence is allowed without one. */
const leastIdleChildrenMs = 2 * 3_600_000;

/** The limits of a session's turn, by the silence that a run without a session may keep. */
export function healthLimits(silenceMs: number, takingMs: number): HealthLimits {
  return {
    silenceMs,
    // Without any process a tool has three times as long as the agent itself.
    idleToolMs: 3 * silenceMs,
    idleChildrenMs: Math.max(12 * silenceMs, leastIdleChildrenMs),
    takingMs,
    longMs: 30 * 60_000,
  };
}

/** What was found holds for so long. */
const lookEveryMs = 10_000;
/** Where nobody looked for longer, as while the machine slept, nobody knows what they did. */
const unseenMs = 6 * lookEveryMs;

interface Look {
  /** Milliseconds since 1970, as `workedAt`. */
  at: number;
  children: Children;
  workedAt: number;
}

/** Whether any is new, or has used the processor since the look before. */
const hasWorked = (children: Children, before: Children) =>
  [...children].some(([pid, used]) => used !== before.get(pid));

/** Follows what children do, from look to look: who is seen for the first time is taken to be at work. */
function watchChildren(): (view: VitalityView) => Look {
  let last: Look | null = null;
  return ({ now, lookAtChildren }) => {
    const age = last === null ? Number.NaN : now - last.at;
    if (last !== null && age >= 0 && age < lookEveryMs) return last;
    const children = lookAtChildren();
    const isSeen = last !== null && age >= 0 && age < unseenMs;
    const workedAt = last !== null && isSeen && !hasWorked(children, last.children) ? last.workedAt : now;
    last = { at: now, children, workedAt };
    return last;
  };
}

type Found = Pick<TurnEvidence, 'children' | 'workedAt'>;
const noChildren: Found = { children: 0, workedAt: null };

export function createVitality(): Vitality {
  const tools = new Set<string>();
  const watch = watchChildren();
  let isRetrying = false;

  function judgesStuck({ turn, startedAt, lastOutputAt, now, limits }: VitalityView, found: Found): boolean {
    const evidence = {
      startedAt,
      lastEventAt: Math.max(startedAt, lastOutputAt),
      isTaken: turn.phase !== 'unknown',
      tools: tools.size,
      isAsking: turn.questions.length > 0,
      isRetrying,
    };
    const { state } = judgeSession({
      isAlive: true,
      isAwake: true,
      turn: { ...evidence, ...found },
      isUnread: false,
      messages: 0,
      isResumeRefused: false,
      emptyAnswers: 0,
      repairs: [],
      now,
      limits,
    });
    return state === 'stuck';
  }

  return {
    hear(events) {
      for (const event of events) {
        if (event.type === 'tool') tools.add(event.id);
        if (event.type === 'tool-ended') tools.delete(event.id);
        if (event.type === 'finished') tools.clear();
        isRetrying = event.type === 'limit';
      }
    },
    isStuck(view) {
      if (!judgesStuck(view, noChildren)) return false;
      // Only of a tool do its processes tell anything: only for one is it worth a look at all processes.
      if (view.turn.phase === 'unknown' || tools.size === 0) return true;
      const { children, workedAt } = watch(view);
      return judgesStuck(view, { children: children.size, workedAt });
    },
  };
}
