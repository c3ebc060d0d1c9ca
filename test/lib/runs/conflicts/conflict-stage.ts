// A home with tasks on one repository, of which only its answers are there, and what keeps them out of each other's way.

import type { ConflictGround, PutOnTop } from '../../../../src/lib/runs/conflicts/conflict-ground.ts';
import { type ConflictKeeper, createConflictKeeper } from '../../../../src/lib/runs/conflicts/conflict-keeper.ts';
import { createConflictRecords } from '../../../../src/lib/runs/conflicts/conflict-record.ts';
import type { ConflictPolicy } from '../../../../src/lib/runs/conflicts/conflicts.ts';
import { newRunState } from '../../../../src/lib/runs/fold.ts';
import { loadIntent } from '../../../../src/lib/runs/intent.ts';
import { whyTask } from '../../../../src/lib/runs/waiting/why.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import type { Conclusion } from '../../../../src/lib/tasks/transition.ts';
import { addTask, firstTaskTs, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

export const chat = '77';
export const minute = 60_000;

/** What the repository answers, and what it was asked for. */
interface Answers {
  policy: ConflictPolicy;
  put: PutOnTop;
  ignoredByGit: string[];
  /** So many times it fails first. */
  failures: number;
  /** Ids of tasks whose work is in the base. */
  merged: Set<string>;
  calls: string[];
}

function groundOf(answers: Answers): ConflictGround {
  const answer = (what: string) => async (task: Task) => {
    answers.calls.push(`${what} ${task.task_name}`);
    if (answers.failures-- > 0) throw new Error('the disk is on fire');
    return answers.put;
  };
  return {
    placeOf({ worktree }) {
      if (worktree === 'broken') throw new Error('its record cannot be read');
      return worktree === null ? null : { repository: 'repo', worktree, folder: `/w/${worktree}` };
    },
    policyOf: () => answers.policy,
    ignoredFiles: () => ['*.lock'],
    changedFiles: async () => null,
    isIgnoredFile: async (_place, file) => answers.ignoredByGit.includes(file),
    mergedWork: async ({ task_id }) =>
      answers.merged.has(task_id) ? { branch: 'main', commit: 'c0ffee', files: ['src/a.ts'] } : null,
    putOnTop: answer('put'),
    layOpen: answer('open'),
  };
}

/** A running task of its own worktree, claimed. */
async function addRunning(home: RunHome, n: number, fields: TaskFields): Promise<Task> {
  const task_id = `task-${fields.telegram_group === null ? 'local' : chat}-${firstTaskTs + n * 10_000}`;
  const task = await addTask(home, {
    ...{ task_id, task_name: `t${n}`, status: 'running', worktree: task_id, agent_session_id: `c-${n}` },
    ...fields,
  });
  home.files.makeFolder(home.paths.active);
  home.files.write(`${home.paths.active}/${task_id}`, '');
  return task;
}

export type ConflictStage = ReturnType<typeof makeConflictStage>;

export function makeConflictStage() {
  const home = makeRunHome();
  const records = createConflictRecords(home);
  const answers: Answers = {
    ...{ policy: 'pause', ignoredByGit: [], failures: 0, merged: new Set(), calls: [] },
    put: { kind: 'fits', branch: 'main', commit: 'c0ffee' },
  };
  const open = (): ConflictKeeper =>
    createConflictKeeper({
      ...{ ...home, records, ground: groundOf(answers), patienceMs: () => 30 * minute },
      canAsk: ({ telegram_group }) => telegram_group !== null,
    });
  const now = (task: Task) => home.tasks.load(task.task_id);
  const stage = {
    ...{ home, records, answers, now, keeper: open() },
    /** Another worker takes over. */
    openKeeper() {
      stage.keeper = open();
    },
    running: (n: number, fields: TaskFields = {}) => addRunning(home, n, fields),
    changes: (task: Task, ...files: string[]) =>
      stage.keeper.observe(task, { ...newRunState, writes: files.map((file) => `/w/${task.worktree}/${file}`) }),
    /** Lets the keeper see to all that is due. */
    async tend(times = 3) {
      for (let round = 0; round < times; round++) {
        await home.clock.pass(1000);
        stage.keeper.tend();
        await stage.keeper.settled();
      }
    },
    /** The worker concludes the task's latest run; nothing of it lives any more. */
    async comesOut(task: Task, outcome: Conclusion['outcome'], reason: string | null = null) {
      const run = now(task).runs.at(-1)?.n as number;
      const at = new Date(home.clock.now()).toISOString();
      const rest = {
        result: 'Said\nmore',
        note: null,
        cost_usd: null,
        usage: null,
        duration_ms: null,
        changed_files: [],
      };
      const conclusion = { ...rest, outcome, reason, agent_session_id: null, resume_at: null };
      if (outcome === 'paused') await home.queue.setAside(task.task_id);
      await home.tasks.apply(task.task_id, { type: 'ended', run, at, isGone: true, conclusion });
      home.queue.finish(task.task_id);
    },
    intentOf: (task: Task) => loadIntent(home.files, home.paths.run(task.task_id, now(task).runs.at(-1)?.n ?? 1)),
    notesOf: (task: Task) => now(task).agent_notes.map(({ text }) => text),
    why: (task: Task) =>
      whyTask(now(task), { ...home, machine: { freeMemory: () => 1e12 } as never, settings: { limits: {} } as never }),
    /** Two running tasks that changed one file; the later one has been paused. */
    async makeHeld(fields: TaskFields = {}): Promise<[earlier: Task, later: Task]> {
      const [earlier, later] = [await stage.running(1, fields), await stage.running(2, fields)];
      stage.changes(earlier, 'src/a.ts', 'x.lock');
      stage.changes(later, 'src/b.ts', 'src/a.ts', 'x.lock');
      await stage.tend(1);
      await stage.comesOut(later, 'paused', 'conflict');
      await stage.tend(1);
      return [earlier, later];
    },
  };
  return stage;
}
