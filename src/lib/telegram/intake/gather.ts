/** Messages that are one to the person who sent them become one: a long text that the client cut into parts, and an album. Pure; time is handed in. */

import type { IncomingMessage } from '../incoming.ts';

/** Clients cut texts at 4,096 characters, or at the last gap before; a shorter text is no part with more to come. */
const partChars = 4000;
const cutChars = 4096;
/** Between two parts, by their sending and by their coming. */
const partGapMs = 2000;
/** An album is whole when nothing more of it has come for so long, or when it has all that Telegram allows. */
const albumSilenceMs = 1000;
const albumMost = 10;
/** Even a flood of long messages comes to an end. */
const partsMost = 500;

export interface Gather {
  /** Takes a message; gives what is whole now, in order. */
  add(message: IncomingMessage, now: number): IncomingMessage[];
  /** Gives what has become whole by waiting. */
  tick(now: number): IncomingMessage[];
  /** When {@link Gather.tick} will have something to give; null while nothing is waited for. */
  nextAt(): number | null;
}

/** Messages that will be one; it is whole once `closesAt` is null. */
interface Gathering {
  kind: 'text' | 'album' | 'single';
  messages: IncomingMessage[];
  closesAt: number | null;
}

/**
 * Gathers per sender, chat and topic, and keeps their order: what follows an open album waits with it. Messages that
 * `standsAlone` names are never gathered and never wait; one that `begins` names is the next part of nothing.
 */
export function createGather(
  standsAlone: (message: IncomingMessage) => boolean,
  begins: (message: IncomingMessage) => boolean,
): Gather {
  const queues = new Map<string, Gathering[]>();

  const drain = (key: string, queue: Gathering[]): IncomingMessage[] => {
    const open = queue.findIndex(({ closesAt }) => closesAt !== null);
    const whole = queue.splice(0, open < 0 ? queue.length : open);
    if (queue.length === 0) queues.delete(key);
    return whole.map(({ kind, messages }) => merge(kind, messages));
  };

  return {
    add(message, now) {
      if (standsAlone(message)) return [message];
      const key = `${message.chat.id}/${message.threadId ?? ''}/${message.from.id}`;
      const queue = queues.get(key) ?? [];
      queues.set(key, queue);
      const album = queue.find((one) => isOpenAlbumOf(one, message));
      const last = queue.at(-1);
      if (album) extend(album, message, now);
      else if (last && !begins(message) && isNextPart(last, message, now)) extend(last, message, now);
      else {
        if (last?.kind === 'text') last.closesAt = null;
        queue.push(begin(message, now));
      }
      return drain(key, queue);
    },
    tick(now) {
      return [...queues].flatMap(([key, queue]) => {
        for (const one of queue) if (one.closesAt !== null && one.closesAt <= now) one.closesAt = null;
        return drain(key, queue);
      });
    },
    nextAt() {
      const instants = [...queues.values()].flat().flatMap(({ closesAt }) => closesAt ?? []);
      return instants.length === 0 ? null : Math.min(...instants);
    },
  };
}

function begin(message: IncomingMessage, now: number): Gathering {
  if (message.albumId !== null) return { kind: 'album', messages: [message], closesAt: now + albumSilenceMs };
  if (isCutText(message)) return { kind: 'text', messages: [message], closesAt: now + partGapMs };
  return { kind: 'single', messages: [message], closesAt: null };
}

function extend(one: Gathering, message: IncomingMessage, now: number): void {
  one.messages.push(message);
  if (one.kind === 'album') one.closesAt = one.messages.length < albumMost ? now + albumSilenceMs : null;
  else one.closesAt = isCutText(message) && one.messages.length < partsMost ? now + partGapMs : null;
}

/** Whether more of the text may follow. */
function isCutText({ text, files }: IncomingMessage): boolean {
  return files.length === 0 && text.length >= partChars;
}

function isOpenAlbumOf({ kind, closesAt, messages }: Gathering, { albumId }: IncomingMessage): boolean {
  return kind === 'album' && closesAt !== null && messages[0]?.albumId === albumId;
}

/** After a time without us all comes at once, so the times of sending count as well; Telegram tells them in whole seconds. */
function isNextPart({ kind, closesAt, messages }: Gathering, message: IncomingMessage, now: number): boolean {
  const before = messages.at(-1);
  if (kind !== 'text' || closesAt === null || closesAt < now || before === undefined) return false;
  const gapMs = message.sentAt - before.sentAt;
  const isText = message.text !== '' && message.files.length === 0 && message.albumId === null;
  return isText && gapMs >= 0 && gapMs <= partGapMs && message.isForwarded === before.isForwarded;
}

/** Several messages as one: the first one, with the texts and files of all. */
function merge(kind: Gathering['kind'], messages: readonly IncomingMessage[]): IncomingMessage {
  const [first, ...rest] = kind === 'album' ? [...messages].sort((a, b) => a.messageId - b.messageId) : messages;
  if (first === undefined) throw new Error('Nothing was gathered.');
  return rest.length === 0 ? first : join(kind, first, rest);
}

function join(kind: Gathering['kind'], first: IncomingMessage, rest: readonly IncomingMessage[]): IncomingMessage {
  const all = [first, ...rest];
  return {
    ...first,
    text: kind === 'album' ? joinCaptions(all) : joinParts(all),
    files: all.flatMap(({ files }) => files),
    replyTo: all.find(({ replyTo }) => replyTo !== null)?.replyTo ?? null,
    isAddressed: all.some(({ isAddressed }) => isAddressed),
    partOf: rest.map(({ updateId }) => updateId),
    partMessageIds: rest.map(({ messageId }) => messageId),
  };
}

function joinCaptions(all: readonly IncomingMessage[]): string {
  return all
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join('\n');
}

/** Telegram cuts the white space where a client cut at a gap, mostly the end of a line; a part of full length was cut in a word. */
function joinParts(all: readonly IncomingMessage[]): string {
  return all.reduce((whole, { text }, index) => {
    const before = all[index - 1];
    if (before === undefined) return text;
    return before.text.length >= cutChars ? whole + text : `${whole}\n${text}`;
  }, '');
}

/** Messages of one act that was fixed before the program ended: they stay one, and nothing joins them. */
export function mergeAgain(head: IncomingMessage, parts: readonly IncomingMessage[]): IncomingMessage {
  if (parts.length === 0) return head;
  return join(head.albumId === null ? 'text' : 'album', head, parts);
}
