/** Claude Code's own record of a conversation: what it says about an input line of ours, and what it cost so far. */

import { join } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import type { InputRecord } from '../agent.ts';

/** The folder of the agent's own files. */
export function claudeFolder(env: Record<string, string | undefined>): string {
  return env.CLAUDE_CONFIG_DIR || join(env.HOME || '/', '.claude');
}

/**
 * The transcript of a conversation: `projects/<folder name made of the working folder>/<conversation>.jsonl`. How the agent
 * makes that name is its own affair, so all of them are looked through.
 */
export function findTranscript(
  files: Files,
  env: Record<string, string | undefined>,
  conversation: string,
): string | null {
  const projects = join(claudeFolder(env), 'projects');
  for (const project of files.list(projects)) {
    const path = join(projects, project, `${conversation}.jsonl`);
    if (files.stat(path)) return path;
  }
  return null;
}

interface Entry {
  type?: string;
  uuid?: string;
  isSidechain?: boolean;
  isApiErrorMessage?: boolean;
  totalCostUSD?: number;
  promptSource?: string;
  message?: { id?: string; stop_reason?: string | null; content?: { type?: string; text?: string }[] | string };
}

/**
 * The entries on lines that bear the mark. Others are not parsed: transcripts hold whole requests and grow to many
 * megabytes. They are another program's, so nothing is taken for granted.
 */
function* entriesOf(lines: Iterable<string>, mark: RegExp): Generator<Entry> {
  for (const line of lines) {
    if (!mark.test(line)) continue;
    try {
      yield JSON.parse(line) as Entry;
    } catch {
      // the line being written when the agent was killed
    }
  }
}

function spoken(entry: Entry): string {
  const content = entry.message?.content;
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content.flatMap((block) => (block?.type === 'text' && block.text ? [block.text] : [])).join('\n');
}

/** A line that somebody put in, as opposed to tool results and the agent's own notices. */
const isInput = (entry: Entry) =>
  entry.type === 'user' && typeof entry.promptSource === 'string' && entry.promptSource !== 'system';

/**
 * What became of the input with these uuids: it counts as answered when an answer of the agent itself after it ended its
 * turn (`end_turn`) before somebody else's input came, and that answer was not the report of a failed call.
 */
export function readInputRecord(transcript: string, uuids: ReadonlySet<string>): InputRecord {
  let isSeen = false;
  let isOurs = false;
  // The blocks of the message that ended the turn; each stands on a line of its own.
  let answer: { id: string | undefined; blocks: string[] } = { id: undefined, blocks: [] };
  for (const entry of entriesOf(transcript.split('\n'), /"type":"(user|assistant)"/)) {
    if (entry.uuid && uuids.has(entry.uuid)) {
      isSeen = true;
      isOurs = true;
      answer = { id: undefined, blocks: [] };
    } else if (isInput(entry)) {
      isOurs = false;
    }
    if (!isOurs || entry.type !== 'assistant' || entry.isSidechain || entry.isApiErrorMessage) continue;
    const id = entry.message?.id;
    if (entry.message?.stop_reason === 'end_turn') {
      answer = { id, blocks: answer.id === id ? [...answer.blocks, spoken(entry)] : [spoken(entry)] };
    } else if (entry.message?.stop_reason === 'tool_use') {
      answer = { id: undefined, blocks: [] };
    }
  }
  if (answer.blocks.length > 0) return { state: 'answered', text: answer.blocks.filter(Boolean).join('\n').trim() };
  return { state: isSeen ? 'unfinished' : 'not-seen' };
}

/** Dollars of the conversation up to now, by the agent's last note of it; 0 where there is none. The transcript's lines come last first. */
export function readCost(lines: Iterable<string>): number {
  for (const entry of entriesOf(lines, /"type":"cost-state"/)) {
    if (entry.type === 'cost-state' && typeof entry.totalCostUSD === 'number') return entry.totalCostUSD;
  }
  return 0;
}

/**
 * The file that the conversation's plan is in, `plans/<words>.md`: the one just written, or else the one that its transcript
 * speaks of last. The agent's own tool for approval does not name it.
 */
export function findPlan(
  transcript: string,
  env: Record<string, string | undefined>,
  written: readonly string[],
): string | null {
  const folder = join(claudeFolder(env), 'plans');
  const isPlan = (path: string) => path.startsWith(`${folder}/`) && /^[\w-]+\.md$/.test(path.slice(folder.length + 1));
  const names = [...transcript.matchAll(/\/plans\/([\w-]+\.md)\b/g)].map(([, name]) => join(folder, name as string));
  return written.findLast(isPlan) ?? names.at(-1) ?? null;
}
