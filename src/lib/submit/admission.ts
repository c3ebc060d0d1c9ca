/** Who may have a task made or run again, and whether there is room for it: asked before anything of it exists. */

import { dirname, resolve, sep } from 'node:path';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import { CcdispatchError } from '../errors/errors.ts';
import { renderCost, renderCount } from '../format/amount.ts';
import { renderMinute } from '../format/day.ts';
import { localChat, parseTaskId } from '../format/task-id.ts';
import type { Queue } from '../queue/queue.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import { isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { type LiveTasks, type QuotaRefusal, usageKey } from '../users/quota.ts';
import type { Person } from '../users/record.ts';
import { type Feature, type FeatureRequest, missingFeatures, requestOf } from '../users/rights.ts';
import type { Users } from '../users/store.ts';
import type { TaskRequest } from './request.ts';

/** Why somebody gets no task, as data: a chat says it in the person's language. */
export type Refusal =
  | { kind: 'unknown' }
  | { kind: 'disabled' }
  | { kind: 'features'; missing: Feature[] }
  | ({ kind: 'quota' } & QuotaRefusal);

/** `not-allowed`, or `limited` where a quota has no room; says what is missing and what to do. */
export class AdmissionError extends CcdispatchError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, message: string, hint: string) {
    super(refusal.kind === 'quota' ? 'limited' : 'not-allowed', message, hint);
    this.refusal = refusal;
  }
}

export interface AdmissionParts {
  users: Users;
  tasks: TaskStore;
  queue: Queue;
  paths: Pick<Paths, 'workspace'>;
  settings: Pick<Settings, 'agents'>;
}

/** Somebody was let through, and the quota is taken. */
export interface Admitted {
  /** What was admitted does not come about after all: gives back what it took, unless the task, or its run, is there. */
  release(): Promise<void>;
}

function describeQuota(refusal: QuotaRefusal, person: Person): { message: string; hint: string } {
  const { quota, limit, used, until } = refusal;
  if (quota === 'concurrent') {
    return {
      message: `You may have ${renderCount(limit, 'task')} waiting or running at once; now there ${used === 1 ? 'is' : 'are'} ${used}.`,
      hint: 'Try again when one has ended, or cancel one.',
    };
  }
  const message = {
    daily: `Your quota of ${renderCount(limit, 'task')} a day has no room for this (${used} used).`,
    cost_usd: `Your quota of ${renderCost(limit)} a day is used up (${renderCost(used)}).`,
    tokens: `Your quota of ${limit} tokens a day is used up (${used}).`,
  }[quota];
  const zone = person.time_zone === null ? '' : ` (${person.time_zone})`;
  const at = until === null ? '' : ` at ${renderMinute(Date.parse(until), person.time_zone)}${zone}`;
  return { message, hint: `It is new${at}; an admin can give you more.` };
}

function errorOf(refusal: Refusal, person: Person): AdmissionError {
  switch (refusal.kind) {
    case 'unknown':
      return new AdmissionError(refusal, 'You are not known here.', 'Ask to be let in with /register.');
    case 'disabled':
      return new AdmissionError(refusal, 'You were switched off here.', `Ask an admin for: /users enable ${person.id}`);
    case 'features': {
      const missing = refusal.missing.join(' ');
      const hint = `Leave it out, or ask an admin for: /users allow ${person.id} ${missing}`;
      return new AdmissionError(refusal, `You may not use: ${refusal.missing.join(', ')}.`, hint);
    }
    case 'quota': {
      const { message, hint } = describeQuota(refusal, person);
      return new AdmissionError(refusal, message, hint);
    }
  }
}

/** What quotas must know of tasks, from the records of them. */
export function liveTasksOf({ tasks, queue }: Pick<AdmissionParts, 'tasks' | 'queue'>): LiveTasks {
  const load = (taskId: string) => loadOrNull({ tasks }, taskId);
  return {
    of(userId) {
      // What waits first: a task that is claimed meanwhile is then seen twice, never not at all.
      const waiting = queue.waiting().flatMap(({ taskId, user }) => (user === userId ? [taskId] : []));
      const running = queue.active().filter((taskId) => {
        const task = load(taskId);
        return task?.user_id === userId && (task.status === 'pending' || task.status === 'running');
      });
      return new Set([...waiting, ...running]);
    },
    isAwaited(taskId, run) {
      if (!tasks.exists(taskId)) return true;
      const task = load(taskId);
      return task !== null && isEnded(task) && (latestRun(task)?.n ?? 0) < run;
    },
  };
}

