/** What comes in from a chat, in our own words; Telegram's JSON is known by `read-update` alone. */

/** Who sent it, as far as rights care. */
export interface Sender {
  /** Telegram's id of the person. */
  id: string;
  /** First and last name as one line, or the user name. */
  name: string;
  username: string | null;
  /** IETF tag of the person's client, such as `zh-hans`; null where it says none. */
  languageCode: string | null;
  /** False for bots, channels, anonymous admins and posts in the name of a chat: they are nobody. */
  isPerson: boolean;
}

export interface Chat {
  id: string;
  kind: 'private' | 'group' | 'channel';
  title: string | null;
}

/** A file that came with a message; its bytes are fetched later by its id. */
export interface IncomingFile {
  fileId: string;
  kind: 'photo' | 'document' | 'voice' | 'audio' | 'video';
  /** The sender's name of it, unchecked; null where it has none. */
  name: string | null;
  mimeType: string | null;
  /** Bytes, where Telegram says. */
  size: number | null;
}

interface FromChat {
  updateId: number;
  chat: Chat;
  /** The topic; null for none and for the general one. */
  threadId: number | null;
  from: Sender;
  /** When it was sent, milliseconds since 1970. */
  sentAt: number;
}

/** A message of a person; several parts of one text, or an album, are one. */
export interface IncomingMessage extends FromChat {
  kind: 'message';
  messageId: number;
  /** Text or caption, whole; empty for files alone. */
  text: string;
  files: IncomingFile[];
  /** An album's mark; null for a message of its own. */
  albumId: string | null;
  /** The message it answers; `isOurs`: it was sent by this bot. */
  replyTo: { messageId: number; isOurs: boolean; text: string } | null;
  /** In a group: it names the bot, answers it, or is a command for it; always true in a private chat. */
  isAddressed: boolean;
  isForwarded: boolean;
  /** What its sender chose by a button when he was asked: a task of its own, or words alone, whatever looks like an option. */
  meant?: 'task' | 'words';
  /** Further updates that are a part of this message; they are done when it is. */
  partOf: number[];
  /** Telegram's numbers of those parts, as messages of the chat. */
  partMessageIds: number[];
}

/** A message of a private chat was edited. Nothing is done about it, but whoever is being asked something hears so. */
export interface IncomingEdit extends FromChat {
  kind: 'edit';
  messageId: number;
  text: string;
}

/** A button that was pressed. */
export interface IncomingPress extends FromChat {
  kind: 'press';
  /** To be answered by `answerCallbackQuery`. */
  pressId: string;
  /** The message with the button; null where Telegram does not say. */
  messageId: number | null;
  data: string;
}

/** A group got another id. */
export interface IncomingMigration {
  kind: 'migration';
  updateId: number;
  fromChatId: string;
  toChatId: string;
}

/** Something that asks nothing of us: edits in groups, joins, kinds of later versions. */
export interface IncomingNothing {
  kind: 'nothing';
  updateId: number;
}

export type Incoming = IncomingMessage | IncomingEdit | IncomingPress | IncomingMigration | IncomingNothing;
