/** One turn of a warm process: which of its events belong to our line, and when the turn is over. Pure. */

import type { AgentEvent, AgentQuestion } from '../agents/agent.ts';

export interface TurnState {
  /** The uuid of our line. */
  uuid: string;
  /** `unknown`: the agent has not said that it got the line. */
  phase: 'unknown' | 'queued' | 'at-work' | 'over';
  /** Ended before it was done: interrupted, or refused by the service. */
  isCancelled: boolean;
  /** What the agent asked in this turn and still waits for, oldest first. */
  questions: AgentQuestion[];
}

export function newTurn(uuid: string): TurnState {
  return { uuid, phase: 'unknown', isCancelled: false, questions: [] };
}

/** What an event means for the turn: its next state, and whether the event is the turn's own. */
export interface TurnStep {
  turn: TurnState;
  isOwn: boolean;
}

/**
 * The turn after one more event. The agent says `queued` when it has read our line, `started` when it begins it, then gives
 * its events and one result, and says `completed` or `cancelled`. What comes outside of that is of a turn that began by
 * itself, because something in the agent's background ended.
 */
export function foldTurn(turn: TurnState, event: AgentEvent): TurnStep {
  if (event.type === 'input') {
    if (event.uuid !== turn.uuid) return { turn, isOwn: false };
    switch (event.state) {
      case 'queued':
        return { turn: { ...turn, phase: turn.phase === 'unknown' ? 'queued' : turn.phase }, isOwn: true };
      case 'started':
        return { turn: { ...turn, phase: 'at-work' }, isOwn: true };
      case 'completed':
        return { turn: { ...turn, phase: 'over' }, isOwn: true };
      case 'cancelled':
        return { turn: { ...turn, phase: 'over', isCancelled: true }, isOwn: true };
    }
  }
  const isOwn = turn.phase === 'at-work';
  if (event.type === 'tool-ended' && isOwn) {
    return { turn: { ...turn, questions: turn.questions.filter(({ toolUseId }) => toolUseId !== event.id) }, isOwn };
  }
  if (event.type === 'asked' && isOwn)
    return { turn: { ...turn, questions: [...turn.questions, event.question] }, isOwn };
  return { turn, isOwn };
}
