/** A run as a fold over its agent's events: the same events give the same state, whoever reads them and how often. */

import type { AgentEvent, AgentResult } from '../agents/agent.ts';
import type { Refused } from './accounts/judge-limit.ts';

export interface RunState {
  conversation: string | null;
  model: string | null;
  /** Tools at work, oldest first. */
  tools: { id: string; name: string; target: string | null; writes: string | null; isOpaque?: boolean }[];
  /** Files the agent wrote or edited without an error, each once, in order. */
  writes: string[];
  /** Calls that have ended and may have changed files unseen. */
  opaqueCalls: number;
  /** Tokens so far; the input counts what was read from and written to the service's cache. */
  tokens: { input: number; output: number };
  /** What runs in the agent's background. */
  background: { id: string; description: string }[];
  /** The agent waits for its service: the status it got. */
  retryStatus: number | null;
  /** The service's latest refusal that nothing came after. */
  refused: Refused | null;
  /** How often it refused. */
  refusals: number;
  /** Results announced while background tasks were listed. */
  interimCount: number;
  interim: AgentResult | null;
  /** The last result that says something and has nothing behind it: the outcome. */
  final: AgentResult | null;
  /** A result that says nothing: the outcome only where nothing better came. */
  empty: AgentResult | null;
  /** Sums over all results. */
  resultUsage: { input_tokens: number; output_tokens: number } | null;
  resultDurationMs: number | null;
  /** The conversation's cost by the latest result. */
  totalCostUsd: number | null;
}

export const newRunState: RunState = {
  conversation: null,
  model: null,
  tools: [],
  writes: [],
  opaqueCalls: 0,
  tokens: { input: 0, output: 0 },
  background: [],
  retryStatus: null,
  refused: null,
  refusals: 0,
  interimCount: 0,
  interim: null,
  final: null,
  empty: null,
  resultUsage: null,
  resultDurationMs: null,
  totalCostUsd: null,
};

const refusalStatus: Partial<Record<NonNullable<AgentResult['reason']>, number>> = {
  limit: 429,
  auth: 401,
  overloaded: 529,
};

/** The refusal that the result is about; null for a result about something else. */
function refusedIn({ refused }: RunState, { reason, text }: AgentResult): Refused | null {
  const status = reason === null ? undefined : refusalStatus[reason];
  if (status === undefined) return null;
  const { attempt = null, resetsAt = null, isWall = false, window = null } = refused ?? {};
  return { status, attempt, resetsAt, isWall, window, isFinal: true, text };
}

/** What was told before of the same refusal, such as when it ends, stays known. */
function withLimit(state: RunState, event: Extract<AgentEvent, { type: 'limit' }>): RunState {
  const { refused: before } = state;
  const refused = {
    status: event.status ?? before?.status ?? null,
    attempt: event.attempt ?? before?.attempt ?? null,
    resetsAt: event.resetsAt ?? before?.resetsAt ?? null,
    isWall: event.isWall || before?.isWall === true,
    window: event.window ?? before?.window ?? null,
    isFinal: false,
    text: '',
  };
  return { ...state, retryStatus: event.status, refused, refusals: state.refusals + 1 };
}

function withResult(state: RunState, result: AgentResult): RunState {
  const used = state.resultUsage ?? { input_tokens: 0, output_tokens: 0 };
  const refused = refusedIn(state, result);
  const next: RunState = {
    ...state,
    tools: [],
    retryStatus: null,
    refused,
    refusals: state.refusals + (refused ? 1 : 0),
    conversation: result.conversation ?? state.conversation,
    totalCostUsd: result.totalCostUsd ?? state.totalCostUsd,
    resultUsage: result.usage
      ? {
          input_tokens: used.input_tokens + result.usage.input_tokens,
          output_tokens: used.output_tokens + result.usage.output_tokens,
        }
      : state.resultUsage,
    resultDurationMs:
      result.durationMs === null ? state.resultDurationMs : (state.resultDurationMs ?? 0) + result.durationMs,
  };
  if (result.text.trim() === '' && !result.isError) return { ...next, empty: result };
  if (state.background.length === 0) return { ...next, final: result };
  return { ...next, interim: result, interimCount: state.interimCount + 1 };
}

/** The state after one more event. */
export function foldEvent(state: RunState, event: AgentEvent): RunState {
  switch (event.type) {
    case 'started':
      return { ...state, conversation: event.conversation || state.conversation, model: event.model ?? state.model };
    case 'text':
      return { ...state, retryStatus: null };
    case 'tool': {
      const { id, name, target, writes, isOpaque } = event;
      const tool = { id, name, target, writes, ...(isOpaque ? { isOpaque } : {}) };
      return { ...state, retryStatus: null, refused: null, tools: [...state.tools, tool] };
    }
    case 'tool-ended': {
      const tool = state.tools.find(({ id }) => id === event.id);
      const path = event.isError ? null : (tool?.writes ?? null);
      const isNewFile = path !== null && !state.writes.includes(path);
      return {
        ...state,
        tools: state.tools.filter(({ id }) => id !== event.id),
        writes: isNewFile ? [...state.writes, path] : state.writes,
        // One that failed may have got half of it done.
        opaqueCalls: state.opaqueCalls + (tool?.isOpaque ? 1 : 0),
      };
    }
    case 'usage':
      return {
        ...state,
        // The model answers; a text alone may be the agent's own, about the refusal.
        refused: null,
        tokens: {
          input: state.tokens.input + event.input + event.cacheRead + event.cacheWrite,
          output: state.tokens.output + event.output,
        },
      };
    case 'background':
      return { ...state, background: event.tasks };
    case 'limit':
      return withLimit(state, event);
    // What concerns a warm process alone is folded where that is driven.
    case 'input':
    case 'asked':
      return state;
    case 'finished':
      return withResult(state, event.result);
  }
}

/** Folds many events onto a state. */
export function foldEvents(state: RunState, events: Iterable<AgentEvent>): RunState {
  let next = state;
  for (const event of events) next = foldEvent(next, event);
  return next;
}
