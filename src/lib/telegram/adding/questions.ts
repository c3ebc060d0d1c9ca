/** What the dialogue says: its questions with their buttons, and how it ended. */

import { agentsWithKeys } from '../../accounts/environment.ts';
import { defaultPriority } from '../../accounts/record.ts';
import { type Button, encodePress } from '../../notifications/buttons.ts';
import { accountButton } from '../handlers/account-buttons.ts';
import { type Saying, sayTo } from '../say.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { Turn } from '../turn.ts';
import { type Dialogue, lifetimeMs, stepOf } from './dialogue.ts';

/** Priorities that have a button: below others, as most, above others. */
const offered = [1, defaultPriority, 9];

export const minutesToLive = lifetimeMs / 60_000;

/** The buttons of a dialogue, by the letter that they carry behind its id. */
export type AddingVerb = 'cancel' | 'agent' | 'kind' | 'priority';
const letters: Record<AddingVerb, string> = { cancel: 'c', agent: 'a', kind: 'k', priority: 'p' };

const button = (text: string, detail: string): Button => ({
  text,
  callback_data: encodePress({ action: 'addAccount', taskId: null, run: 0, detail }),
});

/** What the button that begins a dialogue carries. */
export const beginDetail = 'begin';

export function beginButton({ language }: Pick<Turn, 'language'>): Button {
  return button(addAccountTextsOf(language).here, beginDetail);
}

/** The dialogue, verb and value that a button carries; null for none of ours. */
export function readAdding(detail: string): { id: string; verb: AddingVerb; value: string } | null {
  const [, id = '', letter = '', value = ''] = /^([0-9a-z]{6})-([a-z])([a-z0-9_-]*)$/.exec(detail) ?? [];
  const verb = (Object.keys(letters) as AddingVerb[]).find((name) => letters[name] === letter);
  return verb ? { id, verb, value } : null;
}

function buttonsOf({ texts }: Speaking, dialogue: Dialogue): Button[][] {
  const one = (text: string, verb: AddingVerb, value = '') => button(text, `${dialogue.id}-${letters[verb]}${value}`);
  const cancel = [one(texts.buttons.cancel, 'cancel')];
  switch (stepOf(dialogue)) {
    case 'agent':
      return [agentsWithKeys.map((agent) => one(agent, 'agent', agent)), cancel];
    case 'kind':
      return [[one(texts.buttons.key, 'kind', 'key')], [one(texts.buttons.url, 'kind', 'url')], cancel];
    case 'priority':
      return [offered.map((priority) => one(String(priority), 'priority', String(priority))), cancel];
    default:
      return [cancel];
  }
}

const speaking = ({ language }: Pick<Turn, 'language'>) => ({ texts: addAccountTextsOf(language) });
type Speaking = ReturnType<typeof speaking>;

/** Says something in the dialogue; never as a reply, which would quote a message that is to go. */
export async function sayAdding(turn: Turn, notes: readonly string[], saying: Saying = {}): Promise<void> {
  const place = { chatId: turn.asked.chat.id, threadId: turn.asked.threadId };
  await sayTo(turn.parts, place, notes.filter((note) => note !== '').join('\n\n'), saying);
}

/** Asks what is open, behind what else there is to say. */
export async function ask(turn: Turn, dialogue: Dialogue, notes: readonly string[] = []): Promise<void> {
  const own = speaking(turn);
  const step = stepOf(dialogue);
  const question = step === 'adding' ? '' : own.texts.asks[step];
  await sayAdding(turn, [...notes, question], { buttons: buttonsOf(own, dialogue) });
}

/** Says how the dialogue ended. */
export async function sayEnd(turn: Turn, dialogue: Dialogue, notes: readonly string[] = []): Promise<void> {
  const { texts } = speaking(turn);
  const { outcome, name, agent, priority } = dialogue;
  if (outcome === 'added' && name !== null) {
    const told = texts.added(`\`${name}\``, agent ?? '', priority ?? 0);
    return await sayAdding(turn, [...notes, told], {
      buttons: [[accountButton(texts.buttons.test, 'test', { name })]],
    });
  }
  const ends = { cancelled: texts.cancelled, expired: texts.expired(minutesToLive), refused: turn.texts.adminsOnly };
  await sayAdding(turn, [...notes, outcome === null || outcome === 'added' ? '' : ends[outcome]]);
}
