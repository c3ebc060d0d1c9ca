/** The demo's play: two people, two chats, one task each; what happens in the chats is told, and what must be true is checked. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { recordName } from '../config/paths.ts';
import type { MessageChange } from './bot-api-server.ts';
import type { Stage } from './stage.ts';

export interface Part {
  chat: string;
  person: string;
  prompt: string;
  file: string;
  content: string;
}

/** The two requests of the demo; the second one's chat reads Chinese. */
export const parts: readonly Part[] = [
  {
    chat: '1001',
    person: 'Ada',
    prompt: 'write hello.txt: Hello from the train.',
    file: 'hello.txt',
    content: 'Hello from the train.',
  },
  { chat: '2002', person: '小明', prompt: '写 plan.md：周末去爬山', file: 'plan.md', content: '周末去爬山' },
];

/** What became of one part. */
export interface Played {
  part: Part;
  taskId: string;
  taskFolder: string;
  /** The file that the agent wrote; null where it did not. */
  file: string | null;
  /** Results that the chat got; exactly one is right. */
  results: number;
}

interface Record_ {
  workdir: string;
  status: string;
}

const pollMs = 50;

function recordOf(taskFolder: string): Record_ {
  return JSON.parse(readFileSync(join(taskFolder, recordName), 'utf8')) as Record_;
}

/** Messages of the chat that are results: they are new messages, and name the outcome first. */
function countResults(stage: Stage, chat: string): number {
  return stage.bot.messages(chat).filter(({ text, deleted }) => !deleted && /^✅/.test(text) && !isProgress(text))
    .length;
}

/** The one message that is edited as the task goes: at the end it is a single line that points to the result. */
function isProgress(text: string): boolean {
  return !text.includes('\n');
}

function inspect(stage: Stage, part: Part, taskId: string): Played {
  const taskFolder = join(stage.home, 'tasks', part.chat, taskId);
  const file = join(recordOf(taskFolder).workdir, part.file);
  const isWritten = existsSync(file) && readFileSync(file, 'utf8').trim() === part.content;
  return { part, taskId, taskFolder, file: isWritten ? file : null, results: countResults(stage, part.chat) };
}

/** Whether it really happened: the file is there, and the chat got one result. */
export function isGood(played: Played): boolean {
  return played.file !== null && played.results === 1;
}

export interface Audience {
  /** A person writes. */
  onPrompt(part: Part): void;
  /** Something appears or changes in a chat. */
  onChat(change: MessageChange): void;
}

/** Plays both parts side by side; ends when all is there, or after `timeoutMs`. */
export async function play(stage: Stage, audience: Audience, timeoutMs: number): Promise<Played[]> {
  const stopListening = stage.bot.onChange(audience.onChat);
  try {
    const taskIds = await Promise.all(
      parts.map(async (part) => {
        audience.onPrompt(part);
        return (await stage.cli('dispatch', '-g', part.chat, '-n', basename(part.file), part.prompt)).trim();
      }),
    );
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const played = parts.map((part, index) => inspect(stage, part, taskIds[index] as string));
      if (played.every(isGood) || performance.now() > deadline) return played;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    stopListening();
  }
}
