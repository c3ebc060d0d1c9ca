/** Presses on the buttons of a question. */

import type { Press } from '../notifications/buttons.ts';
import type { IncomingPress } from './incoming.ts';
import type { Turn } from './turn.ts';

export async function answerPress(turn: Turn<IncomingPress>, _press: Press): Promise<string> {
  return turn.texts.pressUnknown;
}
