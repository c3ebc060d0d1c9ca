/** A turn of a session's process as the agent at work on a run: its events are a part of that process's, and it ends without it. */

import { join } from 'node:path';
import type { Agent, AgentEvent, AgentQuestion } from '../../agents/agent.ts';
import { endSessionProcess, eventsOf, livingGeneration, type SessionParts } from '../../sessions/process.ts';
import { foldTurn, newTurn, type TurnState } from '../../sessions/turn.ts';
import { type TurnPlace, talkTo } from '../../sessions/turns.ts';
import { endOfFile, type RunProcess } from '../run-process.ts';
import { openTail } from '../tail.ts';
import { childrenOf, createVitality, healthLimits } from './turn-vitality.ts';

export interface TurnProcessRequest {
  parts: SessionParts & { graceMs: number };
  place: TurnPlace;
  /** The uuid of the line that begins the turn. */
  uuid: string;
  agent: Agent;
  /** Without a sign of life, and without a tool at work, it is stuck after so long. */
  silenceMs: number;
  /** Whether we said the line ourselves just now; else it may never have been said. */
  isBegun: boolean;
  /** When the run began, in milliseconds since 1970: whoever adopts it does not begin to wait anew. */
  startedAt: number;
  mask(text: string): string;
  ring(): void;
}

/** An agent reads its input at once; a line that it has not acknowledged after so long was lost, or it does not read. */
const takingMs = 15_000;
/** The same for a line that somebody before us wrote, or was about to, to an agent that has spoken before. */
const takenLongAgoMs = 3000;

const pollMs = 20;

/** The state of a turn that is followed. */
interface Followed {
  turn: TurnState;
  isEnding: boolean;
  /** Its line was never said: somebody was killed before that. */
  isUnsaid: boolean;
  /** The files that its tools have written. */
  written: string[];
  /** Plans, by the questions that ask for them. */
  plans: Map<string, string | null>;
}

/** Its own events; a result ends the turn, whatever goes on in the agent's background. */
function takeOwn(followed: Followed, events: AgentEvent[]): AgentEvent[] {
  return events.flatMap((event): AgentEvent[] => {
    const step = foldTurn(followed.turn, event);
    followed.turn = step.turn;
    if (!step.isOwn) return [];
    if (event.type === 'tool' && event.writes !== null) followed.written.push(event.writes);
    return event.type === 'finished' ? [{ type: 'background', tasks: [] }, event] : [event];
  });
}

/** What people see is masked; what an agent asks goes back to it as it was, with the answer. */
function parse(agent: Agent, line: string, mask: (text: string) => string): AgentEvent[] {
  const masked = agent.parseLine(mask(line));
  return masked.some(({ type }) => type === 'asked') ? agent.parseLine(line) : masked;
}

/** The question, with the plan that it is about. */
function withPlan(
  { parts, place, agent }: TurnProcessRequest,
  followed: Followed,
  question: AgentQuestion,
): AgentQuestion {
  const { plans, written } = followed;
  if (question.kind !== 'plan' || typeof question.input.plan === 'string') return question;
  if (!plans.has(question.id)) {
    const session = parts.sessions.load(place.session_id);
    const env = parts.environmentOf(session);
    plans.set(question.id, agent.warm?.planOf(session.agent_session_id, env, written) ?? null);
  }
  const plan = plans.get(question.id) ?? null;
  return plan === null ? question : { ...question, plan };
}

/** The process of the turn's generation, as it is now. */
function processOf(parts: TurnProcessRequest['parts'], place: TurnPlace) {
  const session = () => parts.sessions.load(place.session_id);
  return {
    session,
    isAlive() {
      const now = session();
      return now.generation === place.generation && livingGeneration(parts, now) !== null;
    },
    children: () => childrenOf(parts.processes, session()),
    async kill() {
      if (this.isAlive()) await endSessionProcess(parts, place.session_id, parts.graceMs);
    },
    /** Notes that it is stuck, for whoever starts the next one, and ends it. */
    async killStuck() {
      await parts.sessions.change(place.session_id, 'stuck', (now) => ({ ...now, trouble: 'stuck' }));
      await this.kill();
    },
  };
}

export function openTurnProcess(request: TurnProcessRequest): RunProcess {
  const { parts, place, uuid, agent, isBegun, startedAt, silenceMs, mask, ring } = request;
  const { files, clock, paths, graceMs } = parts;
  const folder = paths.generation(place.session_id, place.generation);
  const tail = openTail(files, eventsOf(folder), place.from);
  const process = processOf(parts, place);
  const followed: Followed = { turn: newTurn(uuid), isEnding: false, isUnsaid: false, written: [], plans: new Map() };
  // One that never spoke may only just have been started.
  const mayBeUnsaid = !isBegun && place.from > 0;
  const limits = healthLimits(silenceMs, mayBeUnsaid ? takenLongAgoMs : takingMs);
  const vitality = createVitality();
  const read = () => {
    const own = takeOwn(
      followed,
      tail.read().flatMap((line) => parse(agent, line, mask)),
    );
    vitality.hear(own);
    return own;
  };
  /** What was read while nobody asked for it. */
  let kept: AgentEvent[] = [];
  const isOver = () => followed.turn.phase === 'over';
  const isGone = () => isOver() || followed.isUnsaid;
  const lastOutputAt = () => files.stat(eventsOf(folder))?.modifiedAt ?? null;
  const talk = () => talkTo(parts, process.session(), folder);

  /** Ends a process that is stuck; the run counts as lost, and what the transcript holds decides how the next one goes on. */
  function endStuck(): void {
    if (followed.isEnding || isGone()) return;
    const view = { turn: followed.turn, startedAt, lastOutputAt: lastOutputAt() ?? startedAt, now: clock.now() };
    if (!vitality.isStuck({ ...view, limits, lookAtChildren: process.children })) return;
    if (mayBeUnsaid && followed.turn.phase === 'unknown') {
      // It is well, and waits: the next run says the line, which it does not do twice.
      followed.isUnsaid = true;
      return;
    }
    followed.isEnding = true;
    void process.killStuck().finally(ring);
  }

  async function end(): Promise<void> {
    if (isGone() || !process.isAlive()) return;
    await talk().interrupt();
    for (const deadline = clock.now() + graceMs; !isOver() && clock.now() < deadline; ) {
      await clock.sleep(pollMs);
      kept.push(...read());
    }
    if (!isOver()) await process.kill();
  }

  const isMainAlive = () => {
    endStuck();
    return !isGone() && process.isAlive();
  };
  return {
    folder,
    read() {
      const events = [...kept, ...read()];
      kept = [];
      return events;
    },
    lastOutputAt,
    isMainAlive,
    // The process stays; of the turn nothing is left.
    isAnyAlive: isMainAlive,
    exit: () => null,
    end,
    asker: {
      open: () => followed.turn.questions.map((question) => withPlan(request, followed, question)),
      answer: (questionId, answer) => talk().answer(questionId, answer),
    },
    errorTail: (bytes) => endOfFile(files, join(folder, 'stderr.log'), bytes),
    outputTail: () => '',
  };
}
