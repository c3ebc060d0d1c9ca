/** The queue as a folder: a marker per waiting task, and a rename as the claim. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Lock, Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { systemCode } from '../errors/errors.ts';
import { hasRested, stampOf } from '../format/stamp.ts';
import { parseTaskId } from '../format/task-id.ts';
import { type Marker, parseMarker, renderMarker } from './markers.ts';

/** Markers put down before their tasks' folders; each is locked until its folder is in place, so that nobody sweeps it. */
export interface Placement {
  /** The folders are in place (or were not made: their markers are swept later): anybody may claim now. */
  release(): void;
  /** Takes one marker back, because its folder was not made by us. */
  takeBack(marker: Marker): void;
}

export interface Queue {
  /** Puts markers down, durable; null, with nothing put down, where one of them or its task is there already. */
  place(markers: readonly Marker[]): Promise<Placement | null>;
  /**
   * Puts a task that has its folder already back into the queue, durable. One that waits there for a later time, or for
   * another task, waits from this marker's time instead.
   */
  add(marker: Marker): Promise<void>;
  /**
   * Puts a task back whose old marker may be left, and about to be taken away by somebody: what waits is the new one,
   * durable, and no other of it.
   */
  putBack(marker: Marker): Promise<void>;
  /** What waits, unordered. */
  waiting(): Marker[];
  /** Ids of claimed tasks that have not been finished. */
  active(): string[];
  isActive(taskId: string): boolean;
  /** Whether somebody still makes the folders that belong to this marker and those put down with it. */
  isBeingMade(marker: Marker): boolean;
  /** Moves a marker to the claimed ones; false where it has gone meanwhile, or is still being placed. */
  claim(marker: Marker): boolean;
  /** The task needs nothing more: its claim is removed. */
  finish(taskId: string): void;
  /** Removes a waiting marker; false where there is none. */
  remove(taskId: string): boolean;
  /**
   * Whether nobody is about to make the folder that belongs to the marker; then the marker is removed, after `clear` has
   * removed what there is of the folder.
   */
  sweep(marker: Marker, clear: () => void): boolean;
  /** Notes a task that waits for a person's word, so that lists find it; noted once more, its record is looked at anew. */
  setAside(taskId: string): Promise<void>;
  /** Ids of tasks that were set aside. */
  aside(): string[];
  /** The task is not set aside any more. */
  takeUp(taskId: string): void;
  /** Calls back soon after something changed; returns the stop function. */
  watch(onChange: () => void): () => void;
}

const watchPollMs = 2000;

interface QueueParts {
  files: Files;
  locks: Locks;
  paths: Paths;
}

async function place({ files, locks, paths }: QueueParts, markers: readonly Marker[]): Promise<Placement | null> {
  const waitingPath = (marker: Marker) => join(paths.waiting, renderMarker(marker));
  const held: { marker: Marker; lock: Lock }[] = [];
  const release = () => {
    const released = held.splice(0);
    for (const { lock } of released) lock.release();
    // Who looked while the locks were held found nothing to claim, and freeing a lock tells nobody: the last marker rings.
    const last = released.at(-1)?.marker;
    if (last) files.touch(waitingPath(last));
  };
  const takeBack = (marker: Marker) => files.remove(waitingPath(marker));
  const undo = () => {
    for (const { marker } of held) takeBack(marker);
    release();
  };
  try {
    for (const marker of markers) {
      const path = waitingPath(marker);
      // Somebody else may have made the same task under a marker of another name: for another user, with another priority.
      const isMade = () => files.stat(paths.task(marker.taskId)) !== null;
      const lock = files.stat(path) || isMade() ? null : locks.tryTake(path, 'submit');
      if (!lock || isMade()) {
        // What was put down whole between our look and our lock is not ours to take back.
        lock?.release();
        undo();
        return null;
      }
      held.push({ marker, lock });
    }
    await files.syncFolder(paths.waiting);
  } catch (error) {
    undo();
    throw error;
  }
  return { release, takeBack };
}

