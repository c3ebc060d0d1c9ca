/** Turns of a session's process as those drive them who run its tasks: where one begins, what is said to it, what it cost before. */

import type { Files } from '../adapters/files.ts';
import type { Agent, QuestionAnswer } from '../agents/agent.ts';
import { eventsOf, type Generation, inputOf, type SessionParts, warmAgentOf } from './process.ts';
import type { Session } from './record.ts';

/** Where the events of a turn are. */
export interface TurnPlace {
  session_id: string;
  generation: number;
  /** The byte of the events file at which it begins. */
  from: number;
}

/** An agent reads its input at once, or not at all. */
const writeTimeoutMs = 5000;

/** A turn that is about to begin: what comes from here on in the process's output is its own. */
export function placeTurn({ files }: { files: Files }, session: Session, { n, folder }: Generation): TurnPlace {
  return { session_id: session.session_id, generation: n, from: files.stat(eventsOf(folder))?.size ?? 0 };
}

/** As a rule the last result is among the last lines: the process waits since then. */
const firstLookBytes = 16 * 1024;

/** What the conversation had cost at the process's last result before the byte; null where it has given none. */
export function costAt({ files }: { files: Files }, agent: Agent, folder: string, from: number): number | null {
  for (let bytes = firstLookBytes; ; bytes *= 16) {
    const start = Math.max(0, from - bytes);
    const lines = files
      .readRange(eventsOf(folder), start, from - start)
      .toString('utf8')
      .split('\n');
    // The first line is cut where the look does not begin the file; the next look goes further back.
    const whole = start > 0 ? lines.slice(1) : lines;
    for (const line of whole.reverse()) {
      const result = agent.parseLine(line).findLast((event) => event.type === 'finished');
      if (result?.type === 'finished' && result.result.totalCostUsd !== null) return result.result.totalCostUsd;
    }
    if (start === 0) return null;
  }
}

export interface TurnTalk {
  /** Begins the turn; false where the agent does not read. */
  say(text: string, uuid: string): Promise<boolean>;
  /** Ends the turn at work; false where the agent does not read. */
  interrupt(): Promise<boolean>;
  answer(questionId: string, answer: QuestionAnswer): Promise<boolean>;
}

let interrupts = 0;

/** Talks to a session's process. Lines of two talkers must not meet: there is one worker, and one turn at a time. */
export function talkTo(parts: SessionParts, session: Session, folder: string): TurnTalk {
  const [, warm] = warmAgentOf(parts, session);
  const write = async (line: string) => (await parts.fifos.write(inputOf(folder), line, writeTimeoutMs)).isWhole;
  return {
    say: (text, uuid) => write(warm.inputLine(text, uuid)),
    interrupt: () => write(warm.interruptLine(`interrupt-${process.pid}-${interrupts++}`)),
    answer: (questionId, answer) => write(warm.answerLine(questionId, answer)),
  };
}
