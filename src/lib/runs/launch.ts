/** Starts a run of a task, or finds the one that was started before we could write it down. */

import { join, relative, sep } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Child, Processes } from '../adapters/processes.ts';
import type { Agent, AgentInput, CarryTo } from '../agents/agent.ts';
import type { AgentSet } from '../agents/registry.ts';
import type { Paths } from '../config/paths.ts';
import { isDiskFull, systemCode } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { parseObject } from '../format/json.ts';
import { localChat } from '../format/task-id.ts';
import type { TurnPlace } from '../sessions/turns.ts';
import type { Task } from '../tasks/record.ts';
import { budgetLeft } from '../tasks/spent.ts';
import type { HeldTask, TaskStore } from '../tasks/store.ts';
import type { Pool } from './accounts/pool.ts';
import { taskVariable } from './end-processes.ts';
import { decideInput, type SentLine } from './input.ts';

export interface LaunchParts {
  tasks: TaskStore;
  agents: AgentSet;
  files: Files;
  locks: Locks;
  processes: Processes;
  clock: Clock;
  paths: Paths;
  /** The whole environment of a task's agent. */
  environmentOf(task: Task): Record<string, string>;
  /** The accounts that runs work with; absent where none is ever given. */
  pool?: Pool;
  /** Absent where conversations never are anywhere else. */
  carry?: CarryTo;
  /** Why the task may not be started as things stand now; null where it may. */
  refusalOf?(task: Task): string | null;
  /** Whether there is anybody who could answer what the task's agent asks. */
  asksPeople(task: Task): boolean;
}

/** Kept beside the events of a run: what a later worker must know to judge them. */
export interface LaunchRecord {
  conversation: string | null;
  input_uuid: string;
  /** What the conversation had cost before, in dollars. */
  cost_before: number;
  /** The notes that its line carried; older records have none. */
  note_ids?: string[];
  /** The account that the agent was started with; older records have none. */
  account?: string | null;
  /** Where its events are, for a turn of a session's process; else they are in the run's own folder. */
  turn?: TurnPlace;
}

export type Launched =
  /** A process of ours. */
  | { kind: 'started'; run: number; child: Child }
  /** The run is there already: recorded, or found. */
  | { kind: 'adopted'; run: number }
  /** A turn of a session's process, begun by us. */
  | { kind: 'begun'; run: number }
  /** The conversation held the answer; no process was needed. */
  | { kind: 'answered'; run: number; text: string }
  /** It could not be started, and is recorded as failed. */
  | { kind: 'refused' }
  /** The task does not wait any more. */
  | { kind: 'moot' };

export const eventsFile = 'events.jsonl';

/** Reads what was written down at the launch; null where the run never got so far. */
export function loadLaunchRecord(files: Files, runFolder: string): LaunchRecord | null {
  return parseObject<LaunchRecord>(files.read(join(runFolder, 'launch.json'))) as LaunchRecord | null;
}

/** Starts the task's next run. Everything happens under the task's lock, so that a crash leaves an agent that can be found. */
export function launchRun(parts: LaunchParts, taskId: string): Promise<Launched> {
  return parts.tasks.hold(taskId, 'launch', async (held) => {
    if (held.task.status !== 'pending') return { kind: 'moot' };
    const run = (held.task.runs.at(-1)?.n ?? 0) + 1;
    const folder = parts.paths.run(taskId, run);
    if (parts.files.stat(join(folder, eventsFile))) return await recordFound(parts, held, run, folder);
    return await startRun(parts, held, run, folder);
  });
}

