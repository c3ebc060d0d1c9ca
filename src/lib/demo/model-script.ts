/** Ready scripts for the model server: answers chosen by the prompt, played step by step as the tool results come in. */
import { basename, resolve } from 'node:path';
import type { ModelReply, ModelRequest, ModelScript } from './model-server.ts';

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

const WRITE_REQUEST = /(?:write|写入?|创建)\s+(?:to\s+)?["'`]?([^\s:："'`]+)["'`]?\s*[:：]\s*([\s\S]+)/i;

/**
 * A script for prompts such as `write hello.txt: some text` (or `写 hello.txt：…`): one `Write` call with an absolute
 * path in the agent's working folder, then a sentence that says so. Other prompts get an answer that repeats them.
 */
export function writeFileScript(): ModelScript {
  return (request) => {
    const [, name, content] = WRITE_REQUEST.exec(request.sessionText) ?? [];
    if (name === undefined || content === undefined) return { text: `You said: ${request.sessionText.slice(0, 200)}` };
    if (request.toolResults > 0) return { text: `I wrote ${basename(name)} (${content.length} characters).` };
    if (request.cwd === null) return { text: `I do not know where to write ${name}.` };
    const path = resolve(request.cwd, name);
    return {
      text: `I will write ${basename(name)}.`,
      toolUses: [{ name: 'Write', input: { file_path: path, content } }],
    };
  };
}