interface Wish {
  person: Person;
  needs: FeatureRequest;
  taskId: string;
  /** The run that is to come. */
  run: number;
}

function refusalOfPerson(person: Person | null): Refusal | null {
  if (!person) return { kind: 'unknown' };
  return person.enabled ? null : { kind: 'disabled' };
}

async function decide(parts: AdmissionParts, { person, needs, taskId, run }: Wish): Promise<Refusal | null> {
  // Looked up again: rights may have changed since the message came.
  const now = parts.users.find(person.id);
  if (!now?.enabled) return refusalOfPerson(now);
  const missing = missingFeatures(now, needs);
  if (missing.length > 0) return { kind: 'features', missing };
  const refusal = await parts.users.quotas.reserve(now, [usageKey(taskId, run)], liveTasksOf(parts));
  return refusal && { kind: 'quota', ...refusal };
}

async function admitWish(parts: AdmissionParts, wish: Wish): Promise<Admitted> {
  const { person, taskId, run } = wish;
  const { isAwaited } = liveTasksOf(parts);
  const release = async () => {
    if (isAwaited(taskId, run)) await parts.users.quotas.giveBack(person.id, [usageKey(taskId, run)]);
  };
  const refusal = await decide(parts, wish);
  if (!refusal) return { release };
  // An earlier attempt at the same update may have been let through.
  await release();
  const { kind: why, ...detail } = refusal;
  await parts.users.noteRefusal(person.id, { why, ...detail, task_id: taskId });
  throw errorOf(refusal, person);
}

/** The repository in which the conversation works that the request continues. */
function repositoryOf({ session }: TaskRequest, { tasks }: AdmissionParts): string | undefined {
  try {
    return (session && parseTaskId(session) ? tasks.load(session).repo : null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A folder among the workspaces of the task's own chat is its own: to go on there needs no feature. */
function needsOf(request: TaskRequest, parts: AdmissionParts): FeatureRequest {
  const { paths, settings } = parts;
  const own = dirname(paths.workspace(request.group ?? localChat, 'any')) + sep;
  const isOwn = request.workdir !== undefined && resolve(request.workdir).startsWith(own);
  const repo = request.repo ?? repositoryOf(request, parts);
  return {
    ...request,
    repo,
    agent: request.agent ?? settings.agents.default,
    ...(isOwn ? { workdir: undefined } : {}),
  };
}

export interface AdmitRequest extends AdmissionParts {
  person: Person;
  request: TaskRequest;
  /** The id that the task will have: a replay with the same one takes nothing more. */
  taskId: string;
}

/**
 * Lets a person have this task made, and takes it from his quota; throws {@link AdmissionError}, which is in the audit log
 * then. A task that is there already was let through before. Whoever makes the task releases it where that fails. Not for
 * the shell, whose user is the owner.
 */
export async function admit({ person, request, taskId, ...parts }: AdmitRequest): Promise<Admitted> {
  if (parts.tasks.exists(taskId)) return { release: async () => {} };
  return await admitWish(parts, { person, needs: needsOf(request, parts), taskId, run: 1 });
}

export interface AdmitRetryRequest extends AdmissionParts {
  person: Person;
  task: Task;
}

/**
 * Lets a person have a paused task go on: it takes nothing, for it was let through when it was made. But who may not use
 * by now what it uses may not set it going either; throws as {@link admit} does.
 */
export async function admitResume({ person, task, ...parts }: AdmitRetryRequest): Promise<void> {
  const now = parts.users.find(person.id);
  const missing = now ? missingFeatures(now, requestOf(task)) : [];
  const refusal = refusalOfPerson(now) ?? (missing.length > 0 ? ({ kind: 'features', missing } as const) : null);
  if (!refusal) return;
  const { kind: why, ...detail } = refusal;
  await parts.users.noteRefusal(person.id, { why, ...detail, task_id: task.task_id });
  throw errorOf(refusal, person);
}

/**
 * The same for running a task once more, on the quota of the person who asks for it. One that has not ended is let through
 * without taking anything: it is not run once more.
 */
export async function admitRetry({ person, task, ...parts }: AdmitRetryRequest): Promise<Admitted> {
  if (!isEnded(task)) return { release: async () => {} };
  const run = (latestRun(task)?.n ?? 0) + 1;
  return await admitWish(parts, { person, needs: requestOf(task), taskId: task.task_id, run });
}
