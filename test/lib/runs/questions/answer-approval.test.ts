// Who answers an agent, and when it is too late; what nobody waits for any more is closed, and told.

import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { systemProcesses } from '../../../../src/lib/adapters/processes.ts';
import { keyOf } from '../../../../src/lib/outbox/entry.ts';
import { createOutbox } from '../../../../src/lib/outbox/store.ts';
import {
  type AnswerRequest,
  answerApproval,
  renderAnswerOutcome,
} from '../../../../src/lib/runs/questions/answer-approval.ts';
import { closeQuestions, watchQuestions } from '../../../../src/lib/runs/questions/questions.ts';
import { questionEntry } from '../../../../src/lib/runs/told.ts';
import { createApprovals, fingerprintOf, type NewApproval } from '../../../../src/lib/tasks/approvals.ts';
import { makeHome } from '../../../support/home.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { addTask, aRun, firstTaskTs, type TaskFields } from '../../../support/tasks.ts';

const ada = { id: '7', name: 'Ada' };
const patienceMs = 1_800_000;

async function openQuestion(fields: TaskFields = {}, changes: Partial<NewApproval> = {}) {
  const home = makeHome();
  const task = await addTask(home, { status: 'running', telegram_group: '123', ...fields });
  const clock = createManualClock();
  const approvals = createApprovals(home);
  const outbox = createOutbox({ ...home, clock, botId: null });
  const input = { command: 'npm test' };
  const approval = await approvals.ask({
    task_id: task.task_id,
    run: 1,
    tool: 'Bash',
    input,
    fingerprint: fingerprintOf('Bash', input),
    leads_to: null,
    agent_id: null,
    asked_at: new Date(clock.now()).toISOString(),
    expires_at: new Date(clock.now() + patienceMs).toISOString(),
    waiter: systemProcesses.identify(process.pid),
    ...changes,
  });
  const entry = questionEntry(task, approval, null);
  if (entry) await outbox.announce(entry, keyOf(entry.notification));
  const parts = { ...home, clock, outbox, processes: systemProcesses };
  return {
    parts,
    home,
    task,
    clock,
    approvals,
    approval,
    answer: (request: Partial<AnswerRequest> = {}) =>
      answerApproval(parts, {
        approvalId: approval.id,
        action: 'allow',
        person: ada,
        mayApprove: () => true,
        ...request,
      }),
    /** The answer that the question's message gets. */
    told: () => {
      const path = `${home.paths.outbox}/123/${entry ? keyOf(entry.notification) : ''}.json`;
      return JSON.parse(home.files.read(path) ?? 'null')?.notification.answer;
    },
  };
}

/** A process that is over, by number and start. */
async function goneProcess() {
  const child = spawn('sleep', ['100']);
  const id = systemProcesses.identify(child.pid as number);
  const exited = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGKILL');
  await exited;
  return id;
}

