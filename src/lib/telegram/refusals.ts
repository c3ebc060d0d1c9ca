/** Refusals in the person's own words: quotas, rights, options, and whatever else the program does not do. */

import { agentNames } from '../agents/registry.ts';
import { CcdispatchError } from '../errors/errors.ts';
import { renderCost, renderTokens } from '../format/amount.ts';
import { renderMinute } from '../format/day.ts';
import { parseWhen } from '../format/when.ts';
import { AdmissionError, type Refusal } from '../submit/admission.ts';
import { QueueFullError } from '../submit/queue-depth.ts';
import type { Task } from '../tasks/record.ts';
import type { MessageOptions } from './parse-command.ts';
import { say } from './say.ts';
import type { Turn } from './turn.ts';

/** An instant as the person's clock shows it. */
export function renderInstant({ person }: Turn, iso: string): string {
  const zone = person?.time_zone ?? null;
  return `${renderMinute(Date.parse(iso), zone)}${zone === null ? '' : ` (${zone})`}`;
}

function renderAdmission(turn: Turn, refusal: Refusal): string {
  const { texts } = turn;
  switch (refusal.kind) {
    case 'unknown':
      return texts.stranger;
    case 'disabled':
      return texts.disabled;
    case 'features':
      return texts.notAllowed(refusal.missing);
    case 'quota': {
      const { quota, limit, until } = refusal;
      const amounts = { daily: String(limit), cost_usd: renderCost(limit), tokens: renderTokens(limit) };
      const amount = quota === 'concurrent' ? String(limit) : amounts[quota];
      return texts.quotaRefused[quota](amount, until === null ? '' : renderInstant(turn, until));
    }
  }
}

/** What a person did wrong, or may not do, is said in his language with what to do next; a fault of ours goes on its way. */
export async function sayRefusal(turn: Turn, error: unknown): Promise<void> {
  if (error instanceof AdmissionError) return await say(turn, renderAdmission(turn, error.refusal));
  if (error instanceof QueueFullError) return await say(turn, turn.texts.queueFull(error.waiting, error.limit));
  if (!(error instanceof CcdispatchError)) throw error;
  turn.parts.log.info({ user_id: turn.asked.from.id, code: error.code, hint: error.hint }, error.message);
  // Strangers get their one answer elsewhere.
  if (!turn.person) return;
  await say(turn, turn.texts.refused(error));
}

/** Writes into the audit log that somebody was not let do what he wanted. */
export async function noteRefused({ parts, asked }: Turn, detail: Record<string, unknown>): Promise<void> {
  await parts.users.noteRefusal(asked.from.id, { ...detail, chat: asked.chat.id });
}

/** Says no to something about a task that is not the person's. */
export async function refuseForeign(turn: Turn, taskId: string): Promise<void> {
  await noteRefused(turn, { why: 'not theirs', task_id: taskId });
  await say(turn, turn.texts.notYours);
}

/** Whether the person may send and get files; says so where he may not. */
export async function mayUseFiles(turn: Turn): Promise<boolean> {
  if (turn.person?.features.has('files')) return true;
  await noteRefused(turn, { why: 'features', missing: ['files'] });
  await say(turn, turn.texts.notAllowed(['files']));
  return false;
}

const priority = /^(high|normal|low|[0-9])$/i;
const model = /^[^\s-]\S{0,199}$/;

/** What is wrong with the time, or with what the task comes after; null where nothing is. */
function refusalOfTime({ parts, texts }: Turn, { at, after, ifFailed }: MessageOptions): string | null {
  const now = parts.clock.now();
  const when = at === undefined ? null : parseWhen(at, now);
  if (when === 'garbage') return texts.badTime(at ?? '');
  if (when === 'past') return texts.pastTime(at ?? '', renderMinute(now, null));
  if (when === 'far') return texts.farTime(at ?? '');
  if (ifFailed === undefined) return null;
  if (!/^(cancel|run)$/i.test(ifFailed)) return texts.badIfFailed(ifFailed);
  return after === undefined ? texts.ifFailedAlone : null;
}

/** Why no task can be made with these options; null where one can. What the person may not use is asked elsewhere. */
export function refusalOfOptions(
  turn: Turn,
  options: MessageOptions,
  continued: Pick<Task, 'agent' | 'agent_session_id' | 'workdir' | 'worktree'> | null,
): string | null {
  const { parts, texts, person } = turn;
  const { settings, files, submit } = parts;
  const agent = options.agent ?? continued?.agent ?? settings.agents.default;
  const known = agentNames(settings);
  if (!known.includes(agent)) return texts.unknownAgent(agent, known.join(', '));
  if (options.ali && !settings.profiles.ali) return texts.unknownProfile('ali');
  if (options.priority !== undefined && !priority.test(options.priority)) return texts.badPriority(options.priority);
  const time = refusalOfTime(turn, options);
  if (time !== null) return time;
  if (options.model !== undefined && !model.test(options.model)) return texts.badModel(options.model);
  const mayYolo = options.yolo && person?.features.has('yolo');
  if (mayYolo && submit.isRoot && !settings.yolo.allowRoot) return texts.yoloAsRoot;
  if (!continued) return null;
  if (continued.agent_session_id !== null && agent !== continued.agent) return texts.noConversation(agent);
  // A worktree is made again.
  return continued.worktree !== null || files.stat(continued.workdir)?.isFolder ? null : texts.folderGone;
}
