/** What people are told about a task, made from its record and the state of its run. */

import { relative } from 'node:path';
import { cutText, oneLine } from '../format/text.ts';
import { showHidden } from '../format/visible.ts';
import { choicesOf, fieldsByKind, fitFields } from '../notifications/asked-fields.ts';
import type {
  EndedNotification,
  ProgressNotification,
  TaskNotification,
  WaitingCode,
} from '../notifications/notification.ts';
import type { NewEntry, OutboxEntry } from '../outbox/entry.ts';
import type { Approval } from '../tasks/approvals.ts';
import { asksAtLimit } from '../tasks/asks-at-limit.ts';
import { isPassedOn } from '../tasks/passed-on.ts';
import type { Task } from '../tasks/record.ts';
import type { RunState } from './fold.ts';

/** An entry about a task. */
type TaskEntry = NewEntry & { notification: TaskNotification };

/** So much text goes into an entry itself; what is longer is read from the task's output file. */
const entryTextChars = 48 * 1024;

/** What of a task its messages need. */
export type ToldTask = Pick<
  Task,
  'task_id' | 'task_name' | 'agent' | 'options' | 'telegram_group' | 'thread_id' | 'message_id' | 'language'
>;

/** What every message about a task says of it. */
export const about = (task: ToldTask & { source?: Task['source'] }) => ({
  task_id: task.task_id,
  task_name: task.task_name,
  agent: task.agent,
  yolo: task.options.yolo,
  ...(task.source?.kind === 'telegram' ? { from_chat: true } : {}),
});

/** The place of a task's messages, or null for a task without a chat. */
export function placeOf(task: ToldTask): Pick<OutboxEntry, 'chat_id' | 'thread_id' | 'reply_to' | 'language'> | null {
  if (task.telegram_group === null) return null;
  return {
    chat_id: task.telegram_group,
    thread_id: task.thread_id,
    reply_to: task.message_id,
    language: task.language,
  };
}

/**
 * The run that progress and outcome are told under: one that goes on where runs were lost or handed over keeps their message, which
 * would else say for ever that they are at work.
 */
export function toldAs(task: Task, run: number): number {
  const told = task.runs.findLast((one) => one.n < run && !isPassedOn(one));
  return (told?.n ?? 0) + 1;
}

/** The placeholder of a task that waits. */
export function queuedEntry(
  task: Task,
  position: number | null,
  waitingFor: string | null,
): (NewEntry & { notification: ProgressNotification }) | null {
  const place = placeOf(task);
  if (!place) return null;
  const run = toldAs(task, (task.runs.at(-1)?.n ?? 0) + 1);
  const notification: ProgressNotification = {
    ...about(task),
    kind: 'progress',
    run,
    state: task.status === 'paused' ? 'paused' : 'queued',
    position,
    waiting_for: waitingFor,
    started_at: null,
    tool: null,
    usage: null,
    outcome: null,
  };
  return { ...place, notification };
}

/** The progress of a run; `waitingFor` is what keeps it from going on. */
export function progressEntry(
  task: Task,
  state: RunState,
  waitingFor: WaitingCode | null,
): (NewEntry & { notification: ProgressNotification }) | null {
  const place = placeOf(task);
  const run = task.runs.at(-1);
  if (!place || !run) return null;
  const tool = state.tools.at(-1);
  const target = tool?.target ? cutText(oneLine(relativeTo(task.workdir, tool.target)), 80) : null;
  const notification: ProgressNotification = {
    ...about(task),
    kind: 'progress',
    run: toldAs(task, run.n),
    state: 'running',
    position: null,
    waiting_for: waitingFor,
    started_at: run.started_at,
    tool: tool ? { name: tool.name, target } : null,
    usage: { input_tokens: state.tokens.input, output_tokens: state.tokens.output },
    outcome: null,
    // An agent without a conversation would begin anew.
    can_pause: task.agent_session_id !== null,
  };
  return { ...place, notification };
}

/** A result that came while something still runs in the agent's background. */
export function interimEntry(task: Task, state: RunState): TaskEntry | null {
  const place = placeOf(task);
  const run = task.runs.at(-1);
  if (!place || !run || !state.interim) return null;
  return {
    ...place,
    notification: {
      ...about(task),
      kind: 'interim',
      run: run.n,
      index: state.interimCount,
      text: cutText(state.interim.text, entryTextChars),
      background: state.background.map(({ description }) => cutText(oneLine(description), 80)),
    },
  };
}

/** A question of a task's agent; `inputFile` is the path of the file with the whole, for one that is too long for a message. */
export function questionEntry(task: ToldTask, approval: Approval, inputFile: string | null): TaskEntry | null {
  const place = placeOf(task);
  if (!place) return null;
  const { id, run, tool, kind, input, leads_to, asked_at, expires_at } = approval;
  return {
    ...place,
    notification: {
      ...about(task),
      kind: 'question',
      run,
      approval_id: id,
      tool: showHidden(tool),
      fields: fitFields(fieldsByKind(kind, input, leads_to)).fields,
      input_file: inputFile,
      ...(approval.stream_id === undefined ? {} : { in_session: true }),
      ...(kind === undefined ? {} : { wants: kind, choices: kind === 'choice' ? choicesOf(input) : [] }),
      patience_ms: Date.parse(expires_at) - Date.parse(asked_at),
      answer: null,
    },
  };
}

/** The outcome of a task's latest run, from its record alone; `text` is the whole final text. */
export function endedEntry(task: Task, text: string | null, outputPath: string): TaskEntry | null {
  const place = placeOf(task);
  const run = task.runs.at(-1);
  if (!place || !run || task.status === 'pending' || task.status === 'running') return null;
  const whole = text ?? task.result ?? '';
  const notification: EndedNotification = {
    ...about(task),
    kind: 'ended',
    run: toldAs(task, run.n),
    outcome: task.status,
    reason: task.reason,
    text: cutText(whole, entryTextChars),
    output_file: whole.length > entryTextChars ? outputPath : null,
    duration_ms: task.duration_ms,
    cost_usd: task.cost_usd,
    usage: task.usage,
    changed_files: task.changed_files,
    note: task.note,
    // Whoever is told of a pause hears of the outcome, too.
    ...(task.status === 'paused' || task.worktree_notes.length === 0 ? {} : { worktree_notes: task.worktree_notes }),
    work: workOf(task),
    ...(asksAtLimit(task) ? { asks_at_limit: true } : {}),
  };
  return { ...place, notification };
}

/** What its conversation has done on a branch of its own; null where it has none, or did nothing there. */
function workOf({ work, branch }: Task): EndedNotification['work'] {
  if (!work || branch === null || work.files === 0) return null;
  const { files, insertions, deletions } = work;
  return { branch, files, insertions, deletions };
}

/** A path as people want to read it: relative where it lies in the folder. */
export function relativeTo(folder: string, path: string): string {
  if (!path.startsWith('/')) return path;
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short || path;
}
