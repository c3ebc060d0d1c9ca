/** What a service's refusal means for a run and its account, and what becomes of the run; pure. */

import { longestWallMs, type Refusal, shortestWallMs, unknownWallMs } from '../../accounts/limits.ts';

/** A refusal as the agent's events tell of it. */
export interface Refused {
  /** What the service answered: 429, 401, 529, …; null where the agent does not say. */
  status: number | null;
  /** Which of the agent's own tries it was; null where the agent did not try again. */
  attempt: number | null;
  /** ISO instant at which the service says that it ends. */
  resetsAt: string | null;
  /** The service named a quota that is used up. */
  isWall: boolean;
  /** Which one, by its name; null where it did not say. */
  window: string | null;
  /** The agent has given up: this is its result. */
  isFinal: boolean;
  /** What the agent said about it; empty while it still tries. */
  text: string;
}

/** `none`: a refusal that no other account and no waiting would change, such as a context that is too long. */
export type RefusalKind = Refusal['kind'] | 'none';

/** What agents and services say of a quota that is used up. */
const quotaText =
  /\b(?:usage|spend(?:ing)?|quota|session|weekly|daily|monthly|credit)s?[ -]limit|limit (?:will )?resets?\b|hit your (?:[\w-]+ ){0,3}limit|exceeded your current quota|insufficient_quota|credit balance is too low/i;
/** A request that is refused for what it holds is refused under every account. */
const ownFaultText =
  /long context|context (?:length|window)|prompt is too long|too many tokens in|request too large|extra usage is required/i;

/** What Claude Code calls the windows of its plans, where it says no more than that. */
const spokenWindow = /\b(opus|sonnet|fable|weekly|session|5-hour)(?: usage)? limit/i;
const windowsByWord: Record<string, string> = {
  opus: 'seven_day_opus',
  sonnet: 'seven_day_sonnet',
  fable: 'seven_day_overage_included',
  weekly: 'seven_day',
  session: 'five_hour',
  '5-hour': 'five_hour',
};

/** The window that the refusal speaks of; null where it names none. */
function windowOf({ window, text }: Refused): string | null {
  return window ?? windowsByWord[spokenWindow.exec(text)?.[1]?.toLowerCase() ?? ''] ?? null;
}

/** What kind of refusal it is. */
export function kindOfRefusal({ status, isWall, resetsAt, text }: Refused): RefusalKind {
  if (status === 401 || status === 403) return 'auth';
  if (status !== null && status >= 500) return 'overloaded';
  if (status !== 429) return 'none';
  if (ownFaultText.test(text)) return 'none';
  return isWall || resetsAt !== null || quotaText.test(text) ? 'wall' : 'burst';
}

/** After the agent's own tries are used up an account rests so long, where no more is known. */
const restMs = 5 * 60_000;

/** How the account is to be marked; null where the refusal says nothing about it. `now` in milliseconds since 1970. */
export function refusalToNote(refused: Refused, now: number): Pick<Refusal, 'kind' | 'window' | 'resetsAt'> | null {
  const kind = kindOfRefusal(refused);
  if (kind === 'none' || kind === 'overloaded') return null;
  const named = refused.resetsAt === null ? Number.NaN : Date.parse(refused.resetsAt);
  const resetsAt = Number.isNaN(named) ? null : named;
  if (kind === 'burst') return { kind, window: null, resetsAt: refused.isFinal ? now + restMs : null };
  return kind === 'wall' ? { kind, window: windowOf(refused), resetsAt } : { kind, window: null, resetsAt: null };
}

/** What a run does at a wall when no account is free. */
export type OnWall = 'resume' | 'ask' | 'stop';

export interface LimitView {
  refused: Refused;
  /** Whether the run works with an account of the pool. */
  hasAccount: boolean;
  /** The account that a run would be given now, the refusal noted; null for none. */
  next: string | null;
  /** Whether an account is free but for its number of runs. */
  isBusy: boolean;
  /** The earliest reset of any account, in milliseconds since 1970; null where none is known. */
  until: number | null;
  /** How often the turn was taken over already. */
  takeOvers: number;
  onWall: OnWall;
  /** Milliseconds since 1970. */
  now: number;
}

export type LimitStep =
  /** The agent goes on trying, or has given its result: that stands. */
  | { do: 'leave' }
  /** The turn goes on under another account. */
  | { do: 'hand-over' }
  /**
   * Nobody is free. `resumeAt`: when it goes on by itself, in milliseconds since 1970, null for when a person says so;
   * `resetAt`: when the limit is reset, null where nobody knows.
   */
  | { do: 'pause'; resumeAt: number | null; resetAt: number | null }
  | { do: 'stop' };

/** Accounts that refuse one after the other are no reason to go round for ever. */
export const maxTakeOvers = 3;
/** The agent's own second try decides whether credentials are refused. */
const authTries = 2;

const leave: LimitStep = { do: 'leave' };

/** When the limit is reset, in milliseconds since 1970: never in the past, nor too far ahead; null where nobody knows. */
function resetAtOf({ until, hasAccount, refused, now }: LimitView): number | null {
  const named = hasAccount ? until : Date.parse(refused.resetsAt ?? '');
  if (named === null || Number.isNaN(named)) return null;
  const leastMs = hasAccount || named > now ? 1000 : shortestWallMs;
  return Math.min(Math.max(named, now + leastMs), now + longestWallMs);
}

function judgeWall(view: LimitView): LimitStep {
  if (view.onWall === 'stop') return view.refused.isFinal ? leave : { do: 'stop' };
  const resetAt = resetAtOf(view);
  return { do: 'pause', resumeAt: view.onWall === 'ask' ? null : (resetAt ?? view.now + unknownWallMs), resetAt };
}

/**
 * What becomes of a run whose service refused. `next`, `isBusy` and `until` are of the moment after the refusal was noted.
 * An overloaded service is waited for on the same account: the agent does that by itself.
 */
export function judgeLimit(view: LimitView): LimitStep {
  const { refused, hasAccount, takeOvers } = view;
  const kind = kindOfRefusal(refused);
  const mayHandOver = hasAccount && takeOvers < maxTakeOvers;
  switch (kind) {
    case 'none':
    case 'overloaded':
      return leave;
    case 'auth':
      if (!refused.isFinal && (refused.attempt ?? 0) < authTries) return leave;
      return mayHandOver && view.next !== null ? { do: 'hand-over' } : leave;
    case 'burst':
      if (mayHandOver && view.next !== null) return { do: 'hand-over' };
      return hasAccount && refused.isFinal ? judgeWall(view) : leave;
    case 'wall':
      // Only told of so far: whether the agent may go on beyond its quota shows in what comes next.
      if (!refused.isFinal && refused.attempt === null) return leave;
      return mayHandOver && (view.next !== null || view.isBusy) ? { do: 'hand-over' } : judgeWall(view);
  }
}
