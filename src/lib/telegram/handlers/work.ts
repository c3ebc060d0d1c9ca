/** `/merge`, `/pr`, `/diff`, `/discard`, and the buttons for the same: what is done with the branch of a task. */

import { CcdispatchError } from '../../errors/errors.ts';
import { landedKeyboard } from '../../notifications/buttons.ts';
import { renderLanded } from '../../notifications/render-landed.ts';
import { type LandingAction, landedTexts } from '../../notifications/texts-landed.ts';
import { diffTask, discardTask, mergeTask, publishTask, worktreeOf } from '../../runs/landing/land-work.ts';
import { type Landing, landedNotification } from '../../runs/landing/told-landed.ts';
import type { Task } from '../../tasks/record.ts';
import type { BotCommand } from '../command.ts';
import { controls, endedTasks, loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { noteRefused, refuseForeign, sayRefusal } from '../refusals.ts';
import { placeOf, say, sendNow } from '../say.ts';
import { title } from '../shown.ts';
import type { Turn } from '../turn.ts';
import { namedOrLatest, namedTask } from './named-task.ts';
import { resolveAndSay } from './resolve-work.ts';

/** A block of code of so many characters fits into a message. */
const shownChars = 3500;
/** Of a diff that nobody reads to its end. */
const mostSentChars = 8 * 1024 * 1024;

/** Whether the person may do things with repositories; says so where not. */
async function mayUseRepositories(turn: Turn): Promise<boolean> {
  if (turn.person?.features.has('repo')) return true;
  await noteRefused(turn, { why: 'features', missing: ['repo'] });
  await say(turn, turn.texts.notAllowed(['repo']));
  return false;
}

/** Tells how it went, with what can be done next as commands and buttons. */
async function sayLanding(turn: Turn, task: Task, branch: string, landing: Landing): Promise<void> {
  const { parts, language } = turn;
  const landed = { ...landedNotification(task, branch, landing), from_chat: true, run: spellOf(task) };
  const [message] = renderLanded(landed, language).messages;
  const keyboard = landedKeyboard(landed, language);
  const markup = keyboard ? { markup: keyboard } : {};
  if (message) {
    await sendNow(parts, placeOf(turn), (api, target) => api.sendMessage({ ...target, html: message.html, ...markup }));
  }
}

async function land(turn: Turn, task: Task, how: 'merge' | 'pr'): Promise<void> {
  const { branch } = worktreeOf(turn.parts.land, task);
  const landing = how === 'merge' ? await mergeTask(turn.parts.land, task) : await publishTask(turn.parts.land, task);
  await sayLanding(turn, task, branch, landing);
}

async function discard(turn: Turn, task: Task): Promise<void> {
  const { branch, back } = await discardTask(turn.parts.land, task);
  const texts = landedTexts[turn.language];
  await say(turn, `🗑 **${title(task)}**: ${texts.discarded(`\`${branch}\``)}\n${texts.backWith}:\n\`${back}\``);
}

/** Shows what the task has changed: in the message where that is short, else as a file. */
export async function sayDiff(turn: Turn, task: Task): Promise<void> {
  const { parts } = turn;
  const texts = landedTexts[turn.language];
  try {
    const diff = await diffTask(parts.land, task, { show: 'patch', hasColours: false });
    const name = `**${title(task)}**`;
    if (diff === '') return await say(turn, `${name}: ${texts.unchanged}`);
    // A block of code ends at the first line of backquotes.
    if (diff.length <= shownChars && !diff.includes('```'))
      return await say(turn, `${name}\n\`\`\`diff\n${diff}\n\`\`\``);
    const stat = await diffTask(parts.land, task, { show: 'stat', hasColours: false });
    const bytes = Buffer.from(`${stat}\n\n${diff.slice(0, mostSentChars)}\n`);
    const file = `${task.task_id}.diff`;
    const isSent = await sendNow(parts, placeOf(turn), (api, target) =>
      api.sendDocument({ ...target, name: file, bytes }),
    );
    if (!isSent) await say(turn, turn.texts.fileNotSent);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

export type WorkAction = Exclude<LandingAction, 'diff'> | 'resolve';

/** Does it beside all else, since it may take long, and says how it went. Done again by a replay without harm. */
export function workAndSay(turn: Turn, task: Task, action: WorkAction): void {
  turn.aside(async () => {
    try {
      if (!(await mayUseRepositories(turn))) return;
      if (action === 'discard') await discard(turn, task);
      else if (action === 'resolve') await resolveAndSay(turn, task);
      else await land(turn, task, action);
    } catch (error) {
      if (!(error instanceof CcdispatchError)) throw error;
      await sayRefusal(turn, error);
    }
  });
}

/** The task that is meant by a command that changes something: named, answered, or the latest that ended. */
async function changedTask(turn: Turn<IncomingMessage>, rest: string): Promise<Task | null> {
  if (turn.plan?.kind === 'control') {
    const [target] = turn.plan.targets;
    const task = target ? loadTask(turn.parts, target.id) : null;
    return task && spellOf(task) === target?.spell ? task : null;
  }
  const named = await namedTask(turn, rest);
  if (named === null) return null;
  const latest = named === undefined ? endedTasks(turn, 1)[0] : undefined;
  const task = named ?? (latest ? loadTask(turn.parts, latest.task_id) : null);
  if (!task) await say(turn, turn.texts.noHistory);
  else if (!controls(turn, task)) await refuseForeign(turn, task.task_id);
  else {
    await turn.fix({ kind: 'control', targets: [{ id: task.task_id, spell: spellOf(task) }] });
    return task;
  }
  return null;
}

const aboutWork = { who: 'user', isControl: true, argument: { en: '[id]', zh: '[编号]' } } as const;

const changing = (action: Exclude<LandingAction, 'diff'>): Pick<BotCommand, 'run' | 'changes'> => ({
  changes: true,
  async run(turn, rest) {
    const task = await changedTask(turn, rest);
    if (task) workAndSay(turn, task, action);
  },
});

export const workCommands: readonly BotCommand[] = [
  {
    ...aboutWork,
    ...changing('merge'),
    name: 'merge',
    words: ['合并', 'merge'],
    help: { en: "merge a task's branch into the one it started from", zh: '把任务的分支合并到它开始时的分支' },
  },
  {
    ...aboutWork,
    ...changing('pr'),
    name: 'pr',
    words: [],
    help: { en: "push a task's branch and open a pull request", zh: '推送任务的分支并创建拉取请求' },
  },
  {
    ...aboutWork,
    name: 'diff',
    words: ['改动', 'diff'],
    help: { en: 'what a task has changed on its branch', zh: '任务在它的分支上改了什么' },
    async run(turn, rest) {
      const task = await namedOrLatest(turn, rest);
      if (task) await sayDiff(turn, task);
    },
  },
  {
    ...aboutWork,
    ...changing('discard'),
    name: 'discard',
    words: ['放弃', 'discard'],
    help: { en: "give a task's branch up", zh: '放弃任务的分支' },
  },
];
