// An agent's question from its hook to the answer that it hears: who is asked, what is shown, and how it ends.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePermissionInput } from '../../../src/lib/notify/permission-hook.ts';
import { answerOf, hookText, openAsking, patienceMs } from './asking.ts';

describe('a question', () => {
  it('is on disk and in the outbox before it is waited for, and the answer goes back to the agent', async () => {
    const { task, ask, open, approvals, announced, clock, woken } = await openAsking();
    const deciding = ask(hookText({ agent_id: 'a1b2' }));
    const [asked] = await open();
    expect(asked?.approval).toMatchObject({
      task_id: task.task_id,
      run: 1,
      tool: 'Bash',
      input: { command: 'npm test', description: 'Run the tests' },
      agent_id: 'a1b2',
      asked_at: new Date(clock.now()).toISOString(),
      expires_at: new Date(clock.now() + patienceMs).toISOString(),
      waiter: { pid: process.pid },
    });
    const id = asked?.approval.id;
    expect(announced()).toMatchObject([
      {
        key: `${task.task_id}.1.question-${id}`,
        bot_id: '7',
        task_id: task.task_id,
        notification: { kind: 'question', approval_id: id, tool: 'Bash', patience_ms: patienceMs, answer: null },
      },
    ]);
    expect(woken.count).toBe(1);
    if (asked) await approvals.answer(asked.approval, answerOf('allow'));
    expect(await deciding).toEqual({ behavior: 'allow' });
    expect(announced()[0]?.notification.answer).toMatchObject({ answer: 'allow', how: 'person', by_name: 'Ada' });
    expect(woken.count).toBe(2);
  });

  it('that is denied says so, and not that it timed out', async () => {
    const { ask, open, approvals } = await openAsking();
    const deciding = ask();
    for (const { approval } of await open()) await approvals.answer(approval, answerOf('deny'));
    expect(await deciding).toMatchInlineSnapshot(`
      {
        "behavior": "deny",
        "message": "A person has denied this. Do not reach for the same by another way; go on without it, or say what you could not do.",
      }
    `);
  });

  it('that nobody answers in time is denied, and says that it timed out', async () => {
    const { task, ask, open, approvals, announced, clock } = await openAsking();
    const deciding = ask();
    await open();
    await clock.pass(patienceMs - 1);
    expect(approvals.open(task.task_id)).toHaveLength(1);
    await clock.pass(1);
    expect(await deciding).toMatchInlineSnapshot(`
      {
        "behavior": "deny",
        "message": "Nobody answered within 30 min whether this is allowed: it timed out, nobody denied it. Go on without it, or say that it is still to be done.",
      }
    `);
    expect(approvals.list(task.task_id)).toMatchObject([{ answer: { answer: 'deny', how: 'timeout', by: null } }]);
    expect(announced()[0]?.notification.answer).toMatchObject({ how: 'timeout' });
  });

  it('is told again to somebody who delivers, as long as it has not reached the chat', async () => {
    const { ask, open, clock, woken, stop } = await openAsking();
    const deciding = ask();
    await open();
    await clock.pass(61_000);
    expect(woken.count).toBe(4);
    stop.abort();
    await deciding;
  });
});

describe('an agent is not asked about, and decides by its own rules,', () => {
  it.each([
    ['where it is none of ours', { CCDISPATCH_TASK_ID: undefined }],
    ['where its task is another home’s', { CCDISPATCH_TASK_DIR: '/elsewhere' }],
    ['where its task id is none', { CCDISPATCH_TASK_ID: '../../x' }],
  ])('%s', async (_case, env) => {
    const { home, parts, ask, task } = await openAsking();
    expect(await ask(hookText(), { env: { ...parts.env, ...env } })).toBeNull();
    expect(home.files.list(home.paths.task(task.task_id))).not.toContain('approvals');
  });

  it('where our agent has started it', async () => {
    const { ask, announced, task, approvals } = await openAsking();
    expect(await ask(hookText({ session_id: 'another-conversation' }))).toBeNull();
    expect([approvals.list(task.task_id), announced()]).toEqual([[], []]);
  });
});

describe('a task without a chat', () => {
  it('is denied at once', async () => {
    const { ask, approvals, task } = await openAsking({ telegram_group: null });
    expect(await ask()).toMatchObject({ behavior: 'deny', message: expect.stringContaining('Nobody can be asked') });
    expect(approvals.list(task.task_id)).toEqual([]);
  });

  it('is asked about where somebody answers at a shell', async () => {
    const { ask, open, approvals, home } = await openAsking({ telegram_group: null, options: { approvals: true } });
    const deciding = ask();
    for (const { approval } of await open()) await approvals.answer(approval, answerOf('allow'));
    expect(await deciding).toEqual({ behavior: 'allow' });
    expect(home.files.list(home.paths.outbox)).toEqual([]);
  });
});

