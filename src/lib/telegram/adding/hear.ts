/** Messages in a dialogue: taken as its answers, and wiped; those that are none go on as they would have. */

import { agentsWithKeys } from '../../accounts/environment.ts';
import type { Safe } from '../../accounts/vault.ts';
import { CcdispatchError } from '../../errors/errors.ts';
import { mayAdminister } from '../../users/rights.ts';
import type { IncomingEdit, IncomingMessage } from '../incoming.ts';
import { sayRefusal } from '../refusals.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { Turn } from '../turn.ts';
import { advance, again } from './advance.ts';
import { deleteMessages } from './delete-message.ts';
import {
  type Dialogue,
  endDialogue,
  type Given,
  goOnWith,
  isInTime,
  isOver,
  isOvertaken,
  type Outcome,
  prolong,
  secretPlace,
  stepOf,
} from './dialogue.ts';
import { hasKey, isKeyAlone, type Judged, judgeAnswer } from './judge.ts';
import { ask, sayAdding, sayEnd } from './questions.ts';

type Heard = Turn<IncomingMessage> | Turn<IncomingEdit>;

const textsFor = ({ language }: Turn) => addAccountTextsOf(language);

/** Deletes the person's message, with all its parts, and gives what there is to say about it. */
async function takeAway(turn: Heard): Promise<string> {
  const { parts, asked } = turn;
  const more = asked.kind === 'message' ? asked.partMessageIds : [];
  const isGone = await deleteMessages(parts, asked.chat.id, [asked.messageId, ...more]);
  return isGone ? textsFor(turn).deleted : textsFor(turn).notDeleted;
}

/** A key that came when nobody asked for it is no request; says whether it was one. */
async function refuseLate(turn: Heard): Promise<boolean> {
  if (!isKeyAlone(turn.asked.text)) return false;
  turn.forget();
  await sayAdding(turn, [await takeAway(turn), textsFor(turn).tooLate]);
  return true;
}

async function end(turn: Heard, dialogue: Dialogue, outcome: Outcome): Promise<Dialogue> {
  const { dialogues, clock } = turn.parts;
  const ended = endDialogue(dialogue, outcome, turn.asked.updateId, clock.now());
  await dialogues.save(ended);
  return ended;
}

function judge({ parts, asked }: Heard, dialogue: Dialogue): Judged {
  if (asked.kind === 'edit') return { fault: 'edited' };
  if (asked.isForwarded) return { fault: 'forwarded' };
  if (asked.files.length > 0) return { fault: 'notText' };
  const isTaken = (name: string) => parts.accounts.find(name) !== null;
  return judgeAnswer(stepOf(dialogue), asked.text, { agents: agentsWithKeys, isTaken });
}

/** What was given, its secret sealed; the error where there is no key for that (any more). */
function sealedIn(safe: Safe, dialogue: Dialogue, given: Partial<Given>): Partial<Given> | CcdispatchError {
  if (!given.secret) return given;
  try {
    return { secret: safe.seal(secretPlace(dialogue), given.secret) };
  } catch (error) {
    if (error instanceof CcdispatchError) return error;
    throw error;
  }
}

/** Takes a message that is in time as an answer, or says why not and asks again. */
async function takeAnswer(turn: Heard, dialogue: Dialogue): Promise<void> {
  const { parts, asked } = turn;
  const { accounts, dialogues, clock } = parts;
  const texts = textsFor(turn);
  const judged = judge(turn, dialogue);
  const isSecret = stepOf(dialogue) === 'secret';
  if ('fault' in judged) {
    await dialogues.save(prolong(dialogue, clock.now()));
    const gone = isSecret || hasKey(asked.text) ? await takeAway(turn) : '';
    return await ask(turn, dialogue, [`⚠️ ${texts.faults[judged.fault]}`, gone]);
  }
  const given = sealedIn(accounts.safe, dialogue, judged.given);
  if (given instanceof CcdispatchError) {
    await dialogues.save(prolong(dialogue, clock.now()));
    const gone = await takeAway(turn);
    await sayRefusal(turn, given);
    return await ask(turn, dialogue, [gone]);
  }
  const next = goOnWith(dialogue, given, asked.updateId, clock.now());
  await dialogues.save(next);
  await advance(turn, next, isSecret ? [texts.taken, await takeAway(turn)] : []);
}

async function hearInTurn(turn: Heard, isCancel: boolean): Promise<boolean> {
  const { parts, asked, person } = turn;
  const dialogue = parts.dialogues.find(asked.from.id);
  // What was sent before it began, and waited until now, is none of its answers.
  if (!dialogue || asked.updateId < dialogue.begun_by) return false;
  if (dialogue.acted.includes(asked.updateId)) {
    turn.forget();
    const isSecret = dialogue.secret_from === asked.updateId;
    await again(turn, dialogue, isSecret ? [await takeAway(turn)] : []);
    return true;
  }
  if (isOvertaken(dialogue, asked.sentAt)) {
    turn.forget();
    await sayEnd(turn, dialogue, [hasKey(asked.text) ? await takeAway(turn) : '']);
    return true;
  }
  if (isOver(dialogue)) return isCancel ? false : await refuseLate(turn);
  if (!isInTime(dialogue, asked.sentAt, parts.clock.now())) {
    await sayEnd(turn, await end(turn, dialogue, 'expired'));
    return isCancel || (await refuseLate(turn));
  }
  turn.forget();
  if (isCancel) await sayEnd(turn, await end(turn, dialogue, 'cancelled'));
  else if (person?.enabled && mayAdminister(person)) await takeAnswer(turn, dialogue);
  else {
    const gone = stepOf(dialogue) === 'secret' || hasKey(asked.text) ? await takeAway(turn) : '';
    await sayEnd(turn, await end(turn, dialogue, 'refused'), [gone]);
  }
  return true;
}

/**
 * Hears a message, or an edit of one, where its sender has a dialogue in this private chat; says whether it was for that.
 * `isCancel`: it asks for the end of what is under way.
 */
export async function hearAdding(turn: Heard, isCancel: boolean): Promise<boolean> {
  const { parts, asked } = turn;
  if (asked.chat.kind !== 'private' || !parts.dialogues.find(asked.from.id)) return false;
  return await parts.dialogues.inTurn(asked.from.id, () => hearInTurn(turn, isCancel));
}

/** Asks again after a command that was run in the middle of a dialogue. */
export async function remindOfAdding(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked } = turn;
  if (asked.chat.kind !== 'private') return;
  await parts.dialogues.inTurn(asked.from.id, async () => {
    const dialogue = parts.dialogues.find(asked.from.id);
    if (!dialogue || isOver(dialogue) || !isInTime(dialogue, asked.sentAt, parts.clock.now())) return;
    const prolonged = prolong(dialogue, parts.clock.now());
    await parts.dialogues.save(prolonged);
    await ask(turn, prolonged, [textsFor(turn).goesOn]);
  });
}
