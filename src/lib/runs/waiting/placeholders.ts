/** Keeps the placeholders of waiting tasks true as the line moves: what they wait for, and their place. */

import type { Log } from '../../adapters/log.ts';
import type { Outbox } from '../../outbox/store.ts';
import { type Marker, renderMarker } from '../../queue/markers.ts';
import { chatOf } from '../../queue/order.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import { queuedEntry } from '../told.ts';
import { type Line, type LineParts, lookAtLine, waitingFor } from './line.ts';
import type { HeldBack } from './source.ts';
import { createFactsKept } from './waiting-facts.ts';

export interface PlaceholdersParts extends LineParts {
  outbox: Pick<Outbox, 'progress'>;
  log: Log;
  /** What an account is waited for, as messages carry it; absent where none is ever given. */
  waitingForAccount?(task: Task): string | null;
}

export interface Placeholders {
  /** Brings placeholders up to date that say something else now; `heldBack` is what keeps the worker from starting anything. */
  refresh(heldBack: HeldBack | null): Promise<void>;
}

/** So many waiting tasks of each chat have a live place; nobody reads about the fiftieth every few seconds. */
const livePerChat = 20;
/** So many are written in one go; the rest has its turn in the next. */
const writesAtOnce = 100;

/** The first of each chat: those in the line before those that wait for a time or another task. */
function firstOfChats({ order, waiting }: Line): Marker[] {
  const counts = new Map<string, number>();
  const inLine = new Set(order);
  const others = waiting.filter((marker) => !inLine.has(marker)).sort((a, b) => a.queuedAt - b.queuedAt);
  return [...order, ...others].filter(({ taskId }) => {
    const chat = chatOf(taskId);
    const count = (counts.get(chat) ?? 0) + 1;
    counts.set(chat, count);
    return chat !== 'local' && count <= livePerChat;
  });
}

interface Shown {
  task: Task;
  said: string | null;
}

export function createPlaceholders(parts: PlaceholdersParts): Placeholders {
  const { queue, outbox, log } = parts;
  /** By marker: what of the record counts here does not change while the same marker waits. */
  let shown = new Map<string, Shown>();
  let turn = 0;
  const facts = createFactsKept();

  const load = (taskId: string): Shown | null => {
    // Null where it is being made, or its record is broken.
    const task = loadOrNull(parts, taskId);
    return task?.status === 'pending' ? { task, said: null } : null;
  };

  async function show(each: Shown, line: Line, heldBack: HeldBack | null): Promise<boolean> {
    const standing = line.standingOf(each.task, heldBack);
    // Who stands first is held up by nothing else; the others of the line may be passed over for the same reason.
    const mayLack = standing.code === 'next' || standing.code === 'order';
    const waits = (mayLack ? parts.waitingForAccount?.(each.task) : null) ?? waitingFor(standing);
    const said = JSON.stringify([standing.position, waits]);
    // One that was taken meanwhile tells of its run.
    if (said === each.said || queue.isActive(each.task.task_id)) return false;
    const entry = queuedEntry(each.task, standing.position, waits);
    if (entry) await outbox.progress(entry);
    each.said = said;
    return true;
  }

  return {
    async refresh(heldBack) {
      const line = lookAtLine({ ...parts, facts });
      const first = firstOfChats(line).map((marker) => [renderMarker(marker), marker.taskId] as const);
      const before = shown;
      shown = new Map();
      let writes = 0;
      const from = first.length === 0 ? 0 : turn % first.length;
      for (const [index, [key, taskId]] of [...first.slice(from), ...first.slice(0, from)].entries()) {
        const each = before.get(key) ?? (writes < writesAtOnce ? load(taskId) : null);
        if (!each) continue;
        shown.set(key, each);
        if (writes >= writesAtOnce) continue;
        try {
          if (await show(each, line, heldBack)) writes++;
        } catch (error) {
          log.warn({ task_id: taskId, error: String(error) }, 'a placeholder was not brought up to date');
          writes++;
        }
        if (writes === writesAtOnce) turn = from + index + 1;
      }
    },
  };
}
