// A task whose agent asks, in a home of the test's own: everything real but the agent.

import { join } from 'node:path';
import { systemProcesses } from '../../../src/lib/adapters/processes.ts';
import type { Decision, PermissionParts } from '../../../src/lib/notify/permission-hook.ts';
import { decidePermission } from '../../../src/lib/notify/permission-hook.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { type Asked, createApprovals } from '../../../src/lib/tasks/approvals.ts';
import { makeHome } from '../../support/home.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { addTask, type TaskFields } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';

export const conversation = '11111111-2222-4333-8444-555555555555';
export const patienceMs = 1_800_000;

/** The JSON that an agent gives to its hook. */
export function hookText(fields: Record<string, unknown> = {}): string {
  const asks = { tool_name: 'Bash', tool_input: { command: 'npm test', description: 'Run the tests' } };
  return JSON.stringify({ session_id: conversation, hook_event_name: 'PermissionRequest', ...asks, ...fields });
}

/** Opens a home with a running task in chat 123 (or as `fields` say), its first run launched. */
export async function openAsking(fields: TaskFields = {}) {
  const home = makeHome();
  const task = await addTask(home, { status: 'running', telegram_group: '123', ...fields });
  const runFolder = home.paths.run(task.task_id, 1);
  home.files.makeFolder(runFolder);
  home.files.write(join(runFolder, 'launch.json'), JSON.stringify({ conversation }));
  const env = { CCDISPATCH_TASK_ID: task.task_id, CCDISPATCH_TASK_DIR: home.paths.task(task.task_id) };
  const clock = createManualClock();
  const approvals = createApprovals(home);
  const woken = { count: 0 };
  const parts: PermissionParts = {
    ...home,
    env: { ...env, CLAUDE_PID: String(process.pid) },
    clock,
    processes: systemProcesses,
    outbox: createOutbox({ ...home, clock, botId: '7' }),
    redact: (text) => text.replaceAll('hunter22', '***'),
    wake: () => void woken.count++,
    pid: process.pid,
  };
  const stop = new AbortController();
  return {
    home,
    task,
    env,
    clock,
    approvals,
    parts,
    woken,
    stop,
    /** Calls the hook; gives what it will decide. */
    ask: (text = hookText(), changes: Partial<PermissionParts> = {}): Promise<Decision> =>
      decidePermission({ ...parts, ...changes }, text, patienceMs, stop.signal),
    /** Waits until so many questions are open, told and waited for, and gives them. */
    open: (count = 1): Promise<Asked[]> =>
      until(`${count} open questions`, () => {
        const found = approvals.list(task.task_id).filter(({ answer }) => answer === null);
        return found.length === count && woken.count >= count && clock.sleepers() >= count ? found : null;
      }),
    /** The entries of the task's chat, as they lie in the outbox. */
    announced: () => announcedOf(home.files.list(join(home.paths.outbox, '123')), home, '123'),
  };
}

export type Asking = Awaited<ReturnType<typeof openAsking>>;

function announcedOf(names: string[], home: ReturnType<typeof makeHome>, chat: string) {
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(home.files.read(join(home.paths.outbox, chat, name)) ?? '') as Announced);
}

export interface Announced {
  key: string;
  bot_id: string | null;
  task_id: string;
  notification: Record<string, unknown>;
}

/** A person's answer, as he would give it in the chat. */
export function answerOf(answer: 'allow' | 'deny', scope: 'once' | 'task' = 'once') {
  return { answer, scope, how: 'person', by: '7', by_name: 'Ada', at: '2026-11-20T10:00:01.000Z' } as const;
}
