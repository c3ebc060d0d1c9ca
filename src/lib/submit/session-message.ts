/** A message to a session as a task: it works where, with whom and as the session does. */

import { CcdispatchError, fail } from '../errors/errors.ts';
import type { Session } from '../sessions/record.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskRequest } from './request.ts';

/** What a session has decided for all of its messages, by the names of the command line's options. */
const fixedOptions = {
  workdir: '--workdir',
  agent: '--agent',
  profile: '--profile',
  ali: '--ali',
  agentTeams: '--agent-teams',
  model: '--model',
  effort: '--effort',
  permissionMode: '--permission-mode',
  allowedTools: '--allowed-tools',
  yolo: '--yolo',
  repo: '--repo',
  maxBudgetUsd: '--max-budget-usd',
} as const satisfies Partial<Record<keyof TaskRequest, string>>;

/** The open session that the request speaks to; throws `usage` where it has ended, or the request wants it to be another one. */
export function sessionOfMessage(request: TaskRequest, sessions: Pick<SessionStore, 'load'>): Session {
  const session = sessions.load(request.session ?? '');
  if (session.ended_at !== null) {
    fail('usage', `The session "${session.name}" has ended.`, 'Begin another one with: ccdispatch sessions new');
  }
  const wanted = (Object.keys(fixedOptions) as (keyof typeof fixedOptions)[]).filter(
    (key) => request[key] !== undefined,
  );
  if (wanted.length === 0) return session;
  const names = wanted.map((key) => fixedOptions[key]).join(', ');
  throw new CcdispatchError(
    'usage',
    `The session "${session.name}" has its own: ${names} cannot be given with a message to it.`,
    'Leave them out, or begin another session with them: ccdispatch sessions new --help',
  );
}

/** What a session decides of a task. */
type Fields = Omit<Task, 'task_id' | 'created_at'>;

/** The draft of a task, as a message to the session. */
export function asMessage<Draft extends Fields>(draft: Draft, session: Session): Draft {
  const { options } = session;
  return {
    ...draft,
    telegram_group: draft.telegram_group ?? session.telegram_group,
    thread_id: draft.thread_id ?? session.thread_id,
    agent: session.agent,
    profile: session.profile,
    account: session.account,
    model: session.model,
    workdir: session.workdir,
    repo: session.repo,
    branch: session.branch,
    base: session.base,
    worktree: session.worktree,
    session_id: session.session_id,
    agent_session_id: session.agent_session_id,
    continues: true,
    options: { ...draft.options, ...options },
  };
}