/** The events file is there, so the agent was, or was about to be, started: it is recorded as it is found. */
async function recordFound(parts: LaunchParts, held: HeldTask, run: number, folder: string): Promise<Launched> {
  const alive = parts.locks.isHeld(join(folder, eventsFile));
  const taskId = held.task.task_id;
  const leader = alive
    ? parts.processes.findByEnv(taskVariable, new Set([taskId])).find(({ isLeader }) => isLeader)
    : undefined;
  const id = leader ? parts.processes.identify(leader.pid) : null;
  await held.apply({
    type: 'started',
    run: {
      n: run,
      pid: id?.pid ?? 0,
      pid_started: id?.started ?? '',
      account: loadLaunchRecord(parts.files, folder)?.account ?? null,
      started_at: isoNow(parts.clock),
      input_uuid: loadLaunchRecord(parts.files, folder)?.input_uuid ?? null,
    },
  });
  return { kind: 'adopted', run };
}

/** Records that the run could not be started; the task is the caller's, under its lock. */
export async function refuse(
  parts: LaunchParts,
  held: HeldTask,
  run: number,
  reason: string,
  text: string,
): Promise<Launched> {
  await parts.tasks.saveOutput(held.task.task_id, text);
  await held.apply({ type: 'refused', run, at: isoNow(parts.clock), reason, result: text });
  return { kind: 'refused' };
}

/** What earlier runs of the task sent; with nothing to be told it does not matter. */
export function sentLines({ files, paths }: LaunchParts, task: Task): SentLine[] {
  if (task.agent_notes.length === 0) return [];
  return task.runs.flatMap(({ n }) => {
    const record = loadLaunchRecord(files, paths.run(task.task_id, n));
    return record ? [{ input_uuid: record.input_uuid, note_ids: record.note_ids ?? [] }] : [];
  });
}

async function startRun(parts: LaunchParts, held: HeldTask, run: number, folder: string): Promise<Launched> {
  const { task } = held;
  const agent = parts.agents.get(task.agent);
  if (!agent) {
    const known = parts.agents.names().join(', ');
    return refuse(parts, held, run, 'spawn', `There is no agent "${task.agent}". These are known: ${known}.`);
  }
  if (!parts.files.stat(task.workdir)?.isFolder) {
    return refuse(parts, held, run, 'workdir', `The folder ${task.workdir} is not there any more.`);
  }
  const refusal = parts.refusalOf?.(task) ?? null;
  if (refusal !== null) return refuse(parts, held, run, 'spawn', refusal);
  const env = parts.environmentOf(task);
  const stuck = await bringConversation(parts, task, agent, env);
  if (stuck !== null) return refuse(parts, held, run, 'conversation', stuck);
  const decided = decideInput({
    task,
    agent,
    prompt: parts.tasks.prompt(task.task_id),
    env,
    mayHaveRun: task.runs.length > 0,
    sent: sentLines(parts, task),
  });
  if (decided.kind === 'no-conversation') {
    const text = `${agent.name} has no conversation ${task.agent_session_id} to continue.`;
    return refuse(parts, held, run, 'conversation', text);
  }
  const account = parts.pool?.given(task.task_id)?.name ?? null;
  const started = { n: run, account, started_at: isoNow(parts.clock) };
  if (decided.kind === 'answered') {
    await held.apply({
      type: 'started',
      run: { ...started, account: null, pid: 0, pid_started: '', input_uuid: null },
    });
    return { kind: 'answered', run, text: decided.text };
  }
  const { input, noteIds } = decided;
  let child: Child;
  try {
    child = await spawnAgent(parts, { task, agent, env, input, noteIds, folder });
  } catch (error) {
    // Nothing runs: without its events file the run counts as never started.
    parts.files.remove(join(folder, eventsFile));
    if (!systemCode(error) || isDiskFull(error)) throw error;
    return refuse(parts, held, run, 'spawn', explainSpawnError(agent, error));
  }
  const { pid, started: pidStarted } = child.id;
  await held.apply({ type: 'started', run: { ...started, pid, pid_started: pidStarted, input_uuid: input.uuid } });
  return { kind: 'started', run, child };
}

/** A conversation that has begun may have been under another account. Gives for people why it cannot go on; null where it can. */
async function bringConversation(
  { carry }: LaunchParts,
  { agent_session_id: id, runs, continues }: Task,
  agent: Agent,
  env: Record<string, string>,
): Promise<string | null> {
  const mayHaveBegun = runs.length > 0 || continues;
  return carry && id !== null && agent.canResume && mayHaveBegun ? await carry(agent.name, id, env) : null;
}

