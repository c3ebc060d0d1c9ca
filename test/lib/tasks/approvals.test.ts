// Questions and their answers on disk: found by their ids, answered once, whoever is first, and never by a broken file.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePress, encodePress } from '../../../src/lib/notifications/buttons.ts';
import { createApprovals, fingerprintOf, type NewAnswer, type NewApproval } from '../../../src/lib/tasks/approvals.ts';
import { makeHome } from '../../support/home.ts';
import { addTask } from '../../support/tasks.ts';

const at = '2026-11-20T10:00:00.000Z';
const allow: NewAnswer = { answer: 'allow', scope: 'once', how: 'person', by: '7', by_name: 'Ada', at };

function questionOf(taskId: string, fields: Partial<NewApproval> = {}): NewApproval {
  const input = { command: 'npm test' };
  const fingerprint = fingerprintOf('Bash', input);
  const expires_at = '2026-11-20T10:30:00.000Z';
  const about = { task_id: taskId, run: 1, tool: 'Bash', input, fingerprint, leads_to: null, agent_id: null };
  return { ...about, asked_at: at, expires_at, waiter: null, ...fields };
}

async function openApprovals(chat = '123') {
  const home = makeHome();
  const task = await addTask(home, { task_id: `task-${chat}-1763600000000` });
  return { home, task, approvals: createApprovals(home) };
}

describe('a question', () => {
  it.each(['123', '-1001234567890', 'local', '-99999999999999999999'])(
    'of chat %s is found by an id that is short and fits into a button',
    async (chat) => {
      const { task, approvals } = await openApprovals(chat);
      const approval = await approvals.ask(questionOf(task.task_id));
      expect(approval.id).toMatch(/^[a-z0-9]{5,24}$/);
      expect(approvals.find(approval.id)).toEqual({ approval, answer: null });
      const press = { action: 'allowTask', taskId: null, run: 0, detail: approval.id } as const;
      expect(decodePress(encodePress(press))).toEqual(press);
    },
  );

  it('is not found by anything else', async () => {
    const { task, approvals } = await openApprovals();
    const { id } = await approvals.ask(questionOf(task.task_id));
    const other = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
    for (const text of ['', 'x', '../../x', 'zzzzzzzzzzzzzzz', id.toUpperCase(), other, `${id}.answer`]) {
      expect(approvals.find(text), text).toBeNull();
    }
  });

  it('is listed with its answer, the oldest first; only open ones are open', async () => {
    const { task, approvals } = await openApprovals();
    const later = await approvals.ask(questionOf(task.task_id, { asked_at: '2026-11-20T10:00:05.000Z' }));
    const first = await approvals.ask(questionOf(task.task_id));
    const { answer } = await approvals.answer(first, allow);
    expect(approvals.list(task.task_id)).toEqual([
      { approval: first, answer },
      { approval: later, answer: null },
    ]);
    expect(approvals.open(task.task_id)).toEqual([later]);
    expect(approvals.list('task-9-1')).toEqual([]);
  });

  it('that cannot be read is passed over; an answer that cannot be read allows nothing', async () => {
    const { home, task, approvals } = await openApprovals();
    const approval = await approvals.ask(questionOf(task.task_id));
    const folder = path.join(home.paths.task(task.task_id), 'approvals');
    for (const [name, text] of [
      ['aaaaaaaa.json', '{"schema_version":1'],
      ['bbbbbbbb.json', 'null'],
      ['cccccccc.json', '[]'],
      ['.tmp-1-x.json', '{}'],
    ] as const) {
      fs.writeFileSync(path.join(folder, name), text);
    }
    fs.writeFileSync(path.join(folder, `${approval.id}.answer.json`), '{"schema_version":1,"answer":"yes"}');
    expect(approvals.list(task.task_id)).toMatchObject([{ approval, answer: { answer: 'deny', how: 'void' } }]);
  });
});

describe('an answer', () => {
  it('is the first one, whoever else answers', async () => {
    const { task, approvals } = await openApprovals();
    const approval = await approvals.ask(questionOf(task.task_id));
    const given = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        approvals.answer(approval, { ...allow, answer: index % 2 ? 'allow' : 'deny', by: String(index) }),
      ),
    );
    expect(given.filter(({ isFirst }) => isFirst)).toHaveLength(1);
    const stands = given.find(({ isFirst }) => isFirst)?.answer;
    for (const { answer } of given) expect(answer).toEqual(stands);
    expect(approvals.answerOf(approval)).toEqual(stands);
  });

  it('for the task holds for the same question only, and only when a person allowed it', async () => {
    const { task, approvals } = await openApprovals();
    const ask = (input: Record<string, unknown>) =>
      approvals.ask(questionOf(task.task_id, { input, fingerprint: fingerprintOf('Bash', input) }));
    const test = { command: 'npm test' };
    const granted = (command: string) => approvals.grantFor(task.task_id, fingerprintOf('Bash', { command }));
    await approvals.answer(await ask(test), allow);
    expect(granted('npm test')).toBeNull();
    await approvals.answer(await ask({ command: 'rm -rf x' }), { ...allow, answer: 'deny', scope: 'task' });
    expect(granted('rm -rf x')).toBeNull();
    const { answer } = await approvals.answer(await ask(test), { ...allow, scope: 'task' });
    expect(granted('npm test')).toEqual(answer);
    expect(granted('npm test ')).toBeNull();
  });
});

describe('the same question', () => {
  const bash = (input: Record<string, unknown>) => fingerprintOf('Bash', input);
  const plain = bash({ command: 'npm test' });

  it.each([
    ['another description', { command: 'npm test', description: 'Runs the tests' }, true],
    ['another time limit', { timeout: 5, command: 'npm test' }, true],
    ['another command', { command: 'npm test; rm -rf ~' }, false],
    ['a sandbox switched off', { command: 'npm test', dangerouslyDisableSandbox: true }, false],
    ['a run in the background', { command: 'npm test', run_in_background: true }, false],
  ])('with %s', (_case, input, isSame) => expect(bash(input) === plain).toBe(isSame));

  it('is the same tool where there is no command, whatever it is used for', () => {
    expect(fingerprintOf('Write', { file_path: 'a' })).toBe(fingerprintOf('Write', { file_path: 'b' }));
    expect(fingerprintOf('Write', {})).not.toBe(fingerprintOf('Edit', {}));
    expect(fingerprintOf('Monitor', { command: 'a' })).not.toBe(fingerprintOf('Bash', { command: 'a' }));
  });
});
