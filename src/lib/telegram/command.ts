/** What a command of the bot is: its name, who may use it, its help in two languages, and its handler. */

import type { Language } from '../notifications/notification.ts';
import type { IncomingMessage } from './incoming.ts';
import type { Turn } from './turn.ts';

export interface BotCommand {
  /** Without the slash, as Telegram wants it: lower-case Latin letters. */
  name: string;
  /** Words that mean it without a slash. */
  words: readonly string[];
  /** Strangers too, people that are known, or admins alone. */
  who: 'anyone' | 'user' | 'admin';
  /** Control commands are answered beside everything else, and are not run when they come late. */
  isControl: boolean;
  /** It says where the messages behind it go: all the same it keeps its place among those of the chat. */
  keepsOrder?: true;
  /** It changes something: who sent it in vain is told so. */
  changes?: true;
  /** What stands behind the name in help: `<prompt>`; null for nothing. */
  argument: Record<Language, string> | null;
  help: Record<Language, string>;
  /** `rest` is what follows the command. */
  run(turn: Turn<IncomingMessage>, rest: string): Promise<void>;
}
