/** What is done about a run whose service refuses: the account is marked, and an intent says how the run ends, if it does. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import { renderInstant } from '../../format/instant.ts';
import { textsOf } from '../../notifications/languages.ts';
import { isPassedOn } from '../../tasks/passed-on.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import type { RunState } from '../fold.ts';
import type { Intent } from '../intent.ts';
import { judgeLimit, kindOfRefusal, type LimitStep, type OnWall, type Refused, refusalToNote } from './judge-limit.ts';
import type { Pool } from './pool.ts';

export interface RefusalParts {
  pool?: Pool;
  /** What a run does when no account is free. */
  onWall?(): OnWall;
  /** Called when credentials were refused: admins are to know soon. */
  alarm?(): void;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

/** How often the turn that the task is in was taken over. */
function countTakeOvers({ runs }: Task): number {
  const before = runs.slice(0, -1);
  const began = before.findLastIndex((run) => !isPassedOn(run)) + 1;
  return before.slice(began).filter(({ outcome }) => outcome === 'handed-over').length;
}

const isoOf = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** In the reader's language: until when nothing goes on. */
function sayPause({ language }: Task, resumeAt: string | null, resetAt: string | null): string {
  const { limit } = textsOf(language ?? 'en');
  return resumeAt === null
    ? limit.asks(resetAt === null ? null : renderInstant(resetAt))
    : limit.until(renderInstant(resumeAt));
}

function intentOf(task: Task, step: LimitStep): Omit<Intent, 'at'> | null {
  switch (step.do) {
    case 'leave':
      return null;
    case 'hand-over':
      return { kind: 'takeover', reason: 'limit', detail: null };
    case 'pause': {
      const [resume_at, reset_at] = [isoOf(step.resumeAt), isoOf(step.resetAt)];
      return { kind: 'pause', reason: 'limit', detail: sayPause(task, resume_at, reset_at), resume_at, reset_at };
    }
    case 'stop':
      return { kind: 'timeout', reason: 'limit', detail: null };
  }
}

/** Marks the run's account, and gives what is to become of the run; null to leave it alone. */
export async function intentUpon(
  parts: RefusalParts,
  task: Task,
  refused: Refused,
): Promise<Omit<Intent, 'at'> | null> {
  const { pool, clock, log } = parts;
  const account = latestRun(task)?.account ?? null;
  const now = clock.now();
  const isJudged = refused.isFinal || refused.attempt !== null;
  const choice = (await pool?.noteRefusal(task, isJudged ? refusalToNote(refused, now) : null)) ?? null;
  const step = judgeLimit({
    refused,
    hasAccount: account !== null,
    next: choice?.account ?? null,
    isBusy: choice?.account === null && choice.why === 'busy',
    until: choice?.account === null ? choice.until : null,
    takeOvers: countTakeOvers(task),
    onWall: parts.onWall?.() ?? 'resume',
    now,
  });
  if (account !== null && kindOfRefusal(refused) === 'auth') parts.alarm?.();
  if (step.do !== 'leave' || refused.isFinal) {
    const next = choice?.account ?? null;
    log.warn(
      { task_id: task.task_id, account, next, kind: kindOfRefusal(refused), status: refused.status, step: step.do },
      'the service refuses',
    );
  }
  return intentOf(task, step);
}

/** Whether the service has answered since it refused last, if it did. */
export const isAnswered = ({ refused, tokens }: RunState) => refused === null && tokens.output > 0;
