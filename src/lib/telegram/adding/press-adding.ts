/** Buttons of the dialogue: the one that begins it, and those under its questions. */

import { randomInt } from 'node:crypto';
import { agentsWithKeys } from '../../accounts/environment.ts';
import { mayAdminister } from '../../users/rights.ts';
import type { IncomingPress } from '../incoming.ts';
import { noteRefused } from '../refusals.ts';
import { accountTextsOf } from '../texts-accounts.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { Turn } from '../turn.ts';
import { advance, again } from './advance.ts';
import {
  beginDialogue,
  type Dialogue,
  endDialogue,
  type Given,
  goOnWith,
  isInTime,
  isOver,
  stepOf,
} from './dialogue.ts';
import { judgeAnswer } from './judge.ts';
import { type AddingVerb, ask, beginDetail, minutesToLive, readAdding, sayEnd } from './questions.ts';

/** What can be done with the press itself. */
export interface PressAnswer {
  /** Shows its text to whoever pressed. */
  acknowledge(text?: string): Promise<void>;
  /** Takes the buttons away from the message. */
  takeButtons(): Promise<void>;
}

const idLetters = '0123456789abcdefghijklmnopqrstuvwxyz';
const newId = () => Array.from({ length: 6 }, () => idLetters[randomInt(idLetters.length)]).join('');

async function begin(turn: Turn<IncomingPress>): Promise<void> {
  const { parts, asked, language } = turn;
  const { accounts, dialogues, clock } = parts;
  const texts = addAccountTextsOf(language);
  const now = clock.now();
  const there = dialogues.find(asked.from.id);
  if (there?.acted.includes(asked.updateId)) return await again(turn, there);
  if (there && !isOver(there) && isInTime(there, now, now)) return await ask(turn, there, [texts.underWay]);
  await accounts.safe.makeReady();
  const beginning = { id: newId(), userId: asked.from.id, threadId: asked.threadId, language };
  const begun = beginDialogue({ ...beginning, updateId: asked.updateId }, now);
  // From now on what comes is sealed; only then is anything asked.
  await dialogues.save(begun);
  parts.log.info({ by: asked.from.id }, 'an admin begins to add an account from the chat');
  await ask(turn, begun, [texts.begun(minutesToLive)]);
}

/** What a button answers; null where it answers another question than the open one, or carries nothing of ours. */
function answerOf(dialogue: Dialogue, verb: Exclude<AddingVerb, 'cancel'>, value: string): Partial<Given> | null {
  if (stepOf(dialogue) !== verb) return null;
  if (verb === 'kind') return value === 'key' || value === 'url' ? { with_url: value === 'url' } : null;
  const judged = judgeAnswer(verb, value, { agents: agentsWithKeys, isTaken: () => false });
  return 'given' in judged ? judged.given : null;
}

async function press(turn: Turn<IncomingPress>, detail: string, answer: PressAnswer): Promise<void> {
  const { parts, asked, texts } = turn;
  const { dialogues, clock } = parts;
  const read = readAdding(detail);
  const dialogue = dialogues.find(asked.from.id);
  if (!read || dialogue?.id !== read.id) return await answer.acknowledge(texts.pressTooLate);
  if (dialogue.acted.includes(asked.updateId)) {
    await answer.acknowledge();
    return await again(turn, dialogue);
  }
  if (isOver(dialogue)) return await answer.acknowledge(texts.pressTooLate);
  const now = clock.now();
  const isExpired = !isInTime(dialogue, asked.sentAt, now);
  if (isExpired || read.verb === 'cancel') {
    await answer.acknowledge();
    const ended = endDialogue(dialogue, isExpired ? 'expired' : 'cancelled', asked.updateId, now);
    await dialogues.save(ended);
    await answer.takeButtons();
    return await sayEnd(turn, ended);
  }
  const given = answerOf(dialogue, read.verb, read.value);
  if (!given) return await answer.acknowledge(texts.pressTooLate);
  await answer.acknowledge();
  const next = goOnWith(dialogue, given, asked.updateId, now);
  await dialogues.save(next);
  await answer.takeButtons();
  await advance(turn, next);
}

/** A press on a button of the dialogue: by an admin, in private, and as long as its question is open. */
export async function pressOnAdding(turn: Turn<IncomingPress>, detail: string, answer: PressAnswer): Promise<void> {
  const { parts, person, texts, asked, language } = turn;
  if (!person || !mayAdminister(person)) {
    await answer.acknowledge(texts.adminsOnly);
    return await noteRefused(turn, { why: 'not an admin', wanted: 'add an account' });
  }
  if (asked.chat.kind !== 'private') return await answer.acknowledge(accountTextsOf(language).privateOnly);
  await parts.dialogues.inTurn(asked.from.id, async () => {
    if (detail !== beginDetail) return await press(turn, detail, answer);
    await answer.acknowledge();
    await begin(turn);
  });
}
