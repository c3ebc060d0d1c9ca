/** Which account a run works with; pure. */

import { type AccountState, anyFamily, familyUnder, type Unavailable, unavailabilityOf } from './limits.ts';
import type { Account } from './record.ts';

/** An account as far as the choice cares. */
export type Candidate = Pick<Account, 'name' | 'agent' | 'active' | 'priority' | 'group' | 'max_runs'> & {
  /** Of its own, for runs that name none. */
  model?: string | null;
  state: AccountState;
};

export interface Wish {
  agent: string;
  /** Null: the account's own choice of a model, or the agent's. */
  modelFamily: string | null;
  /** The group that its user or profile is restricted to; null for none. */
  group: string | null;
  /** The account that the conversation has been going on under. */
  current: string | null;
  /** Milliseconds since 1970. */
  now: number;
  /** Runs that each account has now. */
  running: ReadonlyMap<string, number>;
  /** Those among them that use the models that the wish would under that account; absent where all do. */
  runningAlike?: ReadonlyMap<string, number>;
}

export type Choice =
  | { account: string }
  | {
      account: null;
      /**
       * `none`: there is no such account, or none that a person wants to be used. `refused`: the credentials of all are
       * refused. `limited`: all wait for a reset. `busy`: one has as many runs as it may.
       */
      why: 'none' | 'refused' | 'limited' | 'busy';
      /** The earliest reset of any, in milliseconds since 1970; null where no time is known. */
      until: number | null;
    };

/** Milliseconds since 1970 of the last use. One that lies ahead, because the clock was set back, counts as long ago. */
function lastUsed({ state }: Candidate, now: number): number {
  const at = state.last_used_at === null ? Number.NaN : Date.parse(state.last_used_at);
  return at <= now ? at : Number.NEGATIVE_INFINITY;
}

function compare(a: Candidate, b: Candidate, now: number): number {
  const [usedA, usedB] = [lastUsed(a, now), lastUsed(b, now)];
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (usedA !== usedB) return usedA < usedB ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** Whether an account is one of those that the wish is for, available or not. */
function isEligible({ agent, group }: Candidate, wish: Pick<Wish, 'agent' | 'group'>): boolean {
  return agent === wish.agent && (wish.group === null || group === wish.group);
}

/** After a wall one run of what it held for goes first; the others follow when it has been answered. */
function isFull({ name, max_runs, model = null, state }: Candidate, wish: Wish): boolean {
  const { running, runningAlike = running, modelFamily } = wish;
  const has = (runs: ReadonlyMap<string, number>, most: number) => (runs.get(name) ?? 0) >= most;
  if (state.unproven.includes(anyFamily) && has(running, 1)) return true;
  if (state.unproven.includes(familyUnder(model, modelFamily)) && has(runningAlike, 1)) return true;
  return max_runs !== null && has(running, max_runs);
}

function whyNone(states: readonly (Unavailable | null)[]): Choice {
  const ends = states.flatMap((state) => (state?.why === 'limited' ? [state.until] : []));
  const until = ends.length > 0 ? Math.min(...ends) : null;
  const has = (why: Unavailable['why']) => states.some((state) => state?.why === why);
  // One that is free to be used but for its runs.
  if (states.includes(null)) return { account: null, why: 'busy', until };
  if (has('limited')) return { account: null, why: 'limited', until };
  return { account: null, why: has('refused') ? 'refused' : 'none', until };
}

/**
 * The account for a run. A conversation keeps its account until that one is limited, refused or switched off, and waits for
 * it where it has as many runs as it may. Else the highest priority goes first, then who has not been used for longest.
 */
export function chooseAccount(accounts: readonly Candidate[], wish: Wish): Choice {
  const eligible = accounts.filter((account) => isEligible(account, wish));
  const usable = eligible.filter((account) => unavailabilityOf(account, wish) === null);
  const current = usable.find(({ name }) => name === wish.current);
  if (current) return isFull(current, wish) ? whyNone([null]) : { account: current.name };
  const free = usable.filter((account) => !isFull(account, wish)).sort((a, b) => compare(a, b, wish.now));
  const best = free[0];
  return best ? { account: best.name } : whyNone(eligible.map((account) => unavailabilityOf(account, wish)));
}