async function putBack({ files, paths }: QueueParts, marker: Marker): Promise<void> {
  const name = renderMarker(marker);
  await files.create(join(paths.waiting, name), '');
  for (const other of files.list(paths.waiting)) {
    if (other !== name && parseMarker(other)?.taskId === marker.taskId) files.remove(join(paths.waiting, other));
  }
}

/** What waits, listed anew where the folder has changed; names that were parsed once are not parsed again. */
function createListing({ files, paths }: QueueParts): () => Marker[] {
  let known = new Map<string, Marker | null>();
  let listed: { stamp: string; markers: Marker[] } | null = null;
  return () => {
    const info = files.stat(paths.waiting);
    const stamp = stampOf(info);
    if (info && listed?.stamp === stamp) return listed.markers;
    const isKept = info !== null && hasRested(info);
    const names = files.list(paths.waiting);
    const markers: Marker[] = [];
    // Names that went are forgotten now and then; to do so each time would cost more than all else.
    const kept = known.size > 2 * names.length + 1000 ? new Map<string, Marker | null>() : known;
    for (const name of names) {
      let marker = known.get(name);
      if (marker === undefined) {
        marker = parseMarker(name);
        known.set(name, marker);
      }
      if (kept !== known) kept.set(name, marker);
      if (marker) markers.push(marker);
    }
    known = kept;
    listed = isKept ? { stamp, markers } : null;
    return markers;
  };
}

export function createQueue(parts: QueueParts): Queue {
  const { files, locks, paths } = parts;
  const waitingPath = (marker: Marker) => join(paths.waiting, renderMarker(marker));

  const listing = createListing(parts);
  const waiting = () => listing().slice();

  return {
    place: (markers) => place(parts, markers),
    waiting,
    async add(marker) {
      const before = waiting().find(({ taskId }) => taskId === marker.taskId);
      if (!before) await files.create(waitingPath(marker), '');
      else if (before.queuedAt > marker.queuedAt || (before.after !== undefined && before.after !== marker.after))
        await files.move(waitingPath(before), waitingPath(marker)).catch(async (error) => {
          // Its time came at this very moment: it was claimed, or swept.
          if (systemCode(error) !== 'ENOENT') throw error;
          if (!this.isActive(marker.taskId)) await files.create(waitingPath(marker), '');
        });
    },
    putBack: (marker) => putBack(parts, marker),
    active: () => files.list(paths.active).filter((name) => parseTaskId(name) !== null),
    isActive: (taskId) => files.stat(join(paths.active, taskId)) !== null,
    isBeingMade: (marker) => locks.isHeld(waitingPath(marker)),
    claim(marker) {
      // Until all that is made together is made, its maker may still take it back.
      if (this.isBeingMade(marker)) return false;
      try {
        files.rename(waitingPath(marker), join(paths.active, marker.taskId));
        return true;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        if (files.stat(paths.active)) return false;
        files.makeFolder(paths.active);
        return this.claim(marker);
      }
    },
    finish: (taskId) => files.remove(join(paths.active, taskId)),
    remove(taskId) {
      const found = waiting().filter((marker) => marker.taskId === taskId);
      for (const marker of found) files.remove(waitingPath(marker));
      return found.length > 0;
    },
    sweep(marker, clear) {
      // Somebody took it meanwhile; a lock would put an empty one back.
      if (!files.stat(waitingPath(marker))) return true;
      const lock = locks.tryTake(waitingPath(marker), 'sweep');
      if (!lock) return false;
      // Looked at again under the lock: its maker may have finished between our first look and now.
      // Folders come with their records, so one without is no task any more.
      const isOrphan = files.stat(paths.record(marker.taskId)) === null;
      try {
        // The marker last: while it is there, somebody will finish what is cut off here.
        if (isOrphan) clear();
        if (isOrphan) files.remove(waitingPath(marker));
      } finally {
        lock.release();
      }
      return isOrphan;
    },
    async setAside(taskId) {
      await files.replace(join(paths.aside, taskId), '');
    },
    aside: () => files.list(paths.aside).filter((name) => parseTaskId(name) !== null),
    takeUp: (taskId) => files.remove(join(paths.aside, taskId)),
    watch(onChange) {
      files.makeFolder(paths.waiting);
      return files.watch(paths.waiting, onChange, watchPollMs);
    },
  };
}
