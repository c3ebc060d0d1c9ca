/** Files of a workspace, listed and sent: never anything outside of it, links included. */

import { createHash } from 'node:crypto';
import { basename, join, relative, sep } from 'node:path';
import { renderSize } from '../format/duration.ts';
import { type Button, taskButton } from '../notifications/buttons.ts';
import type { Task } from '../tasks/record.ts';
import { shown } from './handlers/list.ts';
import { say, type Turn } from './turn.ts';

/** What the Bot API takes from a bot. */
export const maxSendBytes = 50 * 1024 * 1024;
const maxListed = 12;
const maxWalked = 2000;

export interface WorkspaceFile {
  /** Relative to the workspace. */
  path: string;
  size: number;
  modifiedAt: number;
}

/** Identifies a file in a button, whatever its name. */
export function fileKey(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}

const passedOver = new Set(['.git', 'node_modules', '.venv', '__pycache__', '.cache']);

/** Regular files of the workspace, the latest first. Links are followed only as far as they stay inside. */
export function listFiles({ parts }: Turn, task: Task): WorkspaceFile[] {
  const { files } = parts;
  const root = files.realPath(task.workdir);
  if (root === null) return [];
  const found: WorkspaceFile[] = [];
  const folders = [root];
  const seen = new Set<string>();
  for (let walked = 0; folders.length > 0 && walked < maxWalked; ) {
    const folder = folders.pop() as string;
    if (seen.has(folder)) continue;
    seen.add(folder);
    for (const name of files.list(folder)) {
      walked++;
      const real = files.realPath(join(folder, name));
      if (real === null || !real.startsWith(root + sep) || passedOver.has(name)) continue;
      const info = files.stat(real);
      if (info?.isFolder) folders.push(real);
      else if (info?.isFile) found.push({ path: relative(root, real), size: info.size, modifiedAt: info.modifiedAt });
    }
  }
  const unique = [...new Map(found.map((file) => [file.path, file])).values()];
  return unique.sort((a, b) => b.modifiedAt - a.modifiedAt);
}

/** Shows the latest files as buttons; sizes beside those that are too big to be sent. */
export async function sayFiles(turn: Turn, task: Task): Promise<void> {
  const { texts, person } = turn;
  if (!person?.features.has('files')) return await say(turn, texts.notAllowed(['files']));
  const files = listFiles(turn, task).slice(0, maxListed);
  if (files.length === 0) return await say(turn, texts.noFiles);
  const buttons = files.map((file): Button[] => [
    taskButton(
      `${file.size > maxSendBytes ? '⚠️ ' : '📄 '}${file.path.slice(-48)} · ${renderSize(file.size)}`,
      'file',
      task.task_id,
      0,
      fileKey(file.path),
    ),
  ]);
  await say(turn, texts.filesHead(shown(task.task_name)), { buttons });
}

/** Sends one file of the workspace, found again by its key: nothing that is not in it can be named. */
export async function sendFile(turn: Turn, task: Task, key: string): Promise<void> {
  const { parts, asked, texts, person } = turn;
  if (!person?.features.has('files')) return await say(turn, texts.notAllowed(['files']));
  const file = listFiles(turn, task).find(({ path }) => fileKey(path) === key);
  const root = parts.files.realPath(task.workdir);
  if (!file || root === null) return await say(turn, texts.fileGone('📄'));
  if (file.size > maxSendBytes) return await say(turn, texts.fileTooBig(shown(file.path), renderSize(file.size)));
  const bytes = parts.files.readRange(join(root, file.path), 0, file.size);
  await parts.api.sendDocument({
    chatId: asked.chat.id,
    threadId: asked.threadId,
    replyTo: asked.messageId,
    name: basename(file.path),
    bytes,
  });
}
