/** What `ccdispatch approvals allow`, `deny` and `answer` have in common. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { fail } from '../lib/errors/errors.ts';
import { createOutbox } from '../lib/outbox/store.ts';
import { type AnswerRequest, answerApproval, renderAnswerOutcome } from '../lib/runs/questions/answer-approval.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { printJson } from './output.ts';

/** Whoever has a shell is the owner: he may answer everything. */
export async function answerAtShell(
  app: App,
  approvalId: string,
  said: Pick<AnswerRequest, 'action' | 'words'>,
  flags: { json?: boolean },
): Promise<void> {
  const parts = { ...app, tasks: await app.openTasks(), outbox: createOutbox({ ...app, botId: null }) };
  const person = { id: 'shell', name: null };
  const outcome = await answerApproval(parts, { approvalId, ...said, person, mayApprove: () => true });
  const hint = 'See what is open with: ccdispatch approvals list';
  if (outcome.kind === 'unknown') return fail('not-found', `There is no question ${approvalId}.`, hint);
  if (outcome.kind === 'needs-words') {
    const how = outcome.isPlain ? 'allow' : 'answer';
    const what = `${approvalId} ${outcome.isPlain ? 'can only be allowed or denied' : 'wants an answer in words'}.`;
    return fail('usage', what, `Answer with: ccdispatch approvals ${how} ${approvalId}`);
  }
  if (outcome.kind !== 'answered') {
    return fail('failed', `${approvalId}: ${renderAnswerOutcome(outcome, 'en')}.`, hint);
  }
  // Its message is to be changed, and its run may be without a worker.
  ensureWorker(wakeParts(app));
  if (flags.json) return printJson(app, outcome.answer);
  app.terminal.say(`${approvalId}: ${renderAnswerOutcome(outcome, 'en')}\n`);
}
