/** Gives each run its account: chosen as it starts, counted with those that run already. */

import type { Choice } from '../../accounts/choose.ts';
import type { AccountEnvironment } from '../../accounts/environment.ts';
import { familyUnder, modelFamilyOf, type Refusal } from '../../accounts/limits.ts';
import type { Account } from '../../accounts/record.ts';
import type { Accounts } from '../../accounts/store.ts';
import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import type { Queue } from '../../queue/queue.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';

/** What a run is given. */
export interface GivenAccount {
  name: string;
  environment: AccountEnvironment;
  /** For a task that names no model. */
  model: string | null;
}

export interface Pool {
  /** Whether the task can start now: it needs no account, or there is one, which is then kept for it a while. */
  reserve(task: Task): boolean;
  /** Chooses an account for the task's next run; `wait` where none is free, null where it needs none. */
  take(task: Task): GivenAccount | 'wait' | null;
  /** What was taken for a run that is being started. */
  given(taskId: string): GivenAccount | null;
  /** Marks the use of what was taken. */
  noteUse(taskId: string): Promise<void>;
  /** The run is on record now, or was not started after all. */
  release(taskId: string): void;
  /** Why no account is free for the task, for people; null where one is, or none is needed. */
  whyNone(task: Task): string | null;
  /** The same as messages carry it: `account`, or `resume_at:` and the instant at which one is free again. */
  waitingFor(task: Task): string | null;
  /** Whether an account is free for a task that waits for one. */
  isFree(task: Task): boolean;
  /** Notes what the service refused the task's latest run, and gives who could go on with it then. */
  noteRefusal(task: Task, refusal: RunRefusal | null): Promise<Choice>;
  /** The service answers the task's latest run. */
  noteAnswer(task: Task): Promise<void>;
}

export type RunRefusal = Pick<Refusal, 'kind' | 'window' | 'resetsAt'>;

export interface PoolParts {
  accounts: Accounts;
  tasks: Pick<TaskStore, 'load'>;
  queue: Pick<Queue, 'active'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
  /** Whether the task's own settings leave it to the pool on whose account it works. */
  isLeftToPool(task: Task): boolean;
  /** The account that the task's conversation has been going on under; null for none yet. */
  currentOf(task: Task): string | null;
  /** The group of accounts that the task's user or profile is restricted to; null for none. */
  groupOf(task: Task): string | null;
}

/** A task that could start was about to; if it has not begun to after so long, it was not claimed after all. */
const reservedMs = 30_000;

/** That there is no account for tasks of a kind holds for so long. */
const foundNoneMs = 250;

/** An account whose secrets cannot be opened keeps tasks waiting for so long before it is tried again. */
const closedMs = 2000;

/** That an account is answered is noted so often at most. */
const answerEveryMs = 5000;

interface Reservation extends Starting {
  /** Milliseconds since 1970. */
  at: number;
}

/** A run that is about to start: its account, and the family of the model that its task names. */
interface Starting {
  name: string;
  family: string;
}

/** Runs at work by account, and those that are about to start, by task; `runningAlike`: those like `task`'s next run. */
function countRunning(
  { accounts, tasks, queue }: PoolParts,
  starting: ReadonlyMap<string, Starting>,
  task: Task,
): { running: Map<string, number>; runningAlike: Map<string, number> } {
  const models = new Map(accounts.list().map(({ name, model }) => [name, model]));
  const [running, runningAlike] = [new Map<string, number>(), new Map<string, number>()];
  const add = (runs: Map<string, number>, name: string) => runs.set(name, (runs.get(name) ?? 0) + 1);
  const count = ({ name, family }: Starting) => {
    add(running, name);
    const under = (wanted: string) => familyUnder(models.get(name) ?? null, wanted);
    if (under(family) === under(modelFamilyOf(task.model))) add(runningAlike, name);
  };
  for (const one of starting.values()) count(one);
  for (const taskId of queue.active()) {
    if (starting.has(taskId)) continue;
    const active = loadOrNull({ tasks }, taskId);
    const run = active && latestRun(active);
    if (active && run?.account && run.ended_at === null) {
      count({ name: run.account, family: modelFamilyOf(active.model) });
    }
  }
  return { running, runningAlike };
}

function renderNone({ why, until }: Extract<Choice, { account: null }>, agent: string, group: string | null): string {
  const look = 'See them with: ccdispatch accounts list';
  const from = until === null ? '' : ` One is free again at ${new Date(until).toISOString()}.`;
  switch (why) {
    case 'limited':
      return `All accounts for ${agent} have met a limit.${from} ${look}`;
    case 'busy':
      return `Its account, or each one that is free, has as many runs as it may (max_runs). ${look}`;
    case 'refused':
      return `The credentials of all accounts for ${agent} were refused. ${look}`;
    case 'none':
      return `No account for ${agent}${group === null ? '' : ` in the group "${group}"`} can be used. ${look}`;
  }
}

/** Says why no account is free; `look` gives null for a task that needs none. */
function createWords(
  { groupOf }: PoolParts,
  look: (task: Task) => Choice | null,
): Pick<Pool, 'whyNone' | 'waitingFor'> {
  const lookInVain = (task: Task) => {
    const choice = look(task);
    return choice === null || choice.account !== null ? null : choice;
  };
  return {
    waitingFor(task) {
      const none = lookInVain(task);
      if (none === null) return null;
      const isTimed = none.why === 'limited' && none.until !== null;
      return isTimed ? `resume_at:${new Date(none.until ?? 0).toISOString()}` : 'account';
    },
    whyNone(task) {
      const none = lookInVain(task);
      return none && renderNone(none, task.agent, groupOf(task));
    },
  };
}

