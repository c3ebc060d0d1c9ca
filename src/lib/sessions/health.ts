/** How a session is, by evidence, and what is to be done about it: one pure decision. */

/** What is always shown of a session. */
export type SessionState =
  | 'healthy'
  | 'working'
  | 'working-long'
  | 'waiting'
  | 'asleep'
  | 'stuck'
  | 'dead'
  | 'poisoned';

export type SessionCure =
  | { do: 'nothing' }
  /** End its process and wake it on the same conversation. */
  | { do: 'resume'; cause: 'stuck' | 'dead' }
  /** End its process and begin a new conversation, told what was asked so far. */
  | { do: 'fresh'; cause: 'poisoned' | 'stuck' | 'dead' }
  /** It was repaired too often: leave it until a person or time comes to its help. */
  | { do: 'wait'; until: number };

export interface TurnEvidence {
  startedAt: number;
  /** When the agent last said anything. */
  lastEventAt: number;
  /** The agent has said that it read our line. */
  isTaken: boolean;
  /** Tools at work. */
  tools: number;
  /** A question of the agent is open: a person's turn. */
  isAsking: boolean;
  /** What the agent has started and that lives. */
  children: number;
  /** When any of these was last seen to use the processor, or to be new; null where nobody has looked. */
  workedAt: number | null;
  /** The agent waits for its service, and says so. */
  isRetrying: boolean;
}

export interface SessionEvidence {
  /** Whether its process lives, by its lock. */
  isAlive: boolean;
  /** Whether it should: it was woken, and nobody has put it to sleep. */
  isAwake: boolean;
  /** The turn at work; null between turns. */
  turn: TurnEvidence | null;
  /** Output that nobody has read yet. */
  isUnread: boolean;
  /** Messages that wait for their turn. */
  messages: number;
  /** The agent refuses to resume its conversation. */
  isResumeRefused: boolean;
  /** Answers in a row that said nothing although turns were counted. */
  emptyAnswers: number;
  /** Repairs so far: instants in milliseconds since 1970, oldest first, with their kinds. */
  repairs: readonly { at: number; kind: 'resume' | 'fresh' }[];
  now: number;
  limits: HealthLimits;
}

export interface HealthLimits {
  /** Without a sign of life, and without a tool at work, a turn is stuck after so long. */
  silenceMs: number;
  /** A silent tool of which no process lives is no sign of life for longer than this. */
  idleToolMs: number;
  /** Nor is one whose processes live, but have not used the processor for so long. */
  idleChildrenMs: number;
  /** An agent reads its input at once; one that has not after so long does not read it at all. */
  takingMs: number;
  /** From here on a turn is shown as long. */
  longMs: number;
}

/** More repairs than these within the window help nobody. */
export const maxRepairs = 3;
export const repairWindowMs = 10 * 60_000;

export interface Verdict {
  state: SessionState;
  cure: SessionCure;
}

const calm = (state: SessionState): Verdict => ({ state, cure: { do: 'nothing' } });

/** Repairs within the window; an instant ahead of us is of a clock that was set back, and counts as now. */
function recent({ repairs, now }: SessionEvidence) {
  return repairs.filter(({ at }) => now - Math.min(at, now) < repairWindowMs);
}

/** The cure for what was found, if there may be another one: first on the same conversation, then in a new one. */
function cured(evidence: SessionEvidence, state: 'stuck' | 'dead' | 'poisoned'): Verdict {
  const before = recent(evidence);
  if (before.length >= maxRepairs) {
    const until = Math.min(before[0]?.at ?? evidence.now, evidence.now) + repairWindowMs;
    return { state, cure: { do: 'wait', until } };
  }
  if (state === 'poisoned') return { state, cure: { do: 'fresh', cause: state } };
  // Resuming did not help a moment ago.
  const isHopeless = before.filter(({ kind }) => kind === 'resume').length >= 2;
  return { state, cure: { do: isHopeless ? 'fresh' : 'resume', cause: state } };
}

/** Whether nothing shows that the turn goes on. */
function isSilent(turn: TurnEvidence, { now, limits }: SessionEvidence): boolean {
  // An instant ahead of us is of a clock that was set back: it says nothing against the agent.
  const since = (at: number) => now - Math.min(at, now);
  const silence = since(turn.lastEventAt);
  if (turn.tools === 0) return silence >= limits.silenceMs;
  if (turn.children === 0) return silence >= limits.idleToolMs;
  return Math.min(silence, since(turn.workedAt ?? turn.lastEventAt)) >= limits.idleChildrenMs;
}

function judgeTurn(turn: TurnEvidence, evidence: SessionEvidence): Verdict {
  const { now, limits, isUnread } = evidence;
  if (turn.isAsking) return calm('waiting');
  if (!turn.isTaken && now - Math.min(turn.startedAt, now) >= limits.takingMs) return cured(evidence, 'stuck');
  // What was not read yet may be the very sign of life; a service that is waited for speaks for itself.
  if (!isUnread && !turn.isRetrying && isSilent(turn, evidence)) return cured(evidence, 'stuck');
  return calm(now - Math.min(turn.startedAt, now) >= limits.longMs ? 'working-long' : 'working');
}

/** At so many answers without a word in a row a conversation is past help. */
const maxEmptyAnswers = 2;

/**
 * How the session is, and what to do now. Looked at before each message, and now and then: a build of two hours in a tool is
 * work, an agent that says nothing is not, nor is a tool whose processes have long done nothing.
 */
export function judgeSession(evidence: SessionEvidence): Verdict {
  if (evidence.isResumeRefused || evidence.emptyAnswers >= maxEmptyAnswers) return cured(evidence, 'poisoned');
  if (!evidence.isAlive) {
    if (evidence.turn) return cured(evidence, 'dead');
    // It died between turns: the next message wakes it, as it would one that sleeps.
    return calm(evidence.isAwake ? 'dead' : 'asleep');
  }
  if (evidence.turn) return judgeTurn(evidence.turn, evidence);
  return calm('healthy');
}
