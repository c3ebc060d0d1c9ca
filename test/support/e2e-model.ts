// The model of an end-to-end scene: each test brings its own part, known by a word that its prompts hold.

import type { ModelReply, ModelRequest, ModelScript } from '../../src/lib/demo/model-server.ts';
import { type PromptRule, scriptByPrompt } from './prompt-script.ts';

export type Steps = PromptRule['steps'];

export interface Part {
  /** A word in the prompt; no other part of the scene may hold it. */
  word: string;
  steps: Steps;
  /** Answers what the agent hears in that conversation without a person: to go on, or that a background task ended. */
  later: Steps;
  /** Is waited for before each answer. */
  before(request: ModelRequest): Promise<unknown> | undefined;
}

/** Something that the model waits for before it answers, until the test opens it. */
export interface Gate {
  opened: Promise<void>;
  open(): void;
}

export function makeGate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Lines that no prompt of a test is: ours that says to continue, and the agent's own about its background. */
const unprompted = /^(You were interrupted|<task-notification>)/;

/** Everything that a request tells the model, as one text. */
export function textOfRequest(request: ModelRequest): string {
  return JSON.stringify(request.body);
}

/** How often the text stands in what a request tells the model. */
export function countIn(request: ModelRequest | undefined, text: string): number {
  return request ? textOfRequest(request).split(text).length - 1 : 0;
}

/** Plays the parts, the newest first; what belongs to none is answered with `ok`. */
export function playParts(parts: readonly Part[]): ModelScript {
  return async (request) => {
    const isPrompt = !unprompted.test(request.sessionText);
    const told = isPrompt ? request.sessionText : textOfRequest(request);
    const part = parts.findLast(({ word }) => told.includes(word));
    if (!part) return { text: 'ok' };
    await part.before(request);
    return scriptByPrompt([{ match: '', steps: isPrompt ? part.steps : part.later }])(request);
  };
}

/** One `Bash` call, as a step. */
export function bash(command: string, input: Record<string, unknown> = {}): ModelReply {
  return { toolUses: [{ name: 'Bash', input: { command, description: 'a command of the test', ...input } }] };
}

/** One `Write` call for a file of the agent's own folder, then a sentence. */
export function writes(name: string, content: string, said: string): Steps {
  return ({ cwd }) => [
    { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/${name}`, content } }] },
    { text: said },
  ];
}
