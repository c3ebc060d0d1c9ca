/** From a checked request to the record of a new task: defaults, folder, conversation. */

import { randomUUID } from 'node:crypto';
import { basename, join, sep } from 'node:path';
import type { Files } from '../adapters/files.ts';
import { agentNames } from '../agents/registry.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import { fail } from '../errors/errors.ts';
import { parseSessionId } from '../format/session-id.ts';
import { localChat, parseTaskId, renderTaskId } from '../format/task-id.ts';
import { cutBytes, cutText, oneLine } from '../format/text.ts';
import type { Queue } from '../queue/queue.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { History } from '../tasks/history.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import { excerptBytes, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { worktreeFolder } from '../worktrees/record.ts';
import type { Place } from './place.ts';
import type { TaskRequest } from './request.ts';
import { asMessage, sessionOfMessage } from './session-message.ts';

export interface DraftParts {
  files: Files;
  paths: Paths;
  settings: Settings;
  tasks: TaskStore;
  queue: Queue;
  history: History;
  sessions: Pick<SessionStore, 'load' | 'list' | 'exists'>;
  /** Folders are given relative to this one. */
  cwd: string;
  /** Follows links to the real folder. */
  realPath(path: string): string;
  isRoot: boolean;
}

/** Where the request comes from, as its maker knows. */
export interface Origin {
  kind: Task['source']['kind'];
  updateId: number | null;
  userId: string | null;
  messageId: number | null;
  language: 'en' | 'zh' | null;
}

/** A task without its id and times, which come when it is made; the place is a new worktree of its own. */
export type Draft = Omit<Task, 'task_id' | 'created_at'> & { workdir: string; place: NewWorktree | null };

type NewWorktree = Extract<Place, { kind: 'worktree' }>;

const defaultPriority = 5;
const autoNameChars = 40;

function checkAgent(request: TaskRequest, { settings }: DraftParts): string {
  const agent = request.agent ?? settings.agents.default;
  const known = agentNames(settings);
  if (!known.includes(agent)) {
    fail(
      'usage',
      `There is no agent "${agent}".`,
      `These are known: ${known.join(', ')}. Others go into the settings under agents.custom.`,
    );
  }
  return agent;
}

function checkProfile(request: TaskRequest, { settings }: DraftParts): string | null {
  const profile = request.profile ?? (request.ali ? 'ali' : null);
  if (request.ali && request.profile && request.profile !== 'ali') {
    fail('usage', `--ali and --profile ${request.profile} exclude each other.`, 'Give one of them.');
  }
  if (profile !== null && !Object.hasOwn(settings.profiles, profile)) {
    fail(
      'config',
      `There is no profile "${profile}" in the settings.`,
      `Add profiles.${profile} (baseUrl, apiKey, model) to the config file; ccdispatch config path names it.`,
    );
  }
  return profile;
}

function checkYolo(request: TaskRequest, { settings, isRoot }: DraftParts): void {
  if (request.yolo && isRoot && !settings.yolo.allowRoot) {
    fail(
      'not-allowed',
      'Without permission prompts an agent does not run as root.',
      'Use another system user, or set yolo.allowRoot in the config file.',
    );
  }
}

/** The given folder, checked; it must not lie among our own records. */
function checkWorkdir(given: string, { files, paths, cwd, realPath }: DraftParts): string {
  const path = given.startsWith('/') ? given : join(cwd, given);
  const found = files.stat(path);
  if (!found)
    return fail(
      'usage',
      `The working folder ${path} does not exist.`,
      'Make it first, or leave -w out to get a new one.',
    );
  if (!found.isFolder) return fail('usage', `${path} is a file, not a folder.`, 'Name a folder with -w.');
  const real = realPath(path);
  const home = files.stat(paths.home) ? realPath(paths.home) : paths.home;
  const isInHome = real === home || real.startsWith(`${home}/`);
  if (isInHome && !real.startsWith(`${home}/workspaces/`)) {
    return fail(
      'usage',
      `${path} lies among ccdispatch's own records.`,
      'Name a folder outside of CCDISPATCH_HOME, or leave -w out.',
    );
  }
  return real;
}

/** The task that the new one comes after, which has to be there: so none waits for itself, and no two for each other. */
function checkAfter({ after, ifFailed }: TaskRequest, { tasks }: DraftParts): string | null {
  if (after !== undefined) return tasks.load(after).task_id;
  return ifFailed ? fail('usage', '--if-failed says what becomes of a task with --after.', 'Give --after, too.') : null;
}

interface Continued {
  conversation: string;
  /** The latest task of it; null where none of ours was found. */
  latest: Task | null;
}

/**
 * The session that `-s` speaks to: by its own id, a task of it, or its agent's conversation, as long as it is open. Two
 * processes on one conversation would lose turns. Null for none.
 */
function sessionBehind(given: string, { sessions, tasks }: DraftParts): string | null {
  if (parseSessionId(given)) return given;
  if (!parseTaskId(given)) {
    const own = sessions.list().find(({ agent_session_id: id, ended_at }) => id === given && ended_at === null);
    return own?.session_id ?? null;
  }
  const id = tasks.load(given).session_id;
  return id !== null && sessions.exists(id) && sessions.load(id).ended_at === null ? id : null;
}

/** The conversation behind `-s`: a task's, or the agent's own id with the folder of the latest task that used it. */
function findConversation(id: string, { tasks, queue, history }: DraftParts): Continued {
  if (parseTaskId(id)) {
    const task = tasks.load(id);
    if (!task.agent_session_id)
      return fail(
        'usage',
        `Task ${id} has no conversation to continue.`,
        'Only agents with conversations, such as claude, can be continued.',
      );
    return { conversation: task.agent_session_id, latest: task };
  }
  const live = [...queue.active(), ...queue.waiting().map(({ taskId }) => taskId)];
  const candidates = [
    ...live,
    ...history.latest(1, (line) => line.agent_session_id === id).map(({ task_id }) => task_id),
  ];
  const users = candidates.flatMap((taskId) => {
    const task = loadOrNull({ tasks }, taskId);
    return task?.agent_session_id === id ? [task] : [];
  });
  const latest = users.sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0];
  return { conversation: id, latest: latest ?? null };
}

