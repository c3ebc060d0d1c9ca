/** Presses on the buttons of a question: the person's answer reaches the agent that waits for it. */

import type { Press } from '../notifications/buttons.ts';
import { answerApproval, renderAnswerOutcome } from '../runs/answer-approval.ts';
import { mayApprove } from '../users/rights.ts';
import type { IncomingPress } from './incoming.ts';
import { noteRefused } from './refusals.ts';
import { askingChat, type Turn } from './turn.ts';

/** Answers the question; gives what the presser is told. The question's message is changed by whoever delivers. */
export async function answerPress(turn: Turn<IncomingPress>, press: Press): Promise<string> {
  const { parts, person, language, texts, asked } = turn;
  const { action } = press;
  if (!person || (action !== 'allow' && action !== 'allowTask' && action !== 'deny')) return texts.pressUnknown;
  const outcome = await answerApproval(parts.approvals, {
    approvalId: press.detail,
    action,
    person: { id: person.id, name: person.name || asked.from.name },
    mayApprove: (task) => mayApprove(person, task, askingChat(turn), parts.settings),
  });
  if (outcome.kind === 'not-allowed') await noteRefused(turn, { why: 'may not approve', approval: press.detail });
  // Its run may be without a worker.
  if (outcome.kind === 'answered') parts.wake();
  return renderAnswerOutcome(outcome, language);
}
