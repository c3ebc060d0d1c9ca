/** `ccdispatch worktrees list`: where tasks work in repositories, and what is in there that is nowhere else. */

import type { App } from '../app.ts';
import { renderDuration, renderSize } from '../lib/format/duration.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import { lookAtWorktree, type Pruned, repositoryName } from '../lib/worktrees/prune.ts';
import { type Colours, coloursOf, printJson, printTable } from './output.ts';
import { describeWorktree, pruneParts, stateOf } from './worktrees-shown.ts';

export interface WorktreesListFlags {
  size?: boolean;
  json?: boolean;
}

const columns: Column[] = [
  { title: 'WORKTREE' },
  { title: 'REPOSITORY', canShrink: true },
  { title: 'BRANCH', canShrink: true },
  { title: 'STATE' },
  { title: 'AHEAD', align: 'right' },
  { title: 'DIRTY' },
  { title: 'LAST TASK' },
  { title: 'AGE', align: 'right' },
];
const sizeColumn: Column = { title: 'SIZE', align: 'right' };

const yesNo = (value: boolean | null) => (value === null ? '-' : value ? 'yes' : 'no');

function row(pruned: Pruned, now: number, colours: Colours): Cell[] {
  const { worktree, facts, use } = pruned;
  const state = stateOf(pruned);
  const paint = { 'in use': colours.doubtful, open: colours.bad, merged: colours.good }[state] ?? colours.faint;
  return [
    worktree.worktree_id,
    repositoryName(worktree),
    worktree.branch,
    { text: state, paint },
    String(facts.ahead),
    yesNo(facts.isDirty),
    use.lastTask ?? use.usedBy ?? '-',
    renderDuration(now - Date.parse(worktree.created_at)),
  ];
}

export async function run(app: App, flags: WorktreesListFlags): Promise<number> {
  const { parts, saveAfterMs } = await pruneParts(app);
  const { worktrees, broken } = parts.worktrees.list();
  const found: Pruned[] = [];
  for (const worktree of worktrees) found.push(await lookAtWorktree(parts, worktree, { saveAfterMs }));
  const sizeOf = ({ worktree }: Pruned) => parts.trees.measure(parts.worktrees.folder(worktree)).bytes;
  if (flags.json) {
    printJson(
      app,
      found.map((each) => describeWorktree(app, each, flags.size ? sizeOf(each) : undefined)),
    );
  } else if (found.length === 0) {
    app.terminal.say('No worktrees. A task gets one with: ccdispatch dispatch --repo <path> "what to do"\n');
  } else {
    const colours = await coloursOf(app);
    const rows = found.map((each) => [
      ...row(each, app.clock.now(), colours),
      ...(flags.size ? [renderSize(sizeOf(each))] : []),
    ]);
    await printTable(app, flags.size ? [...columns, sizeColumn] : columns, rows);
  }
  for (const path of broken) app.terminal.say(`ccdispatch: ${path} is no readable record; see: ccdispatch doctor\n`);
  return 0;
}
