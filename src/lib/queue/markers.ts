/** Names of queue markers: all that is fixed about a waiting task, so that the order is known without opening anything. */

import { parseTaskId } from '../format/task-id.ts';

export interface Marker {
  /** 9 first, 0 last. */
  priority: number;
  /** Milliseconds since 1970 when it began to wait, or will: before that it stands in no line. */
  queuedAt: number;
  /** Whose share it counts against: a Telegram user id, or `local`. */
  user: string;
  taskId: string;
  /** The task that has to end before; absent for none. */
  after?: string;
}

/** Occurs in no chat id, user id or number. */
const separator = '~';

/** `<priority>~<time>~<user>~<task id>`, and `~<task id>` of the one it comes after. */
export function renderMarker({ priority, queuedAt, user, taskId, after }: Marker): string {
  const share = user.replace(/[^A-Za-z0-9_-]/g, '_') || 'local';
  return [priority, queuedAt, share, taskId, ...(after ? [after] : [])].join(separator);
}

/** The marker of that file name, or null for a foreign file. */
export function parseMarker(name: string): Marker | null {
  const [priority, queuedAt, user, taskId, after, ...more] = name.split(separator);
  if (more.length > 0 || !user || !taskId || !parseTaskId(taskId)) return null;
  if (after !== undefined && !parseTaskId(after)) return null;
  if (!/^\d$/.test(priority ?? '') || !/^\d{1,16}$/.test(queuedAt ?? '')) return null;
  const marker = { priority: Number(priority), queuedAt: Number(queuedAt), user, taskId };
  return after === undefined ? marker : { ...marker, after };
}
