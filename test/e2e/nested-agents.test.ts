// Agents started by our agent: they inherit its variables and fire hooks of their own, which change nothing of the task.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeProgram, type Scene, startScene } from '../support/e2e.ts';
import { bash } from '../support/e2e-model.ts';
import { program } from '../support/run-command.ts';

interface SeenHook {
  hook_event_name: string;
  session_id: string;
}

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ env: { TELEGRAM_DEFAULT_CHAT: '1100' } });
  // A person's own settings hold for every agent: each hook is taken down, and given to us.
  const seen = {
    type: 'command',
    command: `cat >> '${scene.folder}/seen.jsonl'; echo >> '${scene.folder}/seen.jsonl'`,
  };
  const ours = { type: 'command', command: `'${process.execPath}' '${program}' notify-hook` };
  const hooks = Object.fromEntries(
    ['Stop', 'StopFailure', 'SessionEnd', 'Notification'].map((name) => [name, [{ hooks: [seen, ours] }]]),
  );
  fs.mkdirSync(path.join(scene.person, '.claude'));
  fs.writeFileSync(path.join(scene.person, '.claude', 'settings.json'), JSON.stringify({ hooks }));
});
afterAll(() => scene.close());

const seenHooks = (): SeenHook[] =>
  fs
    .readFileSync(path.join(scene.folder, 'seen.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SeenHook);

describe('an agent started by the agent', () => {
  it('ends and fires its hooks in the middle of the run, and the task goes on as if nothing were', async () => {
    scene.plays('inner errand', [{ text: 'Inner answer.' }]);
    scene.plays('outer errand', [
      bash(`echo 'run the inner errand' | ${claudeProgram} -p --model claude-opus-4-1; env | cut -d= -f1 > names.txt`),
      { text: 'Outer answer.' },
    ]);
    const taskId = await scene.dispatch([
      '-g',
      '1101',
      '-n',
      'errands',
      '--allowed-tools',
      'Bash',
      'run the outer errand',
    ]);
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({
      status: 'completed',
      result: 'Outer answer.',
      runs: [{ n: 1, outcome: 'completed' }],
    });
    expect(fs.readFileSync(path.join(task.workdir, 'names.txt'), 'utf8')).toContain('CCDISPATCH_TASK_ID');

    // It did run, and did fire hooks, as another conversation.
    const inner = seenHooks().filter(({ session_id }) => session_id !== task.agent_session_id);
    expect(inner.map(({ hook_event_name }) => hook_event_name)).toEqual(['Stop', 'SessionEnd']);
    expect(scene.asked('run the inner errand')[0]?.sessionText).toBe('run the inner errand');

    const kept = fs
      .readdirSync(path.join(scene.taskFolder(taskId), 'runs', '1'))
      .filter((name) => name.startsWith('hook-'));
    expect(kept).toContain('hook-SessionEnd-1.json');
    for (const name of kept) {
      const text = fs.readFileSync(path.join(scene.taskFolder(taskId), 'runs', '1', name), 'utf8');
      expect(JSON.parse(text), name).toMatchObject({ session_id: task.agent_session_id });
    }
    await scene.told('1101');
    expect(scene.results('1101').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^✅ errands\nOuter answer\./),
    ]);
    await scene.workerGone();
    // Nothing of it is a session that a person started by hand.
    expect(scene.bot.messages('1100')).toEqual([]);
  });

  it('has its hooks told where a person started it by hand', async () => {
    scene.plays('by hand', [{ text: 'Done by hand.' }]);
    const said = await scene.claude(['-p'], { input: 'do this by hand' });
    expect(said).toMatchObject({ exitCode: 0, stdout: 'Done by hand.\n' });
    const [message, ...others] = await scene.told('1100');
    expect(others).toEqual([]);
    expect(message?.text).toMatch(/^✅ .* — has finished\nDone by hand\./);
  });
});
