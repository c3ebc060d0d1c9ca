/** Files of a task's folder, listed and sent: never anything outside of it, links included. */

import { createHash } from 'node:crypto';
import { basename, join, relative, sep } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { renderSize } from '../format/duration.ts';
import { type Button, taskButton } from '../notifications/buttons.ts';
import type { Task } from '../tasks/record.ts';
import { spellOf } from './find-tasks.ts';
import { mayUseFiles } from './refusals.ts';
import { placeOf, say, sendNow } from './say.ts';
import { shown, title } from './shown.ts';
import type { Turn } from './turn.ts';

/** What the Bot API takes from a bot. */
export const maxSendBytes = 50 * 1024 * 1024;
const maxListed = 12;
/** Entries of folders that are looked at, at most: a listing must not hold the bot up. */
const maxWalked = 3000;

export interface WorkspaceFile {
  /** Relative to the folder. */
  path: string;
  size: number;
  modifiedAt: number;
}

/** Identifies a file in a button, whatever its name. */
export function fileKey(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}

/** Folders full of what no person asked for. */
const passedOver = new Set(['.git', 'node_modules', '.venv', '__pycache__', '.cache']);

const isIn = (path: string, folder: string) => path === folder || path.startsWith(folder + sep);

/**
 * What may be shown of a task's folder. A folder of our own making is the task's whole; of any other, such as a person's
 * project, only what changed since the task began. Our own home is never shown, wherever the folder lies above it.
 */
function ruleFor(paths: Pick<Paths, 'home' | 'workspaces' | 'worktrees'>, files: Files, root: string, task: Task) {
  const workspaces = files.realPath(paths.workspaces);
  if (workspaces !== null && root !== workspaces && isIn(root, workspaces)) return () => true;
  const home = files.realPath(paths.home);
  // A worktree is like a project, but lies in our home.
  const isWorktree = task.worktree !== null && isIn(root, files.realPath(paths.worktrees) ?? paths.worktrees);
  const began = Date.parse(task.started_at ?? task.created_at);
  const changed = new Set(task.changed_files);
  return (path: string, modifiedAt: number) =>
    (isWorktree || !(home !== null && isIn(path, home))) && (modifiedAt >= began || changed.has(relative(root, path)));
}

/** Regular files of the task's folder, the latest first. Links are followed only as far as they stay inside. */
export function listFiles({ files, paths }: { files: Files; paths: Paths }, task: Task): WorkspaceFile[] {
  const root = files.realPath(task.workdir);
  if (root === null || root === sep) return [];
  const isShown = ruleFor(paths, files, root, task);
  const found = new Map<string, WorkspaceFile>();
  const folders = [root];
  const seen = new Set<string>();
  let walked = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    for (const name of namesIn(files, folder)) {
      if (walked++ >= maxWalked) return latestFirst(found);
      const real = passedOver.has(name) ? null : files.realPath(join(folder, name));
      if (real === null || !real.startsWith(root + sep)) continue;
      const info = files.stat(real);
      if (info?.isFolder) folders.push(real);
      else if (info?.isFile && isShown(real, info.modifiedAt)) {
        const path = relative(root, real);
        found.set(path, { path, size: info.size, modifiedAt: info.modifiedAt });
      }
    }
  }
  return latestFirst(found);
}

/** A folder that we may not look into holds nothing for us. */
function namesIn(files: Files, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return [];
  }
}

function latestFirst(found: ReadonlyMap<string, WorkspaceFile>): WorkspaceFile[] {
  return [...found.values()].sort((a, b) => b.modifiedAt - a.modifiedAt || (a.path < b.path ? -1 : 1));
}

/** The end of a path says the most; the sign warns of what is too big to be sent. */
function fileButton(task: Task, { path, size }: WorkspaceFile): Button {
  const short = [...path].length > 48 ? `…${[...path].slice(-47).join('')}` : path;
  const text = `${size > maxSendBytes ? '⚠️' : '📄'} ${short} · ${renderSize(size)}`;
  return taskButton(text, 'file', task.task_id, spellOf(task), fileKey(path));
}

/** Shows the latest files as buttons, with their sizes. */
export async function sayFiles(turn: Turn, task: Task): Promise<void> {
  const { texts, parts } = turn;
  if (!(await mayUseFiles(turn))) return;
  const all = listFiles(parts, task);
  if (all.length === 0) return await say(turn, texts.noFiles);
  const listed = all.slice(0, maxListed);
  const lines = [
    texts.filesHead(title(task)),
    ...(listed.some(({ size }) => size > maxSendBytes) ? [texts.filesTooBig] : []),
    ...(all.length > maxListed ? [texts.andMore(all.length - maxListed)] : []),
  ];
  await say(turn, lines.join('\n'), { buttons: listed.map((file) => [fileButton(task, file)]) });
}

/** The bytes of a file that is still where it was found: between looking and reading, a link may take its place. */
function readInside(files: Files, path: string, size: number): Buffer | null {
  if (files.realPath(path) !== path) return null;
  const bytes = files.readRange(path, 0, size);
  return files.realPath(path) === path ? bytes : null;
}

/** Sends one file of the folder, found again by its key: nothing that is not in it can be named. */
export async function sendFile(turn: Turn, task: Task, key: string): Promise<void> {
  const { parts, texts } = turn;
  if (!(await mayUseFiles(turn))) return;
  const file = listFiles(parts, task).find(({ path }) => fileKey(path) === key);
  const root = parts.files.realPath(task.workdir);
  if (!file || root === null) return await say(turn, texts.fileGone);
  const name = basename(file.path);
  if (file.size > maxSendBytes) return await say(turn, texts.fileTooBig(shown(name), renderSize(file.size)));
  const bytes = readInside(parts.files, join(root, file.path), file.size);
  if (bytes === null) return await say(turn, texts.fileGone);
  // Telegram takes no empty files.
  const content = bytes.length > 0 ? bytes : Buffer.from('\n');
  const failure = await sendNow(parts, placeOf(turn), (api, target) =>
    api.sendDocument({ ...target, name, bytes: content }),
  );
  if (failure) await say(turn, texts.fileNotSent);
}
