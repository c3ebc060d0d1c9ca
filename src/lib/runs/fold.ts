/** A run as a fold over its agent's events: the same events give the same state, whoever reads them and how often. */

import type { AgentEvent, AgentResult } from '../agents/agent.ts';

export interface RunState {
  conversation: string | null;
  model: string | null;
  /** Tools at work, oldest first. */
  tools: { id: string; name: string; target: string | null; writes: string | null }[];
  /** Files the agent wrote or edited without an error, each once, in order. */
  writes: string[];
  /** Tokens so far; the input counts what was read from and written to the service's cache. */
  tokens: { input: number; output: number };
  /** What runs in the agent's background. */
  background: { id: string; description: string }[];
  /** The agent waits for its service: the status it got. */
  retryStatus: number | null;
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
  tokens: { input: 0, output: 0 },
  background: [],
  retryStatus: null,
  interimCount: 0,
  interim: null,
  final: null,
  empty: null,
  resultUsage: null,
  resultDurationMs: null,
  totalCostUsd: null,
};

function withResult(state: RunState, result: AgentResult): RunState {
  const used = state.resultUsage ?? { input_tokens: 0, output_tokens: 0 };
  const next: RunState = {
    ...state,
    tools: [],
    retryStatus: null,
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
      const { id, name, target, writes } = event;
      return { ...state, retryStatus: null, tools: [...state.tools, { id, name, target, writes }] };
    }
    case 'tool-ended': {
      const path = event.isError ? null : (state.tools.find(({ id }) => id === event.id)?.writes ?? null);
      const isNewFile = path !== null && !state.writes.includes(path);
      return {
        ...state,
        tools: state.tools.filter(({ id }) => id !== event.id),
        writes: isNewFile ? [...state.writes, path] : state.writes,
      };
    }
    case 'usage':
      return {
        ...state,
        tokens: {
          input: state.tokens.input + event.input + event.cacheRead + event.cacheWrite,
          output: state.tokens.output + event.output,
        },
      };
    case 'background':
      return { ...state, background: event.tasks };
    case 'limit':
      return { ...state, retryStatus: event.status };
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
