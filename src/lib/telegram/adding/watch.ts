/** Ends dialogues that nobody answers, and forgets the ends of earlier ones. */

import { sayTo } from '../say.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { BotParts } from '../turn.ts';
import { endDialogue, isInTime, isOver } from './dialogue.ts';
import { minutesToLive } from './questions.ts';

/** Answers that were sent in time while nobody listened come within this time after the start. */
const graceMs = 60_000;

async function endIfDue(parts: BotParts, userId: string, isPatient: boolean): Promise<void> {
  const { dialogues, clock } = parts;
  const dialogue = dialogues.all().find(({ user_id }) => user_id === userId);
  const now = clock.now();
  if (!dialogue || isInTime(dialogue, now, now)) return;
  if (isOver(dialogue)) return dialogues.remove(userId);
  if (isPatient) return;
  await dialogues.save(endDialogue(dialogue, 'expired', null, now));
  const { language, thread_id: threadId } = dialogue;
  await sayTo(parts, { chatId: userId, threadId }, addAccountTextsOf(language).expired(minutesToLive));
}

/** Looks once whenever it is called, which is to be often. */
export function createAddingWatch(parts: BotParts): () => Promise<void> {
  const { dialogues, clock } = parts;
  const patientUntil = clock.now() + graceMs;
  return async () => {
    const isPatient = clock.now() < patientUntil;
    for (const { user_id } of dialogues.all()) {
      await dialogues.inTurn(user_id, () => endIfDue(parts, user_id, isPatient));
    }
  };
}