describe('an answer', () => {
  it.each([
    ['allow', { answer: 'allow', scope: 'once' }],
    ['allowTask', { answer: 'allow', scope: 'task' }],
    ['deny', { answer: 'deny', scope: 'once' }],
  ] as const)('%s stands, and the message gets it', async (action, expected) => {
    const { answer, approval, approvals, told } = await openQuestion();
    const by = { by: '7', by_name: 'Ada', how: 'person' };
    expect(await answer({ action })).toMatchObject({ kind: 'answered', answer: { ...expected, ...by } });
    expect(approvals.answerOf(approval)).toMatchObject({ ...expected, ...by });
    expect(told()).toMatchObject({ ...expected, ...by });
  });

  it('of somebody else comes too late', async () => {
    const { answer } = await openQuestion();
    await answer({ action: 'deny' });
    const late = await answer({ person: { id: '8', name: 'Bob' } });
    expect(late).toMatchObject({ kind: 'too-late', answer: { answer: 'deny', by: '7' } });
    expect(renderAnswerOutcome(late, 'en')).toBe('Too late: denied by Ada');
    expect(renderAnswerOutcome(late, 'zh')).toBe('太迟了：Ada 已拒绝');
  });

  it('of somebody who may not changes nothing', async () => {
    const { answer, approval, approvals, told, task } = await openQuestion();
    const seen: string[] = [];
    const outcome = await answer({ mayApprove: (one) => seen.push(one.task_id) < 0 });
    expect([outcome, seen]).toEqual([{ kind: 'not-allowed' }, [task.task_id]]);
    expect([approvals.answerOf(approval), told()]).toEqual([null, null]);
  });

  it('to a question that is not there is one to nothing', async () => {
    const { answer } = await openQuestion();
    for (const approvalId of ['', '../x', 'zzzzzzzzzzzz'])
      expect(await answer({ approvalId })).toEqual({ kind: 'unknown' });
  });

  it('after the time is over is the time’s', async () => {
    const { answer, clock, told } = await openQuestion();
    await clock.pass(patienceMs);
    const late = await answer();
    expect(late).toMatchObject({ kind: 'too-late', answer: { answer: 'deny', how: 'timeout', by: null } });
    expect(renderAnswerOutcome(late, 'en')).toBe('Too late: timed out, nobody answered within 30 min');
    expect(told()).toMatchObject({ how: 'timeout' });
  });

  it.each([
    ['ended', { status: 'completed' }],
    ['is in its next run', { runs: [aRun(firstTaskTs, 'lost'), aRun(firstTaskTs, null, { n: 2 })] }],
  ] as const)('for a task that %s closes the question', async (_case, fields) => {
    const { answer, told } = await openQuestion(fields as TaskFields);
    expect(await answer()).toMatchObject({ kind: 'too-late', answer: { answer: 'deny', how: 'void' } });
    expect(told()).toMatchObject({ how: 'void' });
  });

  it('that nobody would hear closes the question', async () => {
    const { answer } = await openQuestion({}, { waiter: await goneProcess() });
    const late = await answer({ action: 'allowTask' });
    expect(late).toMatchObject({ kind: 'too-late', answer: { answer: 'deny', scope: 'once', how: 'void' } });
    expect(renderAnswerOutcome(late, 'en')).toBe('Too late: no longer asked');
  });

  it('is said to whoever gave it, in a few words', async () => {
    const words = async (action: AnswerRequest['action']) => {
      const { answer } = await openQuestion();
      const outcome = await answer({ action });
      return [renderAnswerOutcome(outcome, 'en'), renderAnswerOutcome(outcome, 'zh')];
    };
    expect([...(await words('allow')), ...(await words('allowTask')), ...(await words('deny'))]).toMatchInlineSnapshot(`
      [
        "Allowed, this once.",
        "已允许这一次。",
        "Allowed for this task.",
        "已允许，本任务内有效。",
        "Denied.",
        "已拒绝。",
      ]
    `);
    expect(
      ['not-allowed', 'unknown'].flatMap((kind) =>
        (['en', 'zh'] as const).map((language) => renderAnswerOutcome({ kind } as never, language)),
      ),
    ).toMatchInlineSnapshot(`
      [
        "You may not answer this.",
        "你无权答复这个请求。",
        "This question is not known here.",
        "这里没有这个请求。",
      ]
    `);
  });
});

describe('questions of runs that are over', () => {
  it('are closed and told, and answered ones are told once more where that was missed', async () => {
    const { parts, home, approval, approvals, told } = await openQuestion();
    const ended = { ...(await addTask(home, { status: 'completed', task_id: 'task-9-1' })), task_id: approval.task_id };
    await closeQuestions(parts, { ...ended, telegram_group: '123' });
    expect(approvals.answerOf(approval)).toMatchObject({ how: 'void' });
    expect(told()).toMatchObject({ how: 'void' });

    const second = await openQuestion();
    const given = {
      answer: 'allow',
      scope: 'once',
      how: 'person',
      by: '7',
      by_name: 'Ada',
      at: approval.asked_at,
    } as const;
    await second.approvals.answer(second.approval, given);
    expect(second.told()).toBeNull();
    await closeQuestions(second.parts, second.task);
    expect(second.told()).toMatchObject({ how: 'person', by: '7' });
  });

  it('are left open while their run goes on', async () => {
    const { parts, task, approval, approvals } = await openQuestion();
    await closeQuestions(parts, task);
    expect(approvals.answerOf(approval)).toBeNull();
  });
});

describe('who follows a run', () => {
  it('sees its questions as they come and go', async () => {
    const { parts, task, approval, approvals, clock } = await openQuestion({}, { run: 2 });
    const watch = watchQuestions(parts, task, 1);
    expect(await watch.look()).toEqual([]);
    const { schema_version, id, ...question } = approval;
    const own = await approvals.ask({ ...question, run: 1 });
    expect(await watch.look()).toEqual([{ approval: own, answer: null }]);
    const given = { answer: 'allow', scope: 'once', how: 'person', by: '7', by_name: null, at: own.asked_at } as const;
    await approvals.answer(own, given);
    expect(await watch.look()).toMatchObject([{ answer: { answer: 'allow' } }]);
    await clock.pass(10 * 365 * 86_400_000);
    expect(await watch.look()).toMatchObject([{ answer: { answer: 'allow' } }]);
    await approvals.ask({ ...question, run: 1 });
    expect(await watch.look()).toHaveLength(2);
  });

  it('closes those whose asker was killed', async () => {
    const { parts, task, approval, approvals, told } = await openQuestion({}, { waiter: await goneProcess() });
    expect(await watchQuestions(parts, task, 1).look()).toMatchObject([{ answer: { how: 'void' } }]);
    expect(approvals.answerOf(approval)).toMatchObject({ how: 'void' });
    expect(told()).toMatchObject({ how: 'void' });
  });
});
