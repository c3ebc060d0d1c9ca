/** Carries Claude Code's record of a conversation into the config folder that its next process uses, where that is another one. */

import { basename, dirname, join } from 'node:path';
import type { FileInfo, Files } from '../../adapters/files.ts';
import type { Processes } from '../../adapters/processes.ts';
import { parseObject } from '../../format/json.ts';

export interface CarryParts {
  files: Files;
  processes: Pick<Processes, 'identify' | 'isAlive'>;
}

/** `none`: nothing needed to be done. `lives`: a process works on the conversation, so nothing was done. */
export type Carried =
  | { kind: 'none' }
  | { kind: 'carried'; from: string; to: string }
  | { kind: 'lives'; pid: number; folder: string };

/** One config folder's record of the conversation. */
interface Found {
  path: string;
  info: FileInfo;
}

const none: Carried = { kind: 'none' };
const comparedBytes = 1024 * 1024;
const projectsOf = (folder: string) => join(folder, 'projects');

/** The transcript below a `projects` folder: whose name it stands under there is the agent's own affair. */
function findBelow(files: Files, projects: string, conversation: string): Found | null {
  for (const project of files.list(projects)) {
    const path = join(projects, project, `${conversation}.jsonl`);
    const info = files.stat(path);
    if (info?.isFile) return { path, info };
  }
  return null;
}

/** Whether the files are equal as far as the shorter one goes. */
function beginAlike(files: Files, a: Found, b: Found): boolean {
  const end = Math.min(a.info.size, b.info.size);
  for (let at = 0; at < end; at += comparedBytes) {
    const length = Math.min(comparedBytes, end - at);
    if (!files.readRange(a.path, at, length).equals(files.readRange(b.path, at, length))) return false;
  }
  return true;
}

/**
 * How `other` stands to `one`. Records only grow, so the longer one of two that begin alike is the newer; of two that went
 * different ways it is the one that was written to last.
 */
function relationOf(files: Files, one: Found, other: Found): 'behind' | 'ahead' | 'newer-apart' | 'older-apart' {
  if (beginAlike(files, one, other)) return other.info.size > one.info.size ? 'ahead' : 'behind';
  return other.info.modifiedAt > one.info.modifiedAt ? 'newer-apart' : 'older-apart';
}

/**
 * The process that works on the conversation, by what the agent notes of its own processes: `sessions/<pid>.json` in the
 * config folder, with the conversation and the process's start mark. Null for none that lives.
 */
function livingOn({ files, processes }: CarryParts, folder: string, conversation: string): number | null {
  for (const name of files.list(join(folder, 'sessions'))) {
    if (!/^\d+\.json$/.test(name)) continue;
    const noted = parseObject<{ pid: number; sessionId: string; procStart: string }>(
      files.read(join(folder, 'sessions', name)),
    );
    const { pid, sessionId, procStart } = noted ?? {};
    if (sessionId !== conversation || typeof pid !== 'number') continue;
    const isSame = typeof procStart === 'string' && /^\d+$/.test(procStart);
    if (isSame ? processes.isAlive({ pid, started: procStart }) : processes.identify(pid) !== null) return pid;
  }
  return null;
}

/** What the agent keeps beside the transcript, in a folder of its name: what is missing there, or has grown, is copied. */
async function copyBeside(files: Files, from: string, to: string): Promise<void> {
  for (const name of files.list(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const info = files.stat(source);
    if (info?.isFolder) await copyBeside(files, source, target);
    else if (info?.isFile && info.size > (files.stat(target)?.size ?? -1)) await files.copy(source, target);
  }
}

/** Puts the record in place in one step. One that it does not continue is kept beside it, under a name that the agent passes over. */
async function put(files: Files, from: Found, before: Found | null, to: string): Promise<void> {
  const temporary = new RegExp(`^\\.tmp-.+-${basename(to).replaceAll('.', '\\.')}$`);
  // Left by somebody who was killed over it.
  for (const name of files.list(dirname(to))) if (temporary.test(name)) files.remove(join(dirname(to), name));
  const isContinued = before === null || (before.info.size <= from.info.size && beginAlike(files, before, from));
  if (!isContinued) {
    const kept = `${to}.kept-${Math.round(before.info.modifiedAt)}-${before.info.inode}`;
    // There already, where somebody was killed over it.
    if (files.stat(kept) === null) files.link(to, kept);
  }
  // The transcript last: where it is, all of it is.
  await copyBeside(files, from.path.replace(/\.jsonl$/, ''), to.replace(/\.jsonl$/, ''));
  await files.copy(from.path, to);
}

/**
 * Makes sure that the config folder `target` has the newest record of the conversation that any of `folders` has: it is
 * copied, never moved or mixed, and not while a process works on the conversation. Folders that share their `projects` need
 * nothing. Throws the system's errors, with nothing half done.
 */
export async function carryConversation(
  parts: CarryParts,
  conversation: string,
  target: string,
  folders: readonly string[],
): Promise<Carried> {
  const { files } = parts;
  const own = files.realPath(projectsOf(target)) ?? projectsOf(target);
  const others = new Set(folders.flatMap((folder) => files.realPath(projectsOf(folder)) ?? []));
  others.delete(own);
  if (others.size === 0) return none;
  const here = findBelow(files, own, conversation);
  let best = here;
  for (const projects of others) {
    const found = findBelow(files, projects, conversation);
    if (!found) continue;
    const relation = best ? relationOf(files, best, found) : 'ahead';
    if (relation === 'ahead' || relation === 'newer-apart') best = found;
  }
  if (best === null || best === here) return none;
  for (const folder of new Set([target, ...folders])) {
    const pid = livingOn(parts, folder, conversation);
    if (pid !== null) return { kind: 'lives', pid, folder };
  }
  const to = here?.path ?? join(own, basename(dirname(best.path)), `${conversation}.jsonl`);
  await put(files, best, here, to);
  return { kind: 'carried', from: best.path, to };
}
