// Builders of what is known of a run, for the tests of those who decide about it.

import type { AgentResult } from '../../../src/lib/agents/agent.ts';
import { newRunState, type RunState } from '../../../src/lib/runs/fold.ts';
import type { Intent } from '../../../src/lib/runs/intent.ts';
import type { RunView } from '../../../src/lib/runs/judge.ts';

export function aResult(fields: Partial<AgentResult> = {}): AgentResult {
  return {
    isError: false,
    reason: null,
    text: 'Done.',
    totalCostUsd: null,
    usage: null,
    durationMs: null,
    conversation: null,
    ...fields,
  };
}

export const aState = (fields: Partial<RunState> = {}): RunState => ({ ...newRunState, ...fields });
export const aTool = { id: 't', name: 'Bash', target: 'make', writes: null };
export const anIntent = (fields: Partial<Intent> = {}): Intent => ({
  kind: 'cancel',
  reason: 'user',
  detail: null,
  at: '2026-11-20T10:00:00.000Z',
  ...fields,
});

/** A run that began at 0, is alive and has said nothing yet: it counts as stuck at 100, its background ends after 50. */
export function aView(fields: Partial<Omit<RunView, 'state'>> & { state?: Partial<RunState> } = {}): RunView {
  const { state, ...rest } = fields;
  return {
    intent: null,
    isMainAlive: true,
    isAnyAlive: true,
    exit: null,
    now: 0,
    startedAt: 0,
    lastOutputAt: 0,
    interimAt: null,
    concludedAt: null,
    interimTold: 0,
    waits: [],
    limits: { silenceMs: 100, wallMs: null, backgroundMs: 50, lingerMs: 20 },
    ...rest,
    state: aState(state),
  };
}
