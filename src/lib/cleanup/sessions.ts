/** Removes sessions that ended long ago, once none of their tasks is left, and what long sessions have of earlier processes. */

import { join } from 'node:path';
import type { Locks } from '../adapters/locks.ts';
import { parseSessionId } from '../format/session-id.ts';
import { loadLaunchRecord } from '../runs/launch.ts';
import { isAttached } from '../sessions/attach.ts';
import { eventsOf } from '../sessions/process.ts';
import type { Session } from '../sessions/record.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { Task } from '../tasks/record.ts';
import { removeWorkspace } from './leftovers.ts';
import type { CleanupOptions } from './plan.ts';
import { inspect, type SurveyParts } from './survey.ts';

export interface SessionCleanupParts extends Omit<SurveyParts, 'outbox' | 'queue'> {
  locks: Pick<Locks, 'isHeld'>;
  sessions?: SessionStore;
  transcripts(conversation: string, profile: string | null): string[];
  /** Does a removal when the disk has room for it. */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface TidiedSessions {
  sessions: { session_id: string; bytes: number }[];
  /** Folders of earlier processes that no task speaks of any more. */
  generations: string[];
  transcripts: string[];
  workspaces: { path: string; bytes: number }[];
  kept_workspaces: { path: string; unsaved: string }[];
  failures: { path: string; reason: string }[];
}

const chatOf = ({ session_id: id }: Session) => parseSessionId(id)?.chatId ?? '';

/** The tasks of each session that are still there; null for a chat with a record that cannot be read: it may be one of them. */
function createTasksOf({ tasks }: SessionCleanupParts) {
  const byChat = new Map<string, Task[] | null>();
  const load = (chat: string): Task[] | null => {
    try {
      return tasks.ids(chat).map((taskId) => tasks.load(taskId));
    } catch {
      return null;
    }
  };
  return (session: Session): Task[] | null => {
    const chat = chatOf(session);
    if (!byChat.has(chat)) byChat.set(chat, load(chat));
    return byChat.get(chat)?.filter(({ session_id: id }) => id === session.session_id) ?? null;
  };
}

function isInUse(parts: SessionCleanupParts, { session_id: id, generation }: Session): boolean {
  const events = eventsOf(parts.paths.generation(id, generation));
  return isAttached(parts, id) || parts.locks.isHeld(events);
}

/** Folders of processes before the latest one, where no run of a task that is there was a turn of them. */
function oldGenerations(parts: SessionCleanupParts, session: Session, tasks: readonly Task[]): string[] {
  const { files, paths } = parts;
  const needed = new Set<number>();
  for (const { task_id, runs } of tasks) {
    for (const { n } of runs) needed.add(loadLaunchRecord(files, paths.run(task_id, n))?.turn?.generation ?? 0);
  }
  const folder = paths.session(session.session_id);
  return files.list(folder).flatMap((name) => {
    const n = Number(/^gen-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    return n < session.generation && !needed.has(n) ? [join(folder, name)] : [];
  });
}

async function removeSession(
  parts: SessionCleanupParts & { sessions: SessionStore },
  session: Session,
  options: CleanupOptions,
  isDryRun: boolean,
  told: TidiedSessions,
): Promise<void> {
  const { trees, paths, files, sessions } = parts;
  const { session_id: id, agent_session_id: conversation, profile } = session;
  const transcripts = parts.transcripts(conversation, profile);
  const path = paths.workspace(chatOf(session), id);
  const found = files.stat(path)
    ? await inspect(parts, { path, taskId: id, modifiedAt: 0, bytes: 0, unsaved: null })
    : null;
  const isKept = found !== null && found.unsaved !== null && !options.forceWorkspaces;
  const { bytes } = trees.measure(paths.session(id));
  if (!isDryRun) {
    const { inTurn = (work) => work() } = parts;
    await inTurn(async () => {
      for (const transcript of transcripts) trees.remove(transcript);
      if (found && !isKept) removeWorkspace(parts, path);
    });
    // Last: whatever was cut off before is taken up again by its record.
    await sessions.remove(id);
  }
  told.transcripts.push(...transcripts);
  if (found && isKept) told.kept_workspaces.push({ path, unsaved: found.unsaved ?? 'unknown' });
  else if (found) told.workspaces.push({ path, bytes: found.bytes });
  told.sessions.push({ session_id: id, bytes });
}

/** Does it, or says what it would do. Asked once the tasks that go are gone. */
export async function tidySessions(
  parts: SessionCleanupParts,
  options: CleanupOptions,
  isDryRun: boolean,
): Promise<TidiedSessions> {
  const none = { sessions: [], generations: [], transcripts: [], workspaces: [], kept_workspaces: [], failures: [] };
  const told: TidiedSessions = none;
  const { sessions } = parts;
  const border = parts.clock.now() - options.olderThanMs;
  const tasksOf = createTasksOf(parts);
  for (const session of sessions?.list() ?? []) {
    const { session_id: id, ended_at } = session;
    const tasks = tasksOf(session);
    if (!sessions || tasks === null) continue;
    try {
      const isOld = ended_at !== null && Date.parse(ended_at) <= border;
      if (isOld && tasks.length === 0 && !isInUse(parts, session)) {
        await removeSession({ ...parts, sessions }, session, options, isDryRun, told);
        continue;
      }
      for (const folder of oldGenerations(parts, session, tasks)) {
        if (!isDryRun) parts.trees.remove(folder);
        told.generations.push(folder);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      told.failures.push({ path: parts.paths.session(id), reason });
    }
  }
  return told;
}