interface SpawnAgentRequest {
  task: Task;
  agent: Agent;
  env: Record<string, string>;
  input: AgentInput;
  noteIds: string[];
  folder: string;
}

/**
 * The chat among whose workspaces the task works; null for a folder elsewhere. What goes on in a folder of a group that has
 * got another id since must be able to read it.
 */
function chatOfFolder({ files, paths }: LaunchParts, { workdir }: Task): string | null {
  const [folder, root] = [files.realPath(workdir), files.realPath(paths.workspaces)];
  return folder?.startsWith(`${root}${sep}`) ? (relative(root ?? '', folder).split(sep)[0] ?? null) : null;
}

/** Where the files of a message are whose task works in a repository. */
function attachmentsOf({ files, paths }: LaunchParts, { task_id, telegram_group, workdir }: Task): string[] {
  const folder = paths.workspace(telegram_group ?? localChat, task_id);
  return folder !== workdir && files.stat(folder)?.isFolder ? [folder] : [];
}

/**
 * Spawns the agent with its output going straight into the events file, and the lock on that very descriptor: the agent
 * holds it until it, and all that inherited it, are gone.
 */
async function spawnAgent(parts: LaunchParts, request: SpawnAgentRequest): Promise<Child> {
  const { task, agent, env, input, noteIds, folder } = request;
  const { files } = parts;
  const launch = agent.launch({
    taskId: task.task_id,
    chatId: chatOfFolder(parts, task) ?? task.telegram_group ?? localChat,
    worktreeId: task.worktree,
    workdir: task.workdir,
    furtherFolders: attachmentsOf(parts, task),
    runFolder: folder,
    input,
    model: task.model ?? parts.pool?.given(task.task_id)?.model ?? null,
    effort: task.options.effort,
    permissionMode: task.options.permission_mode,
    allowedTools: task.options.allowed_tools,
    yolo: task.options.yolo,
    asksPeople: parts.asksPeople(task),
    maxBudgetUsd: budgetLeft(task),
    env,
  });
  const record: LaunchRecord = {
    conversation: input.conversation?.id ?? null,
    input_uuid: input.uuid,
    cost_before: input.conversation && !input.conversation.isNew ? agent.costBefore(input.conversation.id, env) : 0,
    account: parts.pool?.given(task.task_id)?.name ?? null,
    note_ids: noteIds,
  };
  files.makeFolder(folder);
  files.write(join(folder, 'stdin.jsonl'), launch.stdin);
  files.write(join(folder, 'launch.json'), `${JSON.stringify(record)}\n`);
  for (const [name, text] of Object.entries(launch.files)) files.write(join(folder, name), text);
  return await parts.processes.start({
    command: launch.command,
    args: launch.args,
    cwd: task.workdir,
    env,
    stdinPath: join(folder, 'stdin.jsonl'),
    stdoutPath: join(folder, eventsFile),
    stderrPath: join(folder, 'stderr.log'),
  });
}

/** What a person can do about an agent that does not start. */
export function explainSpawnError(agent: Agent, error: unknown): string {
  const path = (error as { path?: string }).path ?? agent.name;
  const isClaude = agent.name === 'claude';
  switch (systemCode(error)) {
    case 'ENOENT':
      return isClaude
        ? `The program "${path}" was not found. Install it with \`npm install -g @anthropic-ai/claude-code\`, or set CLAUDE_BIN to where it is, then retry the task.`
        : `The program "${path}" of the agent "${agent.name}" was not found. Mend \`agents.custom.${agent.name}.command\` in the settings, then retry the task.`;
    case 'EACCES':
      return `The program "${path}" may not be executed. Make it executable (\`chmod +x\`), then retry the task.`;
    default:
      return `The program "${path}" could not be started (${systemCode(error)}). \`ccdispatch doctor\` looks at the agents' programs.`;
  }
}
