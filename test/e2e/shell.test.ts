// What a shell sees of a task: ids at once, answers when waited for, the story when followed, from inside an agent too.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProc, isRunning, readEnvironment, type Scene, startScene } from '../support/e2e.ts';
import { bash, makeGate, writes } from '../support/e2e-model.ts';
import { program } from '../support/run-command.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

describe('dispatch', () => {
  it('gives a shell the id at once, although the worker that it started lives on', async () => {
    const gate = makeGate();
    scene.plays('slowly', [{ text: 'At last.' }], { before: () => gate.opened });
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', 'id=$("$0" "$1" dispatch think slowly); echo "id: $id"', process.execPath, program],
      { cwd: scene.folder, env: scene.env },
    );
    const taskId = /^id: (task-local-\d+)\n$/.exec(stdout)?.[1] as string;
    expect((await scene.running(taskId)).status).toBe('running');
    expect(scene.workerPid()).not.toBeNull();
    gate.open();
    expect(await scene.ended(taskId)).toMatchObject({ result: 'At last.', telegram_group: null });
  });

  it('takes the prompt from standard input, and prints the record with --json', async () => {
    scene.plays('walnut', [{ text: 'A nut.' }]);
    const { stdout, exitCode } = await scene.cli(['dispatch', '-p', '-', '--json', '--priority', 'high'], {
      input: 'what is\na walnut?\n',
    });
    expect(exitCode).toBe(0);
    const task = JSON.parse(stdout);
    expect(task).toMatchObject({ status: 'pending', priority: 8, task_name: 'what is a walnut?', runs: [] });
    await scene.ended(task.task_id);
    expect(scene.asked('walnut')[0]?.sessionText).toBe('what is\na walnut?');
  });

  it('prints the whole record in the end with --wait --json', async () => {
    scene.plays('hazel', [{ text: 'Another nut.' }]);
    const { stdout, exitCode } = await scene.cli(['dispatch', '--wait', '--json', 'what is hazel?']);
    expect(exitCode).toBe(0);
    const task = JSON.parse(stdout);
    expect(task).toMatchObject({ status: 'completed', result: 'Another nut.', reason: null });
    await scene.ended(task.task_id);
  });

  it('tells the story on standard error with --follow, and the answer on standard output', async () => {
    scene.plays('pistachio', writes('nut.txt', 'green\n', 'It is green.'));
    const { stdout, stderr, exitCode } = await scene.cli(['dispatch', '--follow', 'write about a pistachio']);
    expect({ stdout, exitCode }).toEqual({ stdout: 'It is green.\n', exitCode: 0 });
    expect(stderr).toBe('▸ Write nut.txt\nIt is green.\n');
  });

  it('follows a running task from elsewhere with tasks logs -f', async () => {
    const gate = makeGate();
    scene.plays('almond', writes('nut.txt', 'brown\n', 'It is brown.'), {
      before: ({ toolResults }) => (toolResults > 0 ? gate.opened : undefined),
    });
    const taskId = await scene.dispatch(['write about an almond']);
    await scene.running(taskId);
    const following = scene.cli(['tasks', 'logs', '-f', 'latest']);
    gate.open();
    expect((await following).stdout).toBe('▸ Write nut.txt\nIt is brown.\n');
    await scene.ended(taskId);
  });

  it('leaves the task running when the person stops waiting', async () => {
    const gate = makeGate();
    scene.plays('chestnut', [{ text: 'A tree.' }], { before: () => gate.opened });
    let pid = 0;
    const waiting = scene.cli(['dispatch', '--wait', '-g', '1007', 'what is a chestnut?'], {
      onStart: (started) => {
        pid = started;
      },
    });
    const taskId = await scene.latestOf('1007');
    await scene.running(taskId);
    process.kill(pid, 'SIGINT');
    expect(await waiting).toMatchObject({ exitCode: 130, stderr: expect.stringContaining(`tasks show ${taskId}`) });
    expect(isRunning(scene.latestRun(taskId).pid)).toBe(true);
    gate.open();
    expect((await scene.ended(taskId)).status).toBe('completed');
  });
});

describe('from inside an agent session', () => {
  const outer = {
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: '11111111-2222-4333-8444-555555555555',
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    CLAUDE_CODE_SSE_PORT: '1',
    CLAUDE_PROJECT_DIR: '/nowhere',
    CCDISPATCH_TASK_ID: 'task-local-123123123123',
    CCDISPATCH_TASK_DIR: '/nowhere/task-local-123123123123',
  };

  it.runIf(hasProc)('works, and neither the agent nor its tools see that session or the token of the bot', async () => {
    await scene.workerGone();
    const gate = makeGate();
    const names = path.join(scene.folder, 'names.txt');
    scene.plays('matryoshka', [bash(`env > ${names}`), { text: 'Inside.' }], {
      before: ({ toolResults }) => (toolResults > 0 ? gate.opened : undefined),
    });
    const taskId = await scene.dispatch(['-g', '1008', '--allowed-tools', 'Bash', 'open the matryoshka'], {
      env: outer,
    });
    await scene.running(taskId);
    const agent = readEnvironment(scene.latestRun(taskId).pid);
    const worker = readEnvironment(scene.workerPid() as number);
    gate.open();
    expect((await scene.ended(taskId)).result).toBe('Inside.');
    const tool = Object.fromEntries(
      fs
        .readFileSync(names, 'utf8')
        .split('\n')
        .map((line) => [line.split('=')[0] as string, line.slice(line.indexOf('=') + 1)]),
    );
    fs.rmSync(names);

    expect(agent).toMatchObject({ CCDISPATCH_TASK_ID: taskId, CCDISPATCH_TASK_DIR: scene.taskFolder(taskId) });
    expect(tool).toMatchObject({ CCDISPATCH_TASK_ID: taskId, CCDISPATCH_HOME: scene.home });
    for (const name of Object.keys(outer)) {
      expect(worker[name], `${name} of the worker`).toBeUndefined();
      if (!name.startsWith('CCDISPATCH_')) expect(agent[name], `${name} of the agent`).toBeUndefined();
    }
    expect(worker.TELEGRAM_BOT_TOKEN).toBe(scene.bot.token);
    expect(JSON.stringify([agent, tool])).not.toContain(scene.bot.token);
    expect(tool.CLAUDE_CODE_SESSION_ID).not.toBe(outer.CLAUDE_CODE_SESSION_ID);
    await scene.told('1008');
    expect(scene.results('1008')).toHaveLength(1);
  });
});