/** Opens accounts' secrets; trouble with one is logged once. */
function createOpener({ accounts, log }: PoolParts) {
  /** Accounts whose secrets could not be opened a moment ago. */
  const closed = new Set<string>();
  return (account: Account): AccountEnvironment | null => {
    try {
      const environment = accounts.environmentOf(account);
      closed.delete(account.name);
      return environment;
    } catch (error) {
      if (!closed.has(account.name)) log.error({ account: account.name, error: String(error) }, 'an account is closed');
      closed.add(account.name);
      return null;
    }
  };
}

/** What runs learn of their accounts; `onNews`: who could not be given one may find one now. */
function createNotes(
  { accounts, clock }: PoolParts,
  choose: (task: Task) => Choice,
  onNews: () => void,
): Pick<Pool, 'noteRefusal' | 'noteAnswer'> {
  /** By account and family: when it was last told that the service answers, in milliseconds since 1970. */
  const answeredAt = new Map<string, Map<string, number>>();
  return {
    async noteRefusal(task, refusal) {
      const name = latestRun(task)?.account ?? null;
      if (name === null) return { account: null, why: 'none', until: null };
      const modelFamily = refusal?.kind === 'wall' ? modelFamilyOf(task.model) : null;
      if (refusal) await accounts.noteRefusal(name, { ...refusal, modelFamily });
      answeredAt.delete(name);
      return choose(task);
    },
    async noteAnswer(task) {
      const name = latestRun(task)?.account ?? null;
      if (name === null) return;
      const [now, family] = [clock.now(), modelFamilyOf(task.model)];
      const before = answeredAt.get(name)?.get(family) ?? Number.NEGATIVE_INFINITY;
      if (Math.abs(now - before) < answerEveryMs) return;
      answeredAt.set(name, new Map(answeredAt.get(name)).set(family, now));
      await accounts.noteAnswer(name, family);
      onNews();
    },
  };
}

export function createPool(parts: PoolParts): Pool {
  const { accounts, clock } = parts;
  const open = createOpener(parts);
  const starting = new Map<string, GivenAccount & Starting>();
  const reserved = new Map<string, Reservation>();
  /** By kind of task: when no account was found for it, in milliseconds since 1970. */
  const foundNone = new Map<string, number>();

  /** Accounts of the runs that are about to start, but for this task's own. */
  function startingBeside(taskId: string): Map<string, Starting> {
    for (const [id, { at }] of reserved) if (Math.abs(clock.now() - at) > reservedMs) reserved.delete(id);
    return new Map<string, Starting>([...reserved, ...starting].filter(([id]) => id !== taskId));
  }

  /** Tasks of one kind are given the same account, or none. */
  const kindOf = (task: Task) =>
    JSON.stringify([task.agent, modelFamilyOf(task.model), parts.currentOf(task), parts.groupOf(task)]);
  const needsAccount = (task: Task) => accounts.isFor(task.agent) && parts.isLeftToPool(task);
  const choose = (task: Task): Choice =>
    accounts.choose({
      agent: task.agent,
      modelFamily: modelFamilyOf(task.model),
      group: parts.groupOf(task),
      current: parts.currentOf(task),
      ...countRunning(parts, startingBeside(task.task_id), task),
    });

  /** The account that the task would be given; where a thousand wait nobody looks for each of them anew. */
  function seek(task: Task): string | null {
    const [kind, now] = [kindOf(task), clock.now()];
    const foundAt = foundNone.get(kind) ?? Number.NEGATIVE_INFINITY;
    if (now - foundAt < foundNoneMs && foundAt - now <= closedMs) return null;
    const { account } = choose(task);
    if (account === null) foundNone.set(kind, now);
    return account;
  }

  return {
    reserve(task) {
      if (!needsAccount(task)) return true;
      const name = seek(task);
      if (name !== null) reserved.set(task.task_id, { name, family: modelFamilyOf(task.model), at: clock.now() });
      return name !== null;
    },
    take(task) {
      if (!needsAccount(task)) return null;
      const { account: name } = choose(task);
      const account = name === null ? null : accounts.find(name);
      const environment = account && open(account);
      if (!account || !environment) {
        // One that cannot be opened is looked at again in a while, not at once.
        foundNone.set(kindOf(task), clock.now() + (account ? closedMs : 0));
        reserved.delete(task.task_id);
        return 'wait';
      }
      const given = { name: account.name, environment, model: account.model, family: modelFamilyOf(task.model) };
      reserved.delete(task.task_id);
      starting.set(task.task_id, given);
      return given;
    },
    given: (taskId) => starting.get(taskId) ?? null,
    async noteUse(taskId) {
      const given = starting.get(taskId);
      if (given) await accounts.noteUse(given.name);
    },
    release(taskId) {
      starting.delete(taskId);
      foundNone.clear();
    },
    isFree: (task) => needsAccount(task) && seek(task) !== null,
    ...createNotes(parts, choose, () => foundNone.clear()),
    ...createWords(parts, (task) => (needsAccount(task) ? choose(task) : null)),
  };
}
