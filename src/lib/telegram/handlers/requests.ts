/** What a message that is no control command asks for: a task, a word to a session, or the beginning of one. */

import { repositoryNamed } from '../../config/repositories.ts';
import { parseTaskId } from '../../format/task-id.ts';
import type { Session } from '../../sessions/record.ts';
import { admit } from '../../submit/admission.ts';
import { TooManySessions } from '../../submit/open-session.ts';
import { parseRequest } from '../../submit/request.ts';
import type { Task } from '../../tasks/record.ts';
import type { Person } from '../../users/record.ts';
import { answerByReply } from '../answer-approval.ts';
import { currentSession, placeOfTurn } from '../find-sessions.ts';
import { answeredTaskId, controls, loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { isMade } from '../late.ts';
import type { MessageOptions } from '../parse-command.ts';
import { plainMeaning } from '../plain-meaning.ts';
import { planTask } from '../plan-task.ts';
import { mayUseFiles, refuseForeign } from '../refusals.ts';
import { announce, say } from '../say.ts';
import { askWhichShared } from '../shared-reply.ts';
import { shown } from '../shown.ts';
import { sessionTextsOf } from '../texts-sessions.ts';
import type { BotParts, Turn } from '../turn.ts';
import { askWhatToEnd, beginSession } from './begin-session.ts';
import { checkOptions, makeTask, readOptions } from './make-task.ts';
import { mayUse, sayToSession } from './say-to-session.ts';

type MessageTurn = Turn<IncomingMessage>;

/** Options that concern one message; all others a session has from its beginning, for all of its messages. */
function splitOptions({ priority, at, after, ifFailed, ...lasting }: MessageOptions) {
  const own = { priority, at, after, ifFailed };
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { own: Object.fromEntries(given) as MessageOptions, lasting };
}

/** The options, as they are written, that want the session to be another one than it is. */
function notOf(session: Session, given: MessageOptions, { settings }: BotParts): string[] {
  const { ali, agentTeams, yolo, agent, model, repo, base, branch, worktree } = given;
  const differs: [string, boolean][] = [
    ['--ali', ali === true && session.profile !== 'ali'],
    ['--agent-teams', agentTeams === true && !session.options.agent_teams],
    ['--yolo', yolo === true && !session.options.yolo],
    ['--agent', agent !== undefined && agent !== session.agent],
    ['--model', model !== undefined && model !== session.model],
    ['--repo', repo !== undefined && (repositoryNamed(settings, repo) ?? repo) !== session.repo],
    ['--base', base !== undefined && base !== session.base],
    ['--branch', branch !== undefined && branch !== session.branch],
    ['--no-worktree', worktree === false && (session.repo === null || session.worktree !== null)],
  ];
  return differs.flatMap(([name, isDifferent]) => (isDifferent ? [name] : []));
}

/** Asks what is meant by a message whose options its session cannot have. The text waits in the inbox, and the button brings it back. */
async function askWhatIsMeant(turn: MessageTurn, { name }: Session, options: string[]): Promise<void> {
  await planTask(turn);
  await announce(turn, { kind: 'session-options', update_id: turn.asked.updateId, session_name: name, options });
}

/** Says the text in the session; options that concern a message alone count for it. */
async function speakTo(turn: MessageTurn, session: Session, text: string): Promise<void> {
  const { options, prompt } = readOptions(turn, text);
  const { own, lasting } = splitOptions(options);
  const names = notOf(session, lasting, turn.parts);
  if (names.length > 0) return await askWhatIsMeant(turn, session, names);
  const given = await checkOptions(turn, own, null);
  if (given) await sayToSession(turn, session, prompt, { options: given });
}

/** A new session for the chat, or the one that it speaks to by now: of several messages at once only one begins it. */
async function sessionFor(turn: MessageTurn, person: Person, options: MessageOptions, ts: number) {
  return await turn.parts.sessions.holdPlace(placeOfTurn(turn), 'begin', async () => {
    const current = currentSession(turn);
    const session = current ?? (await beginSession(turn, person, { options, name: '', ts }));
    return { session, isNew: current === null };
  });
}

/** Begins the chat's session with its first message. Nothing is begun for a message that is not let through. */
async function beginWith(turn: MessageTurn, text: string): Promise<void> {
  const { parts, asked, person, texts } = turn;
  if (!person) return;
  const { options, prompt } = readOptions(turn, text);
  const hasFiles = asked.files.length > 0;
  if (hasFiles && !(await mayUseFiles(turn))) return;
  if (prompt === '' && !hasFiles) return await say(turn, texts.emptyPrompt);
  const given = await checkOptions(turn, options, null);
  if (!given) return;
  const request = parseRequest(
    { ...given, group: asked.chat.id, prompt: prompt || texts.filesAlone },
    parts.clock.now(),
  );
  const taskId = await planTask(turn);
  const admitted = await admit({ ...parts, person, request, taskId });
  // Where files are still to be fetched, the task is not there yet.
  let isUnderWay = false;
  try {
    const { own, lasting } = splitOptions(given);
    const ts = parseTaskId(taskId)?.ts ?? parts.nextTs();
    const { session, isNew } = await sessionFor(turn, person, lasting, ts);
    if (isNew) await say(turn, sessionTextsOf(turn.language).begunByMessage(shown(session.name)));
    if (isNew) await sayToSession(turn, session, prompt, { options: own });
    else await speakTo(turn, session, text);
    isUnderWay = hasFiles;
  } catch (error) {
    if (!(error instanceof TooManySessions)) throw error;
    await askWhatToEnd(turn, error);
  } finally {
    if (!isUnderWay) await admitted.release();
  }
}

/** A task; as an answer to one of ours, it goes on with that one, or is said in its session. */
async function request(turn: MessageTurn, text: string): Promise<void> {
  const taskId = answeredTaskId(turn);
  const answered = taskId === null ? null : loadTask(turn.parts, taskId);
  if (answered && !controls(turn, answered)) return await refuseForeign(turn, answered.task_id);
  const session = answered ? openSessionOf(turn, answered) : null;
  if (session) return await speakTo(turn, session, text);
  await makeTask(turn, text, answered);
}

/** The session of a task that is answered, as long as it is open. */
function openSessionOf({ parts: { sessions } }: Turn, { session_id: id }: Task): Session | null {
  const session = id !== null && sessions.exists(id) ? sessions.load(id) : null;
  return session?.ended_at === null ? session : null;
}

/** `/cad`: a task, as soon as it is known whether it goes on with another. */
export async function runRequest(turn: MessageTurn, text: string): Promise<void> {
  if (!(await askWhichShared(turn))) await request(turn, text);
}

/** Text without a command: goes on with what it answers, or to the chat's session; else it is what the settings say. */
export async function runPlain(turn: MessageTurn): Promise<void> {
  const { asked, parts, texts, person, plan } = turn;
  // An earlier attempt was killed before it could put the message away.
  if (isMade(turn)) return parts.wake();
  if (await answerByReply(turn)) return;
  if (await askWhichShared(turn)) return;
  if (answeredTaskId(turn) !== null || asked.meant === 'task') return await request(turn, asked.text);
  const { agent } = readOptions(turn, asked.text).options;
  // An agent that has no sessions can only be given a task.
  if (agent !== undefined && parts.agents.get(agent)?.warm === null) return await request(turn, asked.text);
  const session = currentSession(turn);
  if (session && person && mayUse(person, session)) return await speakTo(turn, session, asked.text);
  const meaning = plainMeaning(parts, agent);
  if (meaning === 'hint' && plan?.kind !== 'task') return await say(turn, texts.plainHint);
  // Who may not use what another one's session has gets a task, which needs nothing.
  if (meaning === 'session' && !session) return await beginWith(turn, asked.text);
  await request(turn, asked.text);
}
