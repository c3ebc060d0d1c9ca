/** What a run came to, as the record keeps it: from an intent, a result, or the way its process ended. */

import type { ExitStatus } from '../adapters/processes.ts';
import type { AgentResult } from '../agents/agent.ts';
import { roundDollars } from '../format/amount.ts';
import { cutBytes, stripInvisible } from '../format/text.ts';
import { excerptBytes } from '../tasks/record.ts';
import type { Conclusion } from '../tasks/transition.ts';
import type { RunState } from './fold.ts';
import type { Intent } from './intent.ts';
import type { Verdict } from './judge.ts';
import { relativeTo } from './told.ts';

export interface ConcludeRequest {
  verdict: Verdict;
  note: string | null;
  state: RunState;
  intent: Intent | null;
  exit: ExitStatus | null;
  /** What a custom agent printed, as its result; null for agents that announce theirs. */
  exitResult: AgentResult | null;
  agentName: string;
  workdir: string;
  /** The conversation's cost before this run, in dollars. */
  costBefore: number;
  /** The end of the agent's error output. */
  stderrTail: string;
  /** Milliseconds from the run's start to now. */
  elapsedMs: number;
}

export interface Concluded {
  conclusion: Conclusion;
  /** The whole final text. */
  text: string;
}

type Outcome = Pick<Conclusion, 'outcome' | 'reason'> & { text: string };

const maxListedFiles = 200;

function fromIntent({ intent, state }: ConcludeRequest): Outcome {
  const said = state.interim?.text ?? '';
  const text = [intent?.detail, said].filter(Boolean).join('\n\n');
  if (intent?.kind === 'pause') return { outcome: 'paused', reason: intent.reason, text };
  if (intent?.kind === 'timeout')
    return { outcome: 'failed', reason: intent.reason === 'limit' ? 'limit' : 'timeout', text };
  return { outcome: 'cancelled', reason: intent?.reason ?? 'user', text };
}

function fromResult(result: AgentResult): Outcome {
  return result.isError
    ? { outcome: 'failed', reason: result.reason ?? 'agent', text: result.text }
    : { outcome: 'completed', reason: null, text: result.text };
}

function fromExit({ agentName, exit, exitResult, stderrTail }: ConcludeRequest): Outcome {
  const how = exit?.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit?.code ?? 'unknown'}`;
  if (exitResult && !exitResult.isError) return fromResult(exitResult);
  const head = exitResult ? `${agentName} ${how}.` : `${agentName} ${how} and gave no result.`;
  const text = [head, exitResult?.text ?? '', stderrTail.trim()].filter(Boolean).join('\n\n');
  return { outcome: 'failed', reason: 'agent', text };
}

function outcomeOf(request: ConcludeRequest): Outcome {
  const { state } = request;
  switch (request.verdict) {
    case 'intent':
      return fromIntent(request);
    case 'result':
      return fromResult(state.final as AgentResult);
    case 'interim':
      return fromResult(state.interim as AgentResult);
    case 'empty':
      return fromResult(state.empty as AgentResult);
    case 'exit':
      return fromExit(request);
    case 'lost': {
      const said = request.exitResult?.text ?? '';
      const text = `${request.agentName} ended while nobody watched it, and left no result.`;
      return {
        outcome: 'failed',
        reason: 'lost',
        text: [text, said, request.stderrTail.trim()].filter(Boolean).join('\n\n'),
      };
    }
  }
}

/** The conclusion of a run and its whole text. Pure: the same run gives the same conclusion, whoever draws it. */
export function concludeRun(request: ConcludeRequest): Concluded {
  const { state, exitResult } = request;
  const { outcome, reason, text } = outcomeOf(request);
  const clean = stripInvisible(text);
  return {
    text: clean,
    conclusion: {
      outcome,
      reason,
      note: request.note,
      result: cutBytes(clean, excerptBytes),
      cost_usd: costOf(state, request.costBefore),
      usage: state.resultUsage ?? usageOf(state),
      duration_ms: state.resultDurationMs ?? exitResult?.durationMs ?? request.elapsedMs,
      changed_files: state.writes.slice(0, maxListedFiles).map((path) => relativeTo(request.workdir, path)),
      agent_session_id: state.conversation,
      resume_at: outcome === 'paused' ? (request.intent?.resume_at ?? null) : null,
    },
  };
}

/** What the run has cost so far, in dollars; null where the agent has not said. */
export function costOf({ totalCostUsd }: RunState, costBefore: number): number | null {
  return totalCostUsd === null ? null : roundDollars(Math.max(0, totalCostUsd - costBefore));
}

/** The tokens that the run's events have told of so far; null for none. */
export function usageOf({ tokens: { input, output } }: RunState): Conclusion['usage'] {
  return input + output > 0 ? { input_tokens: input, output_tokens: output } : null;
}
