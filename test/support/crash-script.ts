// What the model does for the tasks of the crash tests: each names itself in its prompt, does one thing that can be counted, and answers.

import { join } from 'node:path';
import type { ModelRequest, ModelScript } from '../../src/lib/demo/model-server.ts';

/** How often the model was asked to do what a task says: both are 1 where nothing was done twice. */
export interface Tally {
  /** Tool calls that the model answered with. */
  calls: number;
  /** Final answers. */
  finals: number;
}

/** The name by which a task of this number is found everywhere: prompt, files, requests, messages. */
export const wordOf = (number: number) => `crash-${String(number).padStart(4, '0')}`;
export const answerOf = (word: string) => `answer of ${word}`;
/** The file in the task's folder that each doing of it adds a line to. */
export const effectsFile = 'effects.txt';

interface Block {
  type: string;
}

/** All that went to and fro in the conversation: after an interruption the latest text names no task. */
function toolResults({ body }: ModelRequest): number {
  const blocks = (body.messages ?? []).flatMap(({ content }): Block[] => (typeof content === 'string' ? [] : content));
  return blocks.filter(({ type }) => type === 'tool_result').length;
}

/** Appends with a shell, or writes a whole file: the agent has different ways for the two. */
function toolUse(word: string, cwd: string): { name: string; input: Record<string, unknown> } {
  const path = join(cwd, effectsFile);
  const isWrite = Number(word.slice(-1)) % 3 === 0;
  return isWrite
    ? { name: 'Write', input: { file_path: path, content: `${word}\n` } }
    : { name: 'Bash', input: { command: `echo ${word} >> ${path}`, description: 'Append a line' } };
}

/** The script, and what it has counted by word. `next` gives numbers from 0 to 1. */
export function countingScript(next: () => number): { script: ModelScript; tallies: ReadonlyMap<string, Tally> } {
  const tallies = new Map<string, Tally>();
  const script: ModelScript = (request) => {
    const word = /crash-\d{4}/.exec(JSON.stringify(request.body.messages))?.[0];
    if (!word || request.cwd === null) return { text: 'I do not know what to do.' };
    const tally = tallies.get(word) ?? { calls: 0, finals: 0 };
    tallies.set(word, tally);
    const delayMs = Math.round(next() ** 3 * 800);
    if (toolResults(request) === 0) {
      tally.calls++;
      return { text: 'I will.', toolUses: [toolUse(word, request.cwd)], delayMs };
    }
    tally.finals++;
    return { text: `This is the ${answerOf(word)}.`, delayMs };
  };
  return { script, tallies };
}
