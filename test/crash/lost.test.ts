// A run that ended unseen and without a result is followed by another one: by then nothing of it is left.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../support/crash-stage.ts';
import { openApp, submit, workUntilIdle } from '../support/crash-worker.ts';
import { makeHome } from '../support/home.ts';

/** At its first start it leaves a tool in a session of its own, as Claude Code's are, and no result; then it answers. */
const forgetful = `#!/bin/sh
if [ -e tool ]; then
  ps -o stat= -p "$(cat tool)" | grep -qv Z && echo "the tool still works" > overlap
  echo '{"type":"result","subtype":"success","is_error":false,"result":"the answer","session_id":"7e1b1f3e-0000-4000-8000-000000000001"}'
  exit
fi
setsid sleep 60 > /dev/null 2>&1 &
echo $! > tool
while [ ! -e go ]; do sleep 0.02; done
`;

it('ends the tools of a lost run before the next one starts', async () => {
  const home = makeHome();
  const bin = join(home.outside, 'forgetful');
  writeFileSync(bin, forgetful, { mode: 0o755 });
  mkdirSync(join(home.outside, 'person'));
  const config = { agents: { claude: { bin } }, limits: { minFreeMemoryMb: 0 } };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { ...home.env, PATH: process.env.PATH, HOME: join(home.outside, 'person') };
  const app = openApp(env, home.outside);
  const { task_id, workdir } = await submit(app, { prompt: 'say it' });
  const leave = new AbortController();
  const working = workUntilIdle(app, { signal: leave.signal });
  await until('the tool to work', () => existsSync(join(workdir, 'tool')), 5000);
  leave.abort();
  await working;
  writeFileSync(join(workdir, 'go'), '');
  const events = join(home.paths.run(task_id, 1), 'events.jsonl');
  await until('the agent to leave', () => !home.locks.isHeld(events), 5000);

  await workUntilIdle(app);
  const task = home.tasks.load(task_id);
  expect(task.runs.map(({ outcome }) => outcome)).toEqual(['lost', 'completed']);
  expect(task.result).toBe('the answer');
  expect(existsSync(join(workdir, 'overlap'))).toBe(false);
});