/** The task whose worktree the folder is: an agent without conversations goes on there, too. */
function ownerOfWorktree(workdir: string, { paths, tasks }: DraftParts): Task | null {
  const taskId = basename(workdir);
  if (!workdir.startsWith(paths.worktrees + sep) || !parseTaskId(taskId) || !tasks.exists(taskId)) return null;
  const task = tasks.load(taskId);
  return task.worktree === taskId && task.workdir === workdir ? task : null;
}

type Where = Pick<Task, 'workdir' | 'repo' | 'branch' | 'base' | 'worktree'>;

const elsewhere = { repo: null, branch: null, base: null, worktree: null };

/** The folder of the task, or an empty text for a new one; what continues a conversation works where that one does. */
function placeOf(request: TaskRequest, continued: Continued | null, place: Place | null, parts: DraftParts): Where {
  if (place?.kind === 'in-place') return { ...elsewhere, repo: place.repo, workdir: place.workdir };
  if (place) return { ...elsewhere, repo: place.repo, base: place.base, branch: place.branch, workdir: '' };
  const { workdir } = request;
  const latest = continued?.latest ?? (workdir === undefined ? null : ownerOfWorktree(workdir, parts));
  const isThere = latest?.repo && (workdir === undefined || workdir === latest.workdir);
  if (latest && isThere) {
    const { repo, branch, base, worktree } = latest;
    // A worktree that is gone is made again.
    return { repo, branch, base, worktree, workdir: worktree ? latest.workdir : checkWorkdir(latest.workdir, parts) };
  }
  if (workdir) return { ...elsewhere, workdir: checkWorkdir(workdir, parts) };
  if (latest) return { ...elsewhere, workdir: checkWorkdir(latest.workdir, parts) };
  if (!continued) return { ...elsewhere, workdir: '' };
  return fail(
    'usage',
    `No task of ours used the conversation ${request.session}, so its folder is not known.`,
    'Name the folder it worked in with -w.',
  );
}

