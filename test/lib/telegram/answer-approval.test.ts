// A reply in words to a question that wants yes or no: what counts as which, and that nothing else comes of it.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemProcesses } from '../../../src/lib/adapters/processes.ts';
import { keyOf } from '../../../src/lib/outbox/entry.ts';
import { questionEntry } from '../../../src/lib/runs/told.ts';
import { createApprovals, fingerprintOf } from '../../../src/lib/tasks/approvals.ts';
import { ada, openBotStage } from '../../support/bot-stage.ts';

const messageId = 77;

/** A stage with an open question whose message the chat shows. */
async function ask(users?: Record<string, object>) {
  const stage = openBotStage(users ? { users } : { users: { 5: { enabled: true, allowed_features: ['approve'] } } });
  const task = await stage.hasTask({ status: 'running', agent_session_id: 'c-1' });
  const input = { command: 'npm test' };
  const approvals = createApprovals(stage.parts);
  const approval = await approvals.ask({
    task_id: task.task_id,
    run: 1,
    tool: 'Bash',
    input,
    fingerprint: fingerprintOf('Bash', input),
    agent_id: null,
    asked_at: new Date(stage.clock.now()).toISOString(),
    expires_at: new Date(stage.clock.now() + 60_000).toISOString(),
    waiter: systemProcesses.identify(process.pid),
  });
  const entry = questionEntry(task, approval, null);
  if (!entry) throw new Error('The question has no chat.');
  const key = keyOf(entry.notification);
  await stage.parts.outbox.announce(entry, key);
  const delivery = { schema_version: 1, sent: [{ part: 0, message_id: messageId }] };
  fs.writeFileSync(`${stage.home.paths.outbox}/5/${key}.delivery.json`, JSON.stringify(delivery));
  const replyTo = { messageId, isOurs: true, text: '❓ calc' };
  return {
    stage,
    replies: (text: string, plan: object | null = null, languageCode = 'en') =>
      stage.says(text, { replyTo, from: { ...ada, languageCode } }, plan),
    answer: () => approvals.answerOf(approval),
    tasks: () => stage.home.tasks.ids('5').length,
  };
}

describe('a reply to a question that wants yes or no', () => {
  it.each(['yes', 'OK!', 'Go ahead.', '好的。', '可以', '👍🏽'])('%s allows it, once', async (text) => {
    const { replies, answer, tasks } = await ask();
    expect(await replies(text)).toEqual(['Allowed, this once.']);
    expect(answer()).toMatchObject({ answer: 'allow', scope: 'once', how: 'person', by: '5' });
    expect(tasks()).toBe(1);
  });

  it.each(['no', "Don't", '不行！', '不', '👎'])('%s denies it', async (text) => {
    const { replies, answer, tasks } = await ask();
    expect(await replies(text)).toEqual(['Denied.']);
    expect(answer()).toMatchObject({ answer: 'deny', how: 'person' });
    expect(tasks()).toBe(1);
  });

  it.each(['yes but only in /tmp', 'no, do it otherwise', 'why?', '好像不对', 'yesterday'])(
    '%s is neither: it is said what is waited for, and nothing waits behind it',
    async (text) => {
      const { replies, answer, tasks } = await ask();
      const hint = 'The agent waits for a yes or a no: reply with one of them, or press a button.';
      expect(await replies(text)).toEqual([hint]);
      expect(await replies(text, null, 'zh')).toEqual(['智能体在等你说可以或不可以：请回复“好”或“不”，或按按钮。']);
      expect([answer(), tasks()]).toEqual([null, 1]);
    },
  );

  it('counts only from who may answer', async () => {
    const { replies, answer } = await ask({ 5: { enabled: true, allowed_features: [] } });
    expect(await replies('yes')).toEqual(['You may not answer this.']);
    expect(answer()).toBeNull();
  });

  it('is the same answer after a crash; later a reply goes on with the task', async () => {
    const { stage, replies, tasks } = await ask();
    await replies('yes');
    const plan = stage.fixed();
    expect(plan).toMatchObject({ kind: 'control' });
    expect(await replies('yes', plan)).toEqual(['Allowed, this once.']);
    expect(tasks()).toBe(1);
    await replies('no');
    expect(tasks()).toBe(2);
  });
});
