/** Begins a session: checked like a task, made on disk, and the one that its chat talks to from then on. */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { CcdispatchError, fail } from '../errors/errors.ts';
import { renderDuration } from '../format/duration.ts';
import { renderSessionId } from '../format/session-id.ts';
import { localChat } from '../format/task-id.ts';
import { checkSessionName, type Session } from '../sessions/record.ts';
import type { SessionPlace, SessionStore } from '../sessions/store.ts';
import { worktreeFolder } from '../worktrees/record.ts';
import { type Draft, type DraftParts, draftTask, type Origin } from './draft.ts';
import { type PlaceParts, planPlace } from './place.ts';
import type { TaskRequest } from './request.ts';

export interface OpenSessionParts extends DraftParts, Pick<PlaceParts, 'git' | 'onNote'> {
  files: Files;
  paths: Paths;
  clock: Clock;
  sessions: SessionStore;
  /** Open sessions that one user may have. */
  maxPerUser: number;
  /** The place that talks to the session from then on; left out: the chat and topic of the request. */
  place?: SessionPlace;
}

export interface SessionRequest extends Omit<TaskRequest, 'prompt' | 'name' | 'session' | 'hold'> {
  /** Left out: the folder's name, or the word for a chat. */
  name?: string;
}

/** Whose session it is: a person's, or whoever has a shell. */
const ownerOf = ({ user_id }: Pick<Session, 'user_id'>) => user_id ?? 'local';

/** `limited`: more open sessions may not be; a chat offers to end one of these. */
export class TooManySessions extends CcdispatchError {
  readonly open: readonly Session[];
  readonly limit: number;

  constructor(open: readonly Session[], limit: number, message: string, hint: string) {
    super('limited', message, hint);
    this.open = open;
    this.limit = limit;
  }
}

function checkCount(open: readonly Session[], { maxPerUser, clock }: OpenSessionParts): void {
  if (open.length < maxPerUser) return;
  const unused = ({ last_used_at: at }: Session) => renderDuration(Math.max(0, clock.now() - Date.parse(at)));
  const lines = open.map((session) => `${session.session_id} "${session.name}", unused for ${unused(session)}`);
  throw new TooManySessions(
    open,
    maxPerUser,
    `There are ${open.length} open sessions, and more than ${maxPerUser} may not be (limits.sessionsPerUser):\n  ${lines.join('\n  ')}`,
    `End one first, such as the one unused for longest: ccdispatch sessions end ${open.at(-1)?.session_id}`,
  );
}

/** The name, told apart from those that are open in the same chat by a number. */
function freeName(wanted: string | undefined, draft: Draft, open: readonly Session[]): string {
  const taken = new Set(
    open.filter(({ telegram_group }) => telegram_group === draft.telegram_group).map(({ name }) => name),
  );
  if (wanted !== undefined) {
    const name = checkSessionName(wanted);
    if (!taken.has(name)) return name;
    return fail('usage', `There is an open session "${name}" already.`, 'Choose another name, or go on with that one.');
  }
  const base = draft.workdir.split('/').at(-1)?.slice(0, 40) || (draft.language === 'zh' ? '聊天' : 'chat');
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`;
    if (!taken.has(name)) return name;
  }
}

/** The repository that the session works on, if any: in a worktree of its own, or in place. */
function workOf({ place, repo, base, branch, worktree }: Draft, sessionId: string, paths: Paths) {
  if (!place) return { repo, base, branch, worktree };
  const folder = worktreeFolder(paths.worktrees, { repo: place.repo, git_dir: place.gitDir, worktree_id: sessionId });
  return { repo, base, branch: branch ?? place.branchPrefix + sessionId, worktree: sessionId, workdir: folder };
}

function recordOf(draft: Draft, name: string, ts: number, paths: Paths): Session {
  const chatId = draft.telegram_group ?? localChat;
  const sessionId = renderSessionId({ chatId, ts });
  const at = new Date(ts).toISOString();
  const { effort, permission_mode, allowed_tools, yolo, agent_teams } = draft.options;
  return {
    schema_version: 1,
    session_id: sessionId,
    name,
    telegram_group: draft.telegram_group,
    thread_id: draft.thread_id,
    user_id: draft.user_id,
    language: draft.language,
    agent: draft.agent,
    profile: draft.profile,
    account: null,
    model: draft.model,
    options: { effort, permission_mode, allowed_tools, yolo, agent_teams },
    workdir: draft.workdir || paths.workspace(chatId, sessionId),
    ...workOf(draft, sessionId, paths),
    agent_session_id: randomUUID(),
    created_at: at,
    last_used_at: at,
    ended_at: null,
    end_reason: null,
    generation: 0,
    pid: null,
    pid_started: null,
    trouble: null,
    empty_answers: 0,
    last_task_id: null,
    repair_count: 0,
    repairs: [],
  };
}

/** The session that an earlier attempt made with this time; null for none, or somebody else's. */
function madeBefore(
  { userId }: Origin,
  { group }: SessionRequest,
  ts: number,
  { sessions }: OpenSessionParts,
): Session | null {
  const id = renderSessionId({ chatId: group ?? localChat, ts });
  if (!sessions.exists(id)) return null;
  const session = sessions.load(id);
  return session.user_id === userId ? session : null;
}

/**
 * Makes the session, and has its chat talk to it. `fixedTs`: the time in its id, written down before by whoever may have to do
 * this again. Throws `usage`, `config`, `not-found` or `not-allowed` as for a task, and
 * `limited` where its owner has as many open ones as he may have.
 */
export async function openSession(
  request: SessionRequest,
  origin: Origin,
  parts: OpenSessionParts,
  fixedTs?: number,
): Promise<Session> {
  const { place, sessions } = parts;
  const talkTo = async (session: Session) => {
    const { telegram_group, thread_id } = session;
    await sessions.setCurrent(place ?? { telegram_group, thread_id }, session.session_id);
    return session;
  };
  const made = fixedTs === undefined ? null : madeBefore(origin, request, fixedTs, parts);
  // Whoever made it may have been killed before its chat talked to it.
  if (made) return made.ended_at === null ? await talkTo(made) : made;
  const { name: wanted, ...options } = request;
  const asked = { ...options, prompt: 'session' };
  const draft = draftTask(asked, origin, parts, await planPlace(asked, origin.kind, parts));
  if (draft.agent_session_id === null) {
    fail(
      'usage',
      `The agent "${draft.agent}" has no conversations.`,
      'Sessions need an agent that has, such as claude.',
    );
  }
  const open = sessions.list().filter(({ ended_at }) => ended_at === null);
  checkCount(
    open.filter((session) => ownerOf(session) === ownerOf(draft)),
    parts,
  );
  const name = freeName(wanted, draft, open);
  for (let ts = fixedTs ?? parts.clock.now(); ; ts++) {
    const session = recordOf(draft, name, ts, parts.paths);
    // A worktree is made before the first turn.
    if (!draft.workdir && !draft.place) parts.files.makeFolder(session.workdir);
    if (await sessions.create(session)) return await talkTo(session);
  }
}
