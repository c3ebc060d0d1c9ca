/** What an agent is told when its task goes on after it waited for another one: what changed under it meanwhile. */

import { cutText, oneLine } from '../../format/text.ts';
import type { MergedWork } from './conflict-ground.ts';

/** A task whose work was merged while the agent's own stood still. */
export interface MergedTask extends MergedWork {
  task_id: string;
  task_name: string;
  /** The first line of what it answered; null for none. */
  result: string | null;
}

const listedFiles = 20;

function list(files: readonly string[]): string {
  const named = files.slice(0, listedFiles).map((file) => JSON.stringify(file));
  const more = files.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function tell({ task_id, task_name, branch, commit, files, result }: MergedTask): string {
  const said = result === null ? '' : ` What it said in the end: ${JSON.stringify(cutText(oneLine(result), 300))}`;
  return `- Another task, "${cutText(oneLine(task_name), 100)}" (${task_id}), was merged into ${branch} as commit ${commit}. It changed: ${list(files)}.${said}`;
}

const tellAll = (merged: readonly MergedTask[]) => merged.map((task) => `${tell(task)}\n`).join('');

/** Its work was put onto what was merged. */
export function fitsNote(merged: readonly MergedTask[], branch: string, commit: string): string {
  return `While you were paused, other work came into the repository:
${tellAll(merged)}What you had done so far was committed on your branch, and your branch was put on top of ${branch} (now ${commit}). Files that you know may have changed: read them again before you edit them, do not undo what the others did, and go on where you stopped.`;
}

/** The agent is to bring the two sides together. */
export function resolveNote(
  merged: readonly MergedTask[],
  branch: string,
  commit: string,
  files: readonly string[],
): string {
  return `While you were paused, other work came into the repository:
${tellAll(merged)}Your work does not fit onto it by itself. Your branch now starts from ${branch} (${commit}); all that you had done lies in your working folder, not committed, and these files hold both sides between conflict markers (<<<<<<<, =======, >>>>>>>): ${list(files)}. First bring both sides together in each of them and remove every marker, so that what the others did and what you did both work. Do not rebase or merge with git yourself. Then go on where you stopped.`;
}

/** It goes on as if nothing had been merged. */
export function keepNote(merged: readonly MergedTask[], branch: string, files: readonly string[]): string {
  return `While you were paused, other work came into the repository:
${tellAll(merged)}Your work does not fit onto it by itself (${list(files)}), and nothing of yours was changed: your branch stays as it was, apart from ${branch}, and somebody will bring the two together later. Do not merge or rebase. Go on where you stopped.`;
}
