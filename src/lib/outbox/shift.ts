/** One turn at delivering, under the outbox's lock: a chat has a lane while something is to be done there, and nothing in memory otherwise. */

import type { Files } from '../adapters/files.ts';
import { isChatId } from '../format/task-id.ts';
import { createLane, type Lane } from './lane.ts';
import type { Layout } from './layout.ts';
import type { DeliveryRoom } from './requests.ts';

export interface ShiftParts {
  room: DeliveryRoom;
  files: Files;
  layout: Layout;
  /** `keep`: until the room's signal aborts. `flush`: until nothing is left, or nothing more can be done for now. */
  mode: 'keep' | 'flush';
  /** Aborts the room's signal. */
  end(): void;
}

export interface Shift {
  /** Whether nothing is left to be sent now in any chat that was looked at. */
  isQuiet(): boolean;
  end(): void;
  /** Delivers; says whether all came to an end because nothing was left. Throws what a lane throws, when all have ended. */
  run(): Promise<boolean>;
}

/** Times of folders are a little coarser than the clock. */
const slackMs = 1000;

export function createShift({ room, files, layout, mode, end }: ShiftParts): Shift {
  const lanes = new Map<string, Lane>();
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  let isAllDone = true;

  /** Runs a chat's lane until nothing is to be done; what comes while it ends is not missed. */
  const work = async (chatId: string, lane: Lane): Promise<void> => {
    try {
      const isDone = await lane.run(mode);
      isAllDone &&= isDone;
    } catch (error) {
      errors.push(error);
      end();
    } finally {
      lanes.delete(chatId);
      if (mode === 'keep' && lane.isWoken()) wake(chatId);
    }
  };
  const wake = (chatId: string): void => {
    const known = lanes.get(chatId);
    if (known) known.wake();
    if (known || room.signal.aborted) return;
    const lane = createLane(room, chatId);
    lanes.set(chatId, lane);
    const done = work(chatId, lane).finally(() => running.delete(done));
    running.add(done);
  };

  /** Calls that were missed are made good: chats whose folder has changed since the last look. */
  const createLook = () => {
    let lookedAt = room.clock.now();
    return () => {
      const now = room.clock.now();
      const since = lookedAt <= now ? lookedAt - slackMs : 0;
      lookedAt = now;
      for (const chatId of room.spool.chats()) {
        if ((files.stat(layout.chat(chatId))?.modifiedAt ?? 0) >= since) wake(chatId);
      }
    };
  };
  const watch = (): (() => void) => {
    const look = createLook();
    // Whoever writes into a chat's folder touches it afterwards: one watch is enough for all chats.
    const onChange = (name: string | null) => {
      if (name === null) look();
      else if (isChatId(name)) wake(name);
    };
    return files.watch(layout.root, onChange, room.rules.pollMs);
  };

  return {
    isQuiet: () => [...lanes.values()].every((lane) => lane.isQuiet()),
    end,
    async run() {
      files.makeFolder(layout.root);
      room.spool.sweep();
      // One listener for all lanes: hundreds of them on one signal would look like a leak.
      const onEnd = () => {
        for (const lane of lanes.values()) lane.wake();
      };
      room.signal.addEventListener('abort', onEnd, { once: true });
      const stop = mode === 'keep' ? watch() : () => {};
      for (const chatId of room.spool.chats()) wake(chatId);
      if (mode === 'keep') await aborted(room.signal);
      while (running.size > 0) await Promise.all(running);
      stop();
      room.signal.removeEventListener('abort', onEnd);
      if (errors.length > 0) throw errors[0];
      return isAllDone;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
