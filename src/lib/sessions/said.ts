/** What was said in a session, in excerpts: `said.jsonl`, for a new conversation that is to know of the old one. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { appendLine } from '../format/json-lines.ts';
import { cutText } from '../format/text.ts';

export interface Said {
  task_id: string;
  run: number;
  prompt: string;
  answer: string;
}

const excerptChars = 1500;
/** A new conversation is told of so many turns. */
const toldTurns = 12;

type SaidParts = { files: Files; paths: Paths };

const pathOf = ({ paths }: SaidParts, sessionId: string) => join(paths.session(sessionId), 'said.jsonl');

/** Appends a turn. May be done twice: readers drop doubles. */
export async function keepSaid(parts: SaidParts, sessionId: string, said: Said): Promise<void> {
  const { prompt, answer } = said;
  const line = { ...said, prompt: cutText(prompt, excerptChars), answer: cutText(answer, excerptChars) };
  await appendLine(parts.files, pathOf(parts, sessionId), JSON.stringify(line));
}

/** The turns so far, oldest first; torn lines are passed over. */
export function readSaid(parts: SaidParts, sessionId: string): Said[] {
  const found = new Map<string, Said>();
  for (const line of (parts.files.read(pathOf(parts, sessionId)) ?? '').split('\n')) {
    try {
      const said = JSON.parse(line) as Said;
      found.set(`${said.task_id}.${said.run}`, said);
    } catch {
      // the line being written when somebody was killed
    }
  }
  return [...found.values()];
}

/** What a new conversation is told before its first message; empty where nothing was said yet. */
export function renderSaid(said: readonly Said[]): string {
  if (said.length === 0) return '';
  const turns = said
    .slice(-toldTurns)
    .map(({ prompt, answer }) => `You were asked: ${prompt}\nYou answered: ${answer}`);
  return [
    'An earlier conversation about the same work is not there any more. The folder you work in is the same: look at what is there before you begin. What was said so far, in excerpts:',
    ...turns,
    'Now you are asked:',
  ].join('\n\n');
}
