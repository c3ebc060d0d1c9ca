/** Answers to questions, by a button or in words: the person's answer reaches the agent that waits for it. */

import type { Press } from '../notifications/buttons.ts';
import {
  type AnswerOutcome,
  type AnswerRequest,
  answerApproval,
  renderAnswerOutcome,
} from '../runs/questions/answer-approval.ts';
import { type Approval, type ApprovalAnswer, createApprovals } from '../tasks/approvals.ts';
import type { Person } from '../users/record.ts';
import { mayApprove } from '../users/rights.ts';
import { liveTasks } from './find-tasks.ts';
import type { IncomingMessage, IncomingPress } from './incoming.ts';
import { noteRefused } from './refusals.ts';
import { say } from './say.ts';
import { askingChat, type Turn } from './turn.ts';

/** What a press on a question says, and on which. */
function readPress({ action, detail }: Press): Pick<AnswerRequest, 'approvalId' | 'action' | 'words'> | null {
  if (action === 'choose') {
    const [, approvalId = '', index = ''] = /^([0-9a-z]+)-(\d)$/.exec(detail) ?? [];
    return { approvalId, action: 'answer', words: Number(index) };
  }
  return action === 'allow' || action === 'allowTask' || action === 'deny' ? { approvalId: detail, action } : null;
}

/** Answers the question; gives what the presser is told. The question's message is changed by whoever delivers. */
export async function answerPress(turn: Turn<IncomingPress>, press: Press): Promise<string> {
  const said = readPress(press);
  if (!turn.person || !said) return turn.texts.pressUnknown;
  return renderAnswerOutcome(await answer(turn, turn.person, said), turn.language);
}

async function answer(
  turn: Turn,
  person: Person,
  said: Pick<AnswerRequest, 'approvalId' | 'action' | 'words'>,
): Promise<AnswerOutcome> {
  const { parts, asked } = turn;
  const outcome = await answerApproval(parts.approvals, {
    ...said,
    person: { id: person.id, name: person.name || asked.from.name },
    mayApprove: (task) => mayApprove(person, task, askingChat(turn), parts.settings),
  });
  if (outcome.kind === 'not-allowed') await noteRefused(turn, { why: 'may not approve', approval: said.approvalId });
  // Its run may be without a worker.
  if (outcome.kind === 'answered') parts.wake();
  return outcome;
}

/**
 * The question that a reply answers. Of one whose message nobody has noted yet (its sender was killed, or is about to) the
 * text tells; then it is the only one that is open here.
 */
function questionAnswered(turn: Turn<IncomingMessage>): Approval | null {
  const { parts, asked } = turn;
  if (!asked.replyTo?.isOurs) return null;
  const chatIds = [asked.chat.id, ...parts.chats.formerIds(asked.chat.id)];
  const approvals = createApprovals(parts);
  const id = parts.sent.questionOf(chatIds, asked.replyTo.messageId);
  if (id !== null) return approvals.find(id)?.approval ?? null;
  if (!asked.replyTo.text.startsWith('❓') || parts.sent.taskOf(chatIds, asked.replyTo.messageId) !== null) return null;
  const here = liveTasks(parts).filter(({ telegram_group: chat }) => chat !== null && chatIds.includes(chat));
  const open = here.flatMap(({ task_id }) => approvals.open(task_id)).filter(({ kind }) => kind !== undefined);
  return open.length === 1 ? (open[0] ?? null) : null;
}

/** What people say for yes and for no, with nothing else around it. */
const yes =
  /^(y|yes|yep|yeah|ok|okay|sure|allow|go ahead|好|好的|好吧|可以|行|是|是的|同意|允许|批准|嗯|👍|👌|✅)[\s.!。！]*$/iu;
const no = /^(n|no|nope|deny|don['’]?t|不|不行|不要|不可以|不用|不同意|否|别|拒绝|👎|🚫|❌)[\s.!。！]*$/iu;

/** A reply to a question that wants yes or no: one of them in words, which never allow more than this once. */
async function answerYesOrNo(turn: Turn<IncomingMessage>, person: Person, { id }: Approval): Promise<void> {
  const { asked, texts, language } = turn;
  // The colour of a hand's skin says nothing.
  const words = asked.text.trim().replace(/[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu, '');
  const action = yes.test(words) ? 'allow' : no.test(words) ? 'deny' : null;
  if (action === null) return await say(turn, texts.answerYesOrNo);
  const isReplay = turn.plan?.kind === 'control';
  if (turn.plan === null) await turn.fix({ kind: 'control', targets: [{ id, spell: 1 }] });
  const outcome = await answer(turn, person, { approvalId: id, action });
  await say(turn, renderAnswerOutcome(isReplay ? asFirst(outcome, person, { answer: action }) : outcome, language));
}

/** A replay finds its own answer. */
function asFirst(outcome: AnswerOutcome, { id }: Person, said: Partial<ApprovalAnswer>): AnswerOutcome {
  const isOwn =
    outcome.kind === 'too-late' &&
    outcome.answer.by === id &&
    (said.answer === undefined || outcome.answer.answer === said.answer) &&
    (said.choice === undefined || outcome.answer.choice === said.choice);
  return isOwn ? { ...outcome, kind: 'answered' } : outcome;
}

/** Takes a reply to an open question as the answer to it; says whether it was one. */
export async function answerByReply(turn: Turn<IncomingMessage>): Promise<boolean> {
  const { asked, person, language, parts } = turn;
  const question = asked.text === '' ? null : questionAnswered(turn);
  if (!person || !question) return false;
  if (question.kind === undefined) {
    // Once it is answered, who answers its message goes on with the task.
    const isOpen = createApprovals(parts)
      .open(question.task_id)
      .some(({ id }) => id === question.id);
    if (!isOpen && turn.plan?.kind !== 'control') return false;
    await answerYesOrNo(turn, person, question);
    return true;
  }
  const outcome = await answer(turn, person, { approvalId: question.id, action: 'answer', words: asked.text });
  await say(turn, renderAnswerOutcome(asFirst(outcome, person, { choice: asked.text }), language));
  return true;
}
