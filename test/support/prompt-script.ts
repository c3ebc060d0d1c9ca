// A script for the model server: answers chosen by the prompt, played step by step as the tool results come in.

import type { ModelReply, ModelRequest, ModelScript } from '../../src/lib/demo/model-server.ts';

/** A prompt that contains the string or matches the expression is answered with these steps, the first match wins. */
export interface PromptRule {
  match: RegExp | string;
  steps: ModelReply[] | ((request: ModelRequest) => ModelReply[]);
}

/**
 * A script that plays the steps of the first rule whose `match` fits the prompt.
 * A step with tool calls is over when all of their results are in; beyond the last step, the last one repeats.
 * @param fallback answers what no rule matches; by default the text `ok`.
 */
export function scriptByPrompt(rules: PromptRule[], fallback: ModelScript = () => ({ text: 'ok' })): ModelScript {
  return (request) => {
    const rule = rules.find(({ match }) => isMatch(match, request.sessionText));
    if (rule === undefined) return fallback(request);
    const steps = typeof rule.steps === 'function' ? rule.steps(request) : rule.steps;
    return pickStep(steps, request.toolResults);
  };
}

function isMatch(match: RegExp | string, text: string): boolean {
  // `search` ignores the state that a /g expression keeps between calls of `test`.
  return typeof match === 'string' ? text.includes(match) : text.search(match) >= 0;
}

function pickStep(steps: ModelReply[], toolResults: number): ModelReply {
  let left = toolResults;
  for (const step of steps) {
    const calls = 'toolUses' in step ? (step.toolUses?.length ?? 0) : 0;
    if (calls === 0 || left < calls) return step;
    left -= calls;
  }
  const last = steps.at(-1) ?? {};
  return 'text' in last && last.text !== undefined ? { ...last, toolUses: [] } : { text: 'ok' };
}