/**
 * The record of the new task, all but its id; throws `usage`, `config`, `not-found` or `not-allowed`. `place` is where it
 * works if it names a repository.
 */
export function draftTask(request: TaskRequest, origin: Origin, parts: DraftParts, place: Place | null = null): Draft {
  const sessionId = request.session === undefined ? null : sessionBehind(request.session, parts);
  if (sessionId !== null) {
    const session = sessionOfMessage({ ...request, session: sessionId }, parts.sessions);
    const { session: _, ...own } = request;
    return asMessage(draftTask({ ...own, agent: session.agent }, origin, parts), session);
  }
  const agent = checkAgent(request, parts);
  const profile = checkProfile(request, parts);
  checkYolo(request, parts);
  const continued = request.session ? findConversation(request.session, parts) : null;
  if (continued && agent !== 'claude') {
    fail('usage', `The agent "${agent}" has no conversations to continue.`, 'Leave -s out, or use --agent claude.');
  }
  return {
    schema_version: 1,
    task_name: request.name ?? (cutText(oneLine(request.prompt.slice(0, 400)), autoNameChars) || 'task'),
    telegram_group: request.group ?? null,
    thread_id: request.thread ?? null,
    user_id: origin.userId,
    message_id: origin.messageId,
    language: origin.language,
    agent,
    profile,
    // A conversation keeps its account as long as that can be used.
    account: continued?.latest?.account ?? null,
    model: request.model ?? (profile ? (parts.settings.profiles[profile]?.model ?? null) : null),
    prompt: cutBytes(request.prompt, excerptBytes),
    ...placeOf(request, continued, place, parts),
    place: place?.kind === 'worktree' ? place : null,
    work: null,
    priority: request.priority ?? defaultPriority,
    start_at: request.at === undefined ? null : new Date(request.at).toISOString(),
    after: checkAfter(request, parts),
    if_failed: request.ifFailed ?? 'cancel',
    session_id: null,
    agent_session_id: agent === 'claude' ? (continued?.conversation ?? randomUUID()) : null,
    continues: continued !== null,
    input_uuid: randomUUID(),
    options: {
      effort: request.effort ?? null,
      permission_mode: request.permissionMode ?? null,
      allowed_tools: request.allowedTools ?? [],
      yolo: request.yolo ?? false,
      agent_teams: request.agentTeams ?? false,
      max_budget_usd: request.maxBudgetUsd ?? null,
      approvals: request.approvals ?? false,
      timeout_ms: request.timeout ?? null,
    },
    runs: [],
    machine: 'local',
    source: { kind: origin.kind, update_id: origin.updateId },
    result: null,
    cost_usd: null,
    usage: null,
    duration_ms: null,
    note: null,
    worktree_notes: [],
    changed_files: [],
    agent_notes: [],
    left_sessions: [],
    completed_at: null,
    resume_at: null,
    started_at: null,
    ...(request.hold ? { status: 'paused', reason: 'hold' } : { status: 'pending', reason: null }),
  };
}

/** The record with its id; a task without a folder of its own gets a new one: a worktree, or one beside those of its chat. */
export function finishDraft({ place, ...draft }: Draft, ts: number, paths: Paths): Task {
  const chatId = draft.telegram_group ?? localChat;
  const taskId = renderTaskId({ chatId, ts });
  const made = { task_id: taskId, created_at: new Date(ts).toISOString() };
  if (!place) return { ...draft, workdir: draft.workdir || paths.workspace(chatId, taskId), ...made } as Task;
  const key = { repo: place.repo, git_dir: place.gitDir, worktree_id: taskId };
  const workdir = worktreeFolder(paths.worktrees, key);
  const branch = place.branch ?? place.branchPrefix + taskId;
  return { ...draft, workdir, branch, worktree: taskId, ...made } as Task;
}
