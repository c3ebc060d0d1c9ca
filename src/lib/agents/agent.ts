/** What every agent looks like to us: how it is started, and what its output says, in one set of events. */

/** What a run asks of its agent. */
export interface AgentRequest {
  taskId: string;
  /** The chat whose workspaces the agent may read: mostly the one that the task belongs to, or `local`. */
  chatId: string;
  /** The worktree that it works in, and the only one that it may read; null for none. */
  worktreeId?: string | null;
  /** Absolute folder the agent works in. */
  workdir: string;
  /** Further folders that it may read and write. */
  furtherFolders?: readonly string[];
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
  | {
      type: 'tool';
      id: string;
      name: string;
      target: string | null;
      /** The file that it writes or edits. */
      writes: string | null;
      /** It may change files that the call does not name. */
      isOpaque?: boolean;
    }
  | { type: 'tool-ended'; id: string; isError: boolean }
  /** Tokens used since the last such event: they are to be added up. */
  | { type: 'usage'; input: number; output: number; cacheRead: number; cacheWrite: number }
  /** Everything that still runs in the agent's background, as of now. */
  | { type: 'background'; tasks: { id: string; description: string }[] }
  /** The service refuses or delays: the agent retries by itself, or stands before a wall. */
  | {
      type: 'limit';
      status: number | null;
      attempt: number | null;
      resetsAt: string | null;
      isWall: boolean;
      /** The quota that is used up, as the service names it; absent where it does not. */
      window?: string;
    }
  /** What became of an input line, by its uuid: taken in, begun, or over; a turn that was interrupted or failed is cancelled. */
  | { type: 'input'; uuid: string; state: 'queued' | 'started' | 'completed' | 'cancelled' }
  /** The agent asks in its stream, and waits until it is answered there. */
  | { type: 'asked'; question: AgentQuestion }
  | { type: 'finished'; result: AgentResult };

/** A question in an agent's stream. */
export interface AgentQuestion {
  /** Names the question in the answer. */
  id: string;
  /** The tool's use that it is about: once that has ended, the question has been answered. */
  toolUseId: string | null;
  tool: string;
  input: Record<string, unknown>;
  /** It wants more than yes or no: a choice among options, or an opinion on a plan. */
  kind: 'permission' | 'choice' | 'plan';
  /** The plan that is to be approved, where the agent keeps it elsewhere than in the tool's input. */
  plan?: string;
  /** The agent within the agent that asks; null for the agent itself. */
  agentId: string | null;
}

/** An answer to it: with `allow` goes what the tool is to be used with, as asked or changed. */
export type QuestionAnswer =
  | { behavior: 'allow'; input: Record<string, unknown> }
  | { behavior: 'deny'; message: string };

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

/**
 * What a warm process is started with: one that answers turn after turn, each begun by a line on its standard input. Of its further
 * folders it only reads, and they need not be there yet.
 */
export interface WarmRequest
  extends Omit<AgentRequest, 'taskId' | 'runFolder' | 'input' | 'asksPeople' | 'maxBudgetUsd'> {
  /** The folder of this process, where its settings file is. */
  folder: string;
  conversation: { id: string; isNew: boolean };
}

/** An agent that can be kept alive between turns. */
export interface WarmAgent {
  /** `stdin` of the launch is of no use: the process reads a FIFO. */
  launch(request: WarmRequest): AgentLaunch;
  /** The agent's own program for a person at a terminal, on the same conversation. */
  terminal(request: WarmRequest): AgentLaunch;
  /** The line that begins a turn. */
  inputLine(text: string, uuid: string): string;
  /** The line that ends the turn at work; the process stays. */
  interruptLine(id: string): string;
  /** The line that answers a question. */
  answerLine(questionId: string, answer: QuestionAnswer): string;
  /** The conversation's plan, where the agent keeps it in a file; `written`: the files that it has just written. Null for none. */
  planOf(conversation: string, env: Record<string, string>, written: readonly string[]): string | null;
}

/**
 * Brings the agent's newest record of the conversation to where a process with this environment looks for it. Gives null, or
 * for people why that cannot be.
 */
export type CarryTo = (agent: string, conversation: string, env: Record<string, string>) => Promise<string | null>;

export interface Agent {
  readonly name: string;
  /** How its process is kept between turns; null for agents that cannot. */
  readonly warm: WarmAgent | null;
  /** Whether a run that was cut off can go on in the same conversation. */
  readonly canResume: boolean;
  launch(request: AgentRequest): AgentLaunch;
  /** Events of one line of output; none for a line it does not know. Never throws. */
  parseLine(line: string): AgentEvent[];
  /** Whether the agent has the conversation; quick, however long that is. `env` as for {@link Agent.lookUp}. */
  hasConversation(conversation: string, env: Record<string, string>): boolean;
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
