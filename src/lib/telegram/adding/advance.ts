/** How the dialogue goes on after an answer: with the next question, or with the account itself. */

import { CcdispatchError } from '../../errors/errors.ts';
import { sayRefusal } from '../refusals.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { BotParts, Turn } from '../turn.ts';
import { type Dialogue, endDialogue, type Given, isOver, prolong, secretPlace, stepOf } from './dialogue.ts';
import { ask, sayEnd } from './questions.ts';

/** Asks what is open still; where all is answered, adds the account. */
export async function advance(turn: Turn, dialogue: Dialogue, notes: readonly string[] = []): Promise<void> {
  if (stepOf(dialogue) === 'adding') await add(turn, dialogue, notes);
  else await ask(turn, dialogue, notes);
}

/** A replay of an update that has brought the dialogue forward already: says once more where it stands, and goes on there. */
export async function again(turn: Turn, dialogue: Dialogue, notes: readonly string[] = []): Promise<void> {
  if (isOver(dialogue)) await sayEnd(turn, dialogue, notes);
  else await advance(turn, dialogue, notes);
}

/** Whether the account of that name is the one that the dialogue has made: an earlier attempt was killed after that. */
function isMade({ accounts }: BotParts, { name, agent }: Dialogue, secret: string): boolean {
  const found = accounts.find(name ?? '');
  if (found?.agent !== agent) return false;
  try {
    return accounts.secretsOf(found).api_key === secret;
  } catch {
    return false;
  }
}

async function add(turn: Turn, dialogue: Dialogue, notes: readonly string[]): Promise<void> {
  const { parts, asked } = turn;
  const { accounts, dialogues, clock } = parts;
  const { agent, base_url, priority } = dialogue;
  const name = dialogue.name ?? '';
  // What is open again where it cannot be done: without its key the secret is of no use.
  let open: Partial<Given> = { secret: null };
  try {
    const secret = accounts.safe.open(secretPlace(dialogue), dialogue.secret ?? '');
    open = { priority: null };
    if (!isMade(parts, dialogue, secret)) {
      const wanted = { agent: agent ?? '', priority: priority ?? 0, api_key: secret };
      await accounts.add(name, base_url === null ? wanted : { ...wanted, base_url });
    }
  } catch (error) {
    if (!(error instanceof CcdispatchError)) throw error;
    return await askOnceMore(turn, dialogue, error, open);
  }
  const ended = endDialogue(dialogue, 'added', asked.updateId, clock.now());
  await dialogues.save(ended);
  parts.log.info({ account: name, by: asked.from.id }, 'an admin added an account from the chat');
  // Somebody may have waited for it.
  parts.wake();
  await sayEnd(turn, ended, notes);
}

/** What kept the account from being added is told, and an answer is open again: the name where that is taken by now. */
async function askOnceMore(
  turn: Turn,
  dialogue: Dialogue,
  error: CcdispatchError,
  open: Partial<Given>,
): Promise<void> {
  const { accounts, dialogues, clock } = turn.parts;
  const isTaken = accounts.fault() === null && accounts.find(dialogue.name ?? '') !== null;
  const next = prolong({ ...dialogue, ...(isTaken ? { name: null } : open) }, clock.now());
  await dialogues.save(next);
  if (!isTaken) await sayRefusal(turn, error);
  await ask(turn, next, isTaken ? [`⚠️ ${addAccountTextsOf(turn.language).faults.nameTaken}`] : []);
}
