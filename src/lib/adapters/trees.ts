/** Whole folder trees as a port: what they take on disk, which repositories they hold, and their removal. */

import {
  type BigIntStats,
  chmodSync,
  constants,
  lstatSync,
  promises,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from '../errors/errors.ts';

export interface TreeReport {
  /** What the tree takes on disk, in bytes; a file with several names in it counts once. */
  bytes: number;
  /** Folders that hold a git repository (`.git` in them, or bare ones), at any depth. */
  repositories: string[];
}

/** Links are never followed: a tree ends where it points elsewhere. What vanishes meanwhile counts as nothing. */
export interface Trees {
  /** Walks a file or folder; all zero where there is none. */
  measure(path: string): TreeReport;
  /** The absolute path without links; of a path that is not there, its longest part that is. */
  realPath(path: string): string;
  /**
   * Copies a file, or a link as it is, making folders on the way; what is there stays, and the file system shares the bytes
   * where it can. Says whether it was copied.
   */
  copy(from: string, to: string): Promise<boolean>;
  /** What a link says; null for anything else. */
  linkTarget(path: string): string | null;
  /** Removes a file, link or whole folder, also where folders in it are read-only. Nothing happens where there is none. */
  remove(path: string): void;
}

const gone = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP']);

/** The work's value, or undefined where the file is gone or not ours to see. */
function glance<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (gone.has(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What a file takes on disk; systems that do not count blocks give its length. */
function bytesOf(stat: BigIntStats): number {
  return stat.blocks > 0n || stat.size === 0n ? Number(stat.blocks) * 512 : Number(stat.size);
}

function isRepository(names: readonly string[]): boolean {
  return names.includes('.git') || ['HEAD', 'objects', 'refs'].every((name) => names.includes(name));
}

function measure(path: string): TreeReport {
  const report: TreeReport = { bytes: 0, repositories: [] };
  const counted = new Set<bigint>();
  // A stack of our own: trees can be deeper than calls may nest.
  const open = [path];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const current = at;
    const stat = glance(() => lstatSync(current, { bigint: true }));
    if (!stat) continue;
    if (stat.nlink > 1n && !stat.isDirectory()) {
      if (counted.has(stat.ino)) continue;
      counted.add(stat.ino);
    }
    report.bytes += bytesOf(stat);
    if (!stat.isDirectory()) continue;
    const names = glance(() => readdirSync(current)) ?? [];
    // What lies in `.git` belongs to the repository around it.
    if (basename(current) !== '.git' && isRepository(names)) report.repositories.push(current);
    for (const name of names) open.push(join(current, name));
  }
  report.repositories.sort();
  return report;
}

function realPath(path: string): string {
  const absolute = resolve(path);
  const found = glance(() => realpathSync(absolute));
  if (found !== undefined) return found;
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
}

/** Gives us the right to empty every folder of the tree: package caches are often left read-only. */
function openFolders(path: string): void {
  const open = [path];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const current = at;
    if (!glance(() => lstatSync(current))?.isDirectory()) continue;
    glance(() => chmodSync(current, 0o700));
    for (const entry of glance(() => readdirSync(current, { withFileTypes: true })) ?? []) {
      if (entry.isDirectory()) open.push(join(current, entry.name));
    }
  }
}

function remove(path: string): void {
  // Without a retry, a file that a dying process still writes into the tree would make the folder "not empty".
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 };
  try {
    rmSync(path, options);
  } catch (error) {
    if (systemCode(error) !== 'EACCES' && systemCode(error) !== 'EPERM') throw error;
    openFolders(path);
    rmSync(path, options);
  }
}

async function copy(from: string, to: string): Promise<boolean> {
  await promises.mkdir(dirname(to), { recursive: true });
  const target = linkTarget(from);
  try {
    if (target !== null) await promises.symlink(target, to);
    else await promises.copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || gone.has(systemCode(error) ?? '')) return false;
    throw error;
  }
}

function linkTarget(path: string): string | null {
  return glance(() => lstatSync(path))?.isSymbolicLink() ? (glance(() => readlinkSync(path)) ?? null) : null;
}

export const diskTrees: Trees = { measure, realPath, copy, linkTarget, remove };
