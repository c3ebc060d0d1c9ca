/** What every agent looks like to us: how it is started, and what its output says, in one set of events. */

/** What a run asks of its agent. */
export interface AgentRequest {
  taskId: string;
  /** The chat whose workspaces the agent may read: mostly the one that the task belongs to, or `local`. */
  chatId: string;
  /** Absolute folder the agent works in. */
  workdir: string;
  /** The folder of this run, where its input and settings files are. */
  runFolder: string;
  /** What to send, decided beforehand from the agent's own record of the conversation. */
  input: AgentInput;
  model: string | null;
  effort: string | null;
  permissionMode: string | null;
  allowedTools: readonly string[];
  yolo: boolean;
  /** Somebody can answer when the agent asks whether it may use a tool; else it has to do without. */
  asksPeople: boolean;
  maxBudgetUsd: number | null;
  /** The whole environment of the agent. */
  env: Record<string, string>;
}

/** The conversation a run speaks in, and the line it sends. */
export interface AgentInput {
  /** The agent's conversation; null for agents that have none. */
  conversation: { id: string; isNew: boolean } | null;
  /** The text to send. */
  text: string;
  /** Identifies the line within the conversation. */
  uuid: string;
}

/** How to start the agent's program. No shell reads any of it; the prompt is never among the arguments. */
export interface AgentLaunch {
  command: string;
  args: string[];
  /** Becomes the file that is standard input. */
  stdin: string;
  /** Further files of the run's folder, by name. */
  files: Record<string, string>;
}

export type AgentEvent =
  | { type: 'started'; conversation: string; model: string | null }
  /** A whole piece of text the agent said. */
  | { type: 'text'; text: string }
  | { type: 'tool'; id: string; name: string; target: string | null; writes: string | null }
  | { type: 'tool-ended'; id: string; isError: boolean }
  /** Tokens used since the last such event: they are to be added up. */
  | { type: 'usage'; input: number; output: number; cacheRead: number; cacheWrite: number }
  /** Everything that still runs in the agent's background, as of now. */
  | { type: 'background'; tasks: { id: string; description: string }[] }
  /** The service refuses or delays: the agent retries by itself, or stands before a wall. */
  | { type: 'limit'; status: number | null; attempt: number | null; resetsAt: string | null; isWall: boolean }
  | { type: 'finished'; result: AgentResult };

/** A result as the agent announced it. */
export interface AgentResult {
  isError: boolean;
  /** Why, for an error: a word of ours. */
  reason: 'limit' | 'auth' | 'overloaded' | 'budget' | 'interrupted' | 'agent' | null;
  text: string;
  /** Of the whole conversation so far, as the agent counts it; null where it does not. */
  totalCostUsd: number | null;
  usage: { input_tokens: number; output_tokens: number } | null;
  durationMs: number | null;
  conversation: string | null;
}

/** What the agent's own record of a conversation says about an input line. */
export type InputRecord =
  | { state: 'no-conversation' }
  /** The conversation is there, the line is not. */
  | { state: 'not-seen' }
  /** The line was taken and not brought to an end. */
  | { state: 'unfinished' }
  | { state: 'answered'; text: string };

export interface Agent {
  readonly name: string;
  /** Whether a run that was cut off can go on in the same conversation. */
  readonly canResume: boolean;
  launch(request: AgentRequest): AgentLaunch;
  /** Events of one line of output; none for a line it does not know. Never throws. */
  parseLine(line: string): AgentEvent[];
  /**
   * What is recorded of a task's input: its own line and those that told the agent to go on with it, by their uuids.
   * `env` is the agent's environment, which says where its records are.
   */
  lookUp(conversation: string, uuids: ReadonlySet<string>, env: Record<string, string>): InputRecord;
  /** What the conversation has cost before this run, in dollars: the agent's own figure is cumulative. */
  costBefore(conversation: string, env: Record<string, string>): number;
  /** What a process that ended without a result of its own came to; `output` is what it printed. */
  concludeExit(exit: { code: number | null; signal: string | null } | null, output: string): AgentResult | null;
}