describe('an answer for the task', () => {
  it('answers the same question at once, without a word in the chat, and no other one', async () => {
    const { ask, open, approvals, announced, clock, task } = await openAsking();
    const first = ask();
    for (const { approval } of await open()) await approvals.answer(approval, answerOf('allow', 'task'));
    expect(await first).toEqual({ behavior: 'allow' });
    await clock.pass(1);
    expect(await ask(hookText({ tool_input: { command: 'npm test', description: 'Once more' } }))).toEqual({
      behavior: 'allow',
    });
    expect(announced()).toHaveLength(1);
    expect(approvals.list(task.task_id).map(({ answer }) => [answer?.how, answer?.by])).toEqual([
      ['person', '7'],
      ['rule', '7'],
    ]);
    const other = ask(hookText({ tool_input: { command: 'npm test -- --all' } }));
    for (const { approval } of await open()) await approvals.answer(approval, answerOf('deny'));
    expect(await other).toMatchObject({ behavior: 'deny' });
  });

  it('answers the same question where that is open already', async () => {
    const { ask, open, approvals, announced } = await openAsking();
    const both = [ask(), ask()];
    const [first] = await open(2);
    if (first) await approvals.answer(first.approval, answerOf('allow', 'task'));
    expect(await Promise.all(both)).toEqual([{ behavior: 'allow' }, { behavior: 'allow' }]);
    const how = announced().map(({ notification }) => (notification.answer as { how: string }).how);
    expect(how.sort()).toEqual(['person', 'rule']);
  });
});

describe('nobody waits any more', () => {
  it('when the agent is gone', async () => {
    const agent = spawn('sleep', ['100']);
    onTestFinished(() => void agent.kill('SIGKILL'));
    const { ask, open, approvals, task, parts, clock, announced } = await openAsking();
    const deciding = ask(hookText(), { env: { ...parts.env, CLAUDE_PID: String(agent.pid) } });
    await open();
    await clock.pass(5000);
    expect(approvals.open(task.task_id)).toHaveLength(1);
    const exited = new Promise((resolve) => agent.on('exit', resolve));
    agent.kill('SIGKILL');
    await exited;
    await clock.pass(5000);
    expect(await deciding).toBeNull();
    expect(approvals.list(task.task_id)).toMatchObject([{ answer: { answer: 'deny', how: 'void' } }]);
    expect(announced()[0]?.notification.answer).toMatchObject({ how: 'void' });
  });

  it('when the run’s process is gone, where the agent does not name itself', async () => {
    const { ask, approvals, task, parts } = await openAsking();
    expect(await ask(hookText(), { env: { ...parts.env, CLAUDE_PID: undefined } })).toBeNull();
    expect(approvals.list(task.task_id)).toMatchObject([{ answer: { how: 'void' } }]);
  });

  it('when the hook is told to leave', async () => {
    const { ask, open, approvals, task, stop } = await openAsking();
    const deciding = ask();
    await open();
    stop.abort();
    expect(await deciding).toBeNull();
    expect(approvals.list(task.task_id)).toMatchObject([{ answer: { how: 'void' } }]);
  });
});

describe('what is shown', () => {
  it('has secrets masked and nothing hidden, on disk and in the chat', async () => {
    const { ask, open, announced, stop, home, task } = await openAsking();
    const command = 'curl -H "x: hunter22" \u202eevil';
    const deciding = ask(hookText({ tool_name: 'X\u0000', tool_input: { command, nested: [{ key: 'hunter22' }] } }));
    const [asked] = await open();
    expect(asked?.approval.input).toEqual({ command: 'curl -H "x: ***" \u202eevil', nested: [{ key: '***' }] });
    const [entry] = announced();
    expect(entry?.notification).toMatchObject({ tool: 'X␀', fields: [{ value: 'curl -H "x: ***" ⟨U+202E⟩evil' }, {}] });
    const folder = home.paths.task(task.task_id);
    for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.json')) expect(home.files.read(`${folder}/${file}`), file).not.toContain('hunter22');
    }
    stop.abort();
    await deciding;
  });

  it('names the file that a path leads to by a link, there already or not', async () => {
    const { ask, open, approvals, home } = await openAsking();
    fs.writeFileSync(`${home.outside}/real.txt`, '');
    fs.symlinkSync(`${home.outside}/real.txt`, `${home.outside}/link.txt`);
    fs.symlinkSync(home.home, `${home.outside}/folder`);
    const leadsTo = async (tool_input: object) => {
      const deciding = ask(hookText({ tool_name: 'Read', tool_input, cwd: home.outside }));
      const [asked] = await open();
      if (asked) await approvals.answer(asked.approval, answerOf('deny'));
      await deciding;
      return asked?.approval.leads_to;
    };
    expect(await leadsTo({ file_path: `${home.outside}/link.txt` })).toBe(`${home.outside}/real.txt`);
    expect(await leadsTo({ notebook_path: 'folder/new.txt' })).toBe(`${home.home}/new.txt`);
    expect(await leadsTo({ file_path: 'real.txt' })).toBeNull();
    expect(await leadsTo({ file_path: '/no/such/folder/x' })).toBeNull();
    expect(await leadsTo({ path: 'a\u0000b' })).toBeNull();
  });

  it('is a file where it is long, and holds all of it', async () => {
    const { ask, open, announced, stop, home } = await openAsking();
    const content = `${'a line of it\n'.repeat(2000)}rm -rf ~\u0007`;
    const deciding = ask(hookText({ tool_name: 'Write', tool_input: { file_path: '/etc/x', content } }));
    await open();
    const notification = announced()[0]?.notification as { input_file: string; fields: { value: string }[] };
    const whole = home.files.read(notification.input_file);
    expect(whole).toContain('│ rm -rf ~␇\n');
    expect(whole?.match(/a line of it/g)).toHaveLength(2000);
    expect(JSON.stringify(notification.fields).length).toBeLessThan(3000);
    stop.abort();
    await deciding;
  });
});

it.each([
  '',
  'x',
  'null',
  '[]',
  '{}',
  '{"session_id":"x","tool_name":"Bash"}',
  '{"session_id":1,"tool_name":"B","tool_input":{}}',
])('takes %j for no hook', (text) => expect(parsePermissionInput(text)).toBeNull());
