/** Files as a port: durable writes, exclusive creation, listing and watching on a local file system. */

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fdatasync,
  fsync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../errors/errors.ts';

const fsyncAsync = promisify(fsync);
const fdatasyncAsync = promisify(fdatasync);

export interface FileInfo {
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** The same of the last change of any kind, names and rights included; nobody can set it. */
  changedAt: number;
  isFolder: boolean;
  /** A regular file: no folder, device, FIFO or socket. */
  isFile: boolean;
  inode: number;
  /** The system's number of the owner. */
  uid: number;
}

/**
 * Writes that return have reached the disk (file and folder entry). Folders are made 0700 and files 0600. System errors
 * (`ENOSPC`, `EACCES`, …) come through as they are.
 */
export interface Files {
  /** The file's text, or null where there is none. */
  read(path: string): string | null;
  /** Up to `length` bytes from `offset` on; empty at the end or where there is no file. */
  readRange(path: string, offset: number, length: number): Buffer;
  /** Null where there is nothing, or cannot be. */
  stat(path: string): FileInfo | null;
  /** The path without links; null where there is nothing. */
  realPath(path: string): string | null;
  /** Names in a folder, unsorted; empty where there is none. */
  list(folder: string): string[];
  /** Replaces or makes the file in one step: readers see the old or the new text, never a part. */
  replace(path: string, text: string): Promise<void>;
  /** Makes the file with its whole text, or returns false because it is there already. */
  create(path: string, text: string): Promise<boolean>;
  /** Appends a line in one write and waits until it is on disk. */
  append(path: string, line: string): Promise<void>;
  /** Makes a file that nobody reads before its folder is renamed into place; durable after {@link Files.moveFolder}. */
  writePlain(path: string, text: string): Promise<void>;
  /** Copies a file's bytes in one step: readers of the copy see what was there before, or all of it. */
  copy(from: string, to: string): Promise<void>;
  /** Writes a file without waiting for the disk: for what is of no use after a power cut. */
  write(path: string, text: string): void;
  /** The same for bytes. */
  writeBytes(path: string, bytes: Uint8Array): void;
  /** Renames a file and makes the change durable; replaces a file that is there. */
  move(from: string, to: string): Promise<void>;
  /** Renames a folder of durable files, entries included; throws `ENOTEMPTY` or `EEXIST` where one is there. */
  moveFolder(from: string, to: string): Promise<void>;
  /** Renames within the file system without waiting for the disk: for what can be found out again after a power cut. */
  rename(from: string, to: string): void;
  /** Gives a file a second name, without waiting for the disk; throws `EEXIST` where the name is taken. */
  link(path: string, name: string): void;
  /** Makes a symbolic link to a path; nothing happens where something, or a link that leads nowhere, has its name. */
  pointTo(target: string, path: string): void;
  /** Waits until the folder's entries are on disk. */
  syncFolder(folder: string): Promise<void>;
  /** Sets the times of a file or folder to now: who watches the folder it is in is called back. Nothing happens where there is none. */
  touch(path: string): void;
  /** Makes the folder and its parents. */
  makeFolder(path: string): void;
  /** Removes a file or a whole folder; nothing happens where there is none. */
  remove(path: string): void;
  /**
   * Calls back soon after something in the folder changed, with the name of what that was, or null where that is not known;
   * with null also every `pollMs`. Returns the stop function.
   */
  watch(folder: string, onChange: (name: string | null) => void, pollMs: number): () => void;
}

let counter = 0;
const temporaryName = (path: string) => join(dirname(path), `.tmp-${process.pid}-${counter++}-${basename(path)}`);

/** Waits for the disk that have not begun, by path. */
const nextSyncs = new Map<string, Promise<void>>();

/**
 * Waits until what was written to the file or folder so far is on disk. All who ask before it begins share one wait: many
 * tasks side by side change the same folders, and append to the same file.
 */
function sync(path: string, how: (fd: number) => Promise<void>): Promise<void> {
  let next = nextSyncs.get(path);
  if (!next) {
    next = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      nextSyncs.delete(path);
      const fd = openSync(path, 'r');
      try {
        await how(fd);
      } finally {
        closeSync(fd);
      }
    });
    nextSyncs.set(path, next);
  }
  return next;
}

const syncFolder = (folder: string) => sync(folder, fsyncAsync);

async function writeDurable(path: string, text: string): Promise<void> {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeAll(fd, text);
    await fsyncAsync(fd);
  } finally {
    closeSync(fd);
  }
}

