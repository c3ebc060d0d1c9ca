/** What a service's refusals mean for an account, and from when on it can be used again; pure. */

/** A time in which the service lets the account do nothing of a kind. */
export interface Limit {
  /** The models it holds for, such as `opus`; {@link anyFamily} for all of them. */
  model_family: string;
  /** Of what it is the limit, as the service names it: `five_hour`, `seven_day`, …; {@link burstWindow} for a short cooling down. */
  window: string;
  /** ISO instants. */
  since: string;
  until: string;
}

/** What changes with each run: kept apart from `accounts.json`, which people edit. */
export interface AccountState {
  schema_version: 1;
  last_used_at: string | null;
  /** Refusals of its credentials since the last success. */
  auth_failures: number;
  /** Since when its credentials count as refused for good; null where they do not. */
  refused_at: string | null;
  limits: Limit[];
  /** Families that met a wall, and have not been seen to work since ({@link anyFamily} among them): one run at a time finds out. */
  unproven: string[];
  /** Times that it cooled down since the service answered last. */
  bursts: number;
}

export const newState: AccountState = {
  schema_version: 1,
  last_used_at: null,
  auth_failures: 0,
  refused_at: null,
  limits: [],
  unproven: [],
  bursts: 0,
};

export const anyFamily = '*';
const burstWindow = 'burst';
/** Of a wall whose window the service did not name. */
const unknownWindow = 'unknown';

/** A refusal of the service. */
export interface Refusal {
  /**
   * `burst`: too many requests at once. `wall`: a quota is used up. `auth`: the credentials are not accepted. `overloaded`:
   * the service itself is short of breath, which no other account would change.
   */
  kind: 'burst' | 'wall' | 'auth' | 'overloaded';
  /** Of the run that was refused; null: what it was refused holds for all models. */
  modelFamily: string | null;
  /** As the service names it; null where it does not. */
  window: string | null;
  /** When the service says that it ends, in milliseconds since 1970; null where it says nothing. */
  resetsAt: number | null;
  now: number;
}

const secondMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const burstMs = 15 * secondMs;
const longestBurstMs = 5 * 60 * secondMs;
/** An account that is refused again after each cooling down may be at a wall that nobody names: it rests for longer and longer. */
const burstGrowth = 4;
const longestRestMs = 15 * 60 * secondMs;
/** A wall whose end nobody named is looked at again after so long. */
export const unknownWallMs = hourMs;
/** A wall that ended in the past, by clocks that differ, is one all the same. */
export const shortestWallMs = 60 * secondMs;
/**
 * The longest quotas are of a week. A reset further ahead is a mistake of somebody's; the account is then tried once more
 * after eight days, and marked again if need be.
 */
export const longestWallMs = 8 * dayMs;
/** A limit that began further ahead than a clock is ever set was written by a wrong clock. */
const clockErrorMs = 26 * hourMs;

/** After so many refusals of its credentials in a row an account is used no more. */
const authTries = 2;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

/** How long a refusal keeps the account out, in milliseconds. */
function lengthOf({ kind, resetsAt, now }: Refusal, bursts: number): number {
  const named = resetsAt !== null && Number.isFinite(resetsAt) ? resetsAt - now : null;
  const grown = Math.min(burstMs * burstGrowth ** Math.max(0, bursts - 1), longestRestMs);
  if (kind === 'burst') return named === null ? grown : clamp(named, secondMs, longestBurstMs);
  if (named === null) return unknownWallMs;
  return named > 0 ? Math.min(Math.max(named, secondMs), longestWallMs) : shortestWallMs;
}

/** When the limit ends, in milliseconds since 1970; no limit counts for longer than a wall can be. */
function endOf({ since, until }: Limit): number {
  return Math.min(Date.parse(until), Date.parse(since) + longestWallMs);
}

function hasPassed(limit: Limit, now: number): boolean {
  const end = endOf(limit);
  // What is no instant, or lies in a future that a wrong clock made, is none.
  return !(end > now) || Date.parse(limit.since) > now + clockErrorMs;
}

/** The state without the limits that are over. */
export function clearPassed(state: AccountState, now: number): AccountState {
  const limits = state.limits.filter((limit) => !hasPassed(limit, now));
  return limits.length === state.limits.length ? state : { ...state, limits };
}

function withLimit(state: AccountState, limit: Limit): AccountState {
  const isSame = (one: Limit) => one.model_family === limit.model_family && one.window === limit.window;
  const before = state.limits.find(isSame);
  // Told again while it lasts it is the same limit, which began when it began.
  const since = before && before.since <= limit.since ? before.since : limit.since;
  return { ...state, limits: [...state.limits.filter((one) => !isSame(one)), { ...limit, since }] };
}

/** Windows of Claude's plans that count whatever model is used. Their names are those of its `rate_limit_event`. */
const wholeWindows = ['five_hour', 'seven_day', 'overage'];
/** What its plans allow of the largest models is counted apart. */
const familyWindows: Record<string, string> = { seven_day_overage_included: 'fable' };

