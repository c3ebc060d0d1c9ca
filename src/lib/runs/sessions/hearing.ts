/** What the processes of sessions say between their turns: what runs in an agent's background, and what it says unasked. */

import type { AgentEvent, AgentResult } from '../../agents/agent.ts';
import { eventsOf, type SessionParts } from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { openTail, type Tail } from '../tail.ts';

/** What a process said without being asked. */
export interface Stray {
  generation: number;
  /** Counts them within the generation from 1. */
  index: number;
  result: AgentResult;
}

export interface HearingParts extends SessionParts {
  /** Hears of a result that no message of ours began: something in the agent's background ended. May hear of one again. */
  onStray?(session: Session, stray: Stray): Promise<void>;
}

export interface Hearing {
  /** Reads what the process has said since the last time; says whether anything runs in its background. */
  hear(session: Session): Promise<boolean>;
  hasBackground(sessionId: string): boolean;
  forget(sessionId: string): void;
}

/** What is known of a warm process between two looks. */
interface Watch {
  generation: number;
  tail: Tail;
  /** What runs in the agent's background. */
  background: number;
  /** A turn that a message began is at work. */
  isInTurn: boolean;
  strays: number;
}

/** What one event means for a process between two looks; the result that nobody asked for, or null. */
function take(watch: Watch, event: AgentEvent): AgentResult | null {
  if (event.type === 'background') watch.background = event.tasks.length;
  if (event.type === 'input') watch.isInTurn = event.state === 'started';
  if (event.type !== 'finished' || watch.isInTurn || event.result.text.trim() === '') return null;
  watch.strays++;
  return event.result;
}

export function createHearing(parts: HearingParts): Hearing {
  const { files, paths } = parts;
  const watches = new Map<string, Watch>();
  return {
    async hear(session) {
      const { session_id: id, generation, agent: name } = session;
      const folder = paths.generation(id, generation);
      const known = watches.get(id);
      const watch: Watch =
        known?.generation === generation
          ? known
          : { generation, tail: openTail(files, eventsOf(folder)), background: 0, isInTurn: false, strays: 0 };
      watches.set(id, watch);
      const agent = parts.agents.get(name);
      for (const event of watch.tail.read().flatMap((line) => agent?.parseLine(line) ?? [])) {
        const result = take(watch, event);
        if (result) await parts.onStray?.(session, { generation, index: watch.strays, result });
      }
      return watch.background > 0;
    },
    hasBackground: (id) => (watches.get(id)?.background ?? 0) > 0,
    forget: (id) => void watches.delete(id),
  };
}