async function copyDurable(from: string, to: string): Promise<void> {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, 0o600);
  await sync(to, fsyncAsync);
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function ignoring<T>(codes: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (codes.includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Names under which there is nothing, and some under which there cannot be anything (the last: with a zero byte). */
const impossible = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE'];

/** Opens, making the folder first where it is missing. */
async function inFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return await work();
  }
}

/** Has a temporary sibling written and hands it to `place`, which puts it under its name; nothing is left behind on an error. */
async function viaTemporary(
  path: string,
  fill: (temporary: string) => Promise<void>,
  place: (temporary: string) => void,
): Promise<void> {
  await inFolder(path, async () => {
    const temporary = temporaryName(path);
    try {
      await fill(temporary);
      place(temporary);
    } catch (error) {
      ignoring(['ENOENT'], () => unlinkSync(temporary));
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

function watchFolder(folder: string, onChange: (name: string | null) => void, pollMs: number): () => void {
  const timer = setInterval(() => onChange(null), pollMs);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(folder, (_event, name) => onChange(name));
    // Out of inotify watches or the folder gone: the timer goes on alone.
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
}

export const realFiles: Files = {
  read(path) {
    // Asked first because an error costs ten times as much, and many files that are looked for are not there.
    if (ignoring(['ENOTDIR'], () => statSync(path, { throwIfNoEntry: false })) === undefined) return null;
    return ignoring(['ENOENT', 'ENOTDIR'], () => readFileSync(path, 'utf8')) ?? null;
  },
  readRange(path, offset, length) {
    const fd = ignoring(['ENOENT', 'ENOTDIR'], () => openSync(path, 'r'));
    if (fd === undefined) return Buffer.alloc(0);
    try {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
    } finally {
      closeSync(fd);
    }
  },
  stat(path) {
    const found = ignoring(impossible, () => statSync(path, { throwIfNoEntry: false }));
    if (!found) return null;
    return {
      size: found.size,
      modifiedAt: found.mtimeMs,
      changedAt: found.ctimeMs,
      isFolder: found.isDirectory(),
      isFile: found.isFile(),
      inode: found.ino,
      uid: found.uid,
    };
  },
  realPath: (path) => ignoring(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], () => realpathSync(path)) ?? null,
  list: (folder) => ignoring(['ENOENT', 'ENOTDIR'], () => readdirSync(folder)) ?? [],
  replace: (path, text) =>
    viaTemporary(
      path,
      (temporary) => writeDurable(temporary, text),
      (temporary) => renameSync(temporary, path),
    ),
  copy: (from, to) =>
    viaTemporary(
      to,
      (temporary) => copyDurable(from, temporary),
      (temporary) => renameSync(temporary, to),
    ),
  async create(path, text) {
    if (existsSync(path)) return false;
    let made = false;
    const place = (temporary: string) => {
      ignoring(['EEXIST'], () => {
        linkSync(temporary, path);
        made = true;
      });
      unlinkSync(temporary);
    };
    await viaTemporary(path, (temporary) => writeDurable(temporary, text), place);
    return made;
  },
  append: (path, line) =>
    inFolder(path, async () => {
      const isNew = !existsSync(path);
      const fd = openSync(path, 'a', 0o600);
      try {
        writeAll(fd, line);
      } finally {
        closeSync(fd);
      }
      await sync(path, fdatasyncAsync);
      if (isNew) await syncFolder(dirname(path));
    }),
  writePlain: (path, text) => inFolder(path, () => writeDurable(path, text)),
  async move(from, to) {
    await inFolder(to, async () => renameSync(from, to));
    await syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
  },
  writeBytes: (path, bytes) => writeFileSync(path, bytes, { mode: 0o600 }),
  write: (path, text) => writeFileSync(path, text, { mode: 0o600 }),
  async moveFolder(from, to) {
    await syncFolder(from);
    await inFolder(to, async () => renameSync(from, to));
    await syncFolder(dirname(to));
  },
  rename: renameSync,
  link: linkSync,
  pointTo: (target, path) => void ignoring(['EEXIST'], () => symlinkSync(target, path)),
  syncFolder,
  touch: (path) =>
    ignoring(['ENOENT'], () => {
      const now = new Date();
      utimesSync(path, now, now);
    }),
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
  remove(path) {
    try {
      // Most are single files: to find out about folders costs several times as much.
      unlinkSync(path);
    } catch {
      rmSync(path, { recursive: true, force: true });
    }
  },
  watch: watchFolder,
};