/** The models that a window holds for, by its name; null where that does not say. */
export function familyOfWindow(window: string): string | null {
  if (wholeWindows.includes(window)) return anyFamily;
  if (Object.hasOwn(familyWindows, window)) return familyWindows[window] as string;
  return /_(opus|sonnet|haiku|fable)$/.exec(window)?.[1] ?? null;
}

/** The families that the refusal keeps out: those of its window, and the run's own, which must not come back to it at once. */
function familiesOf({ modelFamily, window }: Refusal): string[] {
  const named = window === null ? null : familyOfWindow(window);
  if (named === null || named === anyFamily) return [named ?? modelFamily ?? anyFamily];
  return [...new Set([named, modelFamily ?? named])];
}

/** The account's state after a refusal. An overloaded service marks nothing. */
export function noteLimit(state: AccountState, refusal: Refusal): AccountState {
  const { kind, now } = refusal;
  const current = clearPassed(state, now);
  const at = new Date(now).toISOString();
  if (kind === 'overloaded') return current;
  if (kind === 'auth') {
    const failures = current.auth_failures + 1;
    const refused_at = current.refused_at ?? (failures >= authTries ? at : null);
    return { ...current, auth_failures: failures, refused_at };
  }
  const families = familiesOf(refusal);
  const unproven = kind === 'wall' ? [...new Set([...current.unproven, ...families])] : current.unproven;
  // Runs that are refused at once are one burst.
  const isCooling = current.limits.some(({ window }) => window === burstWindow);
  const bursts = current.bursts + (kind === 'burst' && !isCooling ? 1 : 0);
  const window = kind === 'burst' ? burstWindow : (refusal.window ?? unknownWindow);
  const until = new Date(now + lengthOf(refusal, bursts)).toISOString();
  return families.reduce((state, model_family) => withLimit(state, { model_family, window, since: at, until }), {
    ...current,
    unproven,
    bursts,
  });
}

const holdsFor = (limited: string, family: string) => limited === anyFamily || limited === family;

/**
 * The state after the service has answered a run of this family: its credentials are good, and a wall that has passed is gone
 * for certain.
 */
export function noteSuccess(state: AccountState, family: string): AccountState {
  // While it is limited the answer is that of a run that began before.
  const isLimited = state.limits.some(({ model_family }) => holdsFor(model_family, family));
  const unproven = isLimited ? state.unproven : state.unproven.filter((one) => !holdsFor(one, family));
  const bursts = isLimited ? state.bursts : 0;
  const isSame = unproven.length === state.unproven.length && state.bursts === bursts;
  return state.auth_failures === 0 && isSame ? state : { ...state, auth_failures: 0, unproven, bursts };
}

/** Why an account cannot be used; `until` in milliseconds since 1970. */
export type Unavailable = { why: 'inactive' | 'refused' } | { why: 'limited'; until: number };

/** An account as far as its availability goes; `model` is its own, for runs that name none. */
interface Usable {
  active: boolean;
  state: AccountState;
  model?: string | null;
}

/** What keeps the account from being used for these models (null: for its own choice); null where nothing does. */
export function unavailabilityOf(
  { active, state, model = null }: Usable,
  { modelFamily, now }: { modelFamily: string | null; now: number },
): Unavailable | null {
  const family = familyUnder(model, modelFamily);
  if (!active) return { why: 'inactive' };
  if (state.refused_at !== null) return { why: 'refused' };
  const ends = state.limits
    .filter((limit) => !hasPassed(limit, now))
    .filter(({ model_family }) => holdsFor(model_family, family))
    .map(endOf);
  return ends.length > 0 ? { why: 'limited', until: Math.max(...ends) } : null;
}

/** Whether the account can be used for these models now. */
export function isAvailable(account: Usable, wish: { modelFamily: string | null; now: number }): boolean {
  return unavailabilityOf(account, wish) === null;
}

/** The family of a run that names no model, under an account that names none. */
export const defaultFamily = 'default';

/** `claude-opus-4-8` and `opus` are of one family, and share limits; a name of no known family stands for itself. */
export function modelFamilyOf(model: string | null): string {
  if (model === null || model === '') return defaultFamily;
  return /(opus|sonnet|haiku|fable|codex)/i.exec(model)?.[1]?.toLowerCase() ?? model.toLowerCase();
}

/** The family of a run under an account with this model of its own; `wanted`: of the model that its task names. */
export function familyUnder(accountModel: string | null, wanted: string | null): string {
  return wanted === null || wanted === defaultFamily ? modelFamilyOf(accountModel) : wanted;
}

/** What is limited, and until when, as lists show it: once for all models, else by family; the latest end of each. */
export function limitedFamilies(limits: readonly Limit[]): { family: string; until: string }[] {
  const whole = limits.filter(({ model_family }) => model_family === anyFamily);
  const shown = whole.length > 0 ? whole : limits;
  const ends = new Map<string, string>();
  for (const { model_family: family, until } of shown) {
    const before = ends.get(family);
    if (before === undefined || before < until) ends.set(family, until);
  }
  return [...ends].map(([family, until]) => ({ family, until }));
}
