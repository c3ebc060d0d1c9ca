/** `ccdispatch worktrees prune`: removes worktrees whose work is safe elsewhere, and lists the others with the reason. */

import type { App } from '../app.ts';
import { renderCount } from '../lib/format/amount.ts';
import { type Pruned, pruneWorktrees, repositoryName } from '../lib/worktrees/prune.ts';
import { printJson, printText } from './output.ts';
import { describeWorktree, explainWhy, pruneParts } from './worktrees-shown.ts';

export interface WorktreesPruneFlags {
  dryRun?: boolean;
  json?: boolean;
}

const steps = {
  keep: ['keep', 'kept'],
  remove: ['remove', 'removed'],
  save: ['save', 'saved'],
  forget: ['forget', 'forgot'],
};

function line(pruned: Pruned, isDryRun: boolean): string {
  const { worktree, verdict, bundle } = pruned;
  const word = steps[verdict.step][isDryRun ? 0 : 1];
  const where = bundle === null ? '' : ` (now in ${bundle})`;
  return `${word} ${worktree.worktree_id} of ${repositoryName(worktree)}: ${explainWhy(pruned)}${where}\n`;
}

/** How many go, in a sentence. */
function summary(results: readonly Pruned[], isDryRun: boolean): string {
  const count = (step: Pruned['verdict']['step']) => results.filter(({ verdict }) => verdict.step === step).length;
  const [going, saved] = [count('remove') + count('forget'), count('save')];
  if (going + saved === 0) return 'No worktree may go.\n';
  const saving =
    saved === 0 ? '' : `, ${isDryRun ? 'save' : 'saved'} ${saved} as ${saved === 1 ? 'a bundle' : 'bundles'} first`;
  return `${isDryRun ? 'Would remove' : 'Removed'} ${renderCount(going + saved, 'worktree')}${saving}.\n`;
}

export async function run(app: App, flags: WorktreesPruneFlags): Promise<number> {
  const { parts, saveAfterMs } = await pruneParts(app);
  const isDryRun = flags.dryRun ?? false;
  const results = await pruneWorktrees(parts, { saveAfterMs, isDryRun });
  if (flags.json)
    printJson(app, { is_dry_run: isDryRun, worktrees: results.map((each) => describeWorktree(app, each)) });
  else printText(app, results.map((each) => line(each, isDryRun)).join('') + summary(results, isDryRun));
  return results.some(({ failure }) => failure !== null) ? 1 : 0;
}
