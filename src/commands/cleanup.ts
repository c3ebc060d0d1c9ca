/** `ccdispatch cleanup`: removes tasks that ended long ago, with all that belongs to them. */

import type { App } from '../app.ts';
import { openFileRoom } from '../app-schedule.ts';
import { type CleanupReport, previewCleanup, runCleanup } from '../lib/cleanup/clean.ts';
import type { CleanupOptions } from '../lib/cleanup/plan.ts';
import { findTranscripts } from '../lib/cleanup/transcripts.ts';
import { renderCount } from '../lib/format/amount.ts';
import { renderSize } from '../lib/format/duration.ts';
import { createOutbox } from '../lib/outbox/store.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { pruneWorktrees } from '../lib/worktrees/prune.ts';
import { durationFlag, sizeFlag } from './flags.ts';
import { printJson, printText } from './output.ts';
import { explainWhy, pruneParts } from './worktrees-shown.ts';

export interface CleanupFlags {
  dryRun?: boolean;
  olderThan?: string;
  keepFailed?: boolean;
  maxSize?: string;
  forceWorkspaces?: boolean;
  json?: boolean;
}

const reasons = { age: 'old enough', size: 'the home is too large', begun: 'its removal had begun' };
const unsavedTexts: Record<string, string> = {
  uncommitted: 'it holds changes that are not committed',
  unpushed: 'it holds commits that no remote has',
  stashed: 'it holds stashed changes',
  unknown: 'git cannot tell whether it holds work of its own',
};

async function partsOf(app: App) {
  const { profiles } = await app.settings();
  const { files, env, paths } = app;
  return {
    ...app,
    tasks: await app.openTasks(),
    sessions: createSessionStore(app),
    inTurn: (await openFileRoom(app)).inTurn,
    // Whose bot may deliver an entry is no concern of a clean-up.
    outbox: createOutbox({ files, paths, clock: app.clock, botId: null }),
    pruneWorktrees: async (isDryRun: boolean) => {
      const { parts, saveAfterMs } = await pruneParts(app);
      const results = await pruneWorktrees(parts, { isDryRun, saveAfterMs });
      return results.map((pruned) => ({
        path: parts.worktrees.folder(pruned.worktree),
        isRemoved: pruned.verdict.step !== 'keep',
        why: pruned.verdict.why,
        text: explainWhy(pruned),
        bundle: pruned.bundle,
        failure: pruned.failure,
      }));
    },
    transcripts: (conversation: string, profile: string | null) =>
      findTranscripts({ files, env, envPath: paths.env, profiles }, conversation, profile),
  };
}

function summary(report: CleanupReport): string {
  const count = (things: readonly unknown[], thing: string) =>
    things.length > 0 ? [renderCount(things.length, thing)] : [];
  const parts = [
    ...count(report.tasks, 'task'),
    ...count(report.workspaces, 'workspace'),
    ...count(report.worktrees, 'worktree'),
    ...count(report.sessions, 'session'),
    ...count(report.generations, 'old output'),
    ...count(report.transcripts, 'transcript'),
    ...count(report.markers, 'stray marker'),
    ...count(report.leftovers, 'leftover'),
  ];
  if (parts.length === 0) return 'Nothing to clean up.\n';
  const list = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0];
  return `${report.is_dry_run ? 'Would remove' : 'Removed'} ${list}: ${renderSize(report.bytes)}.\n`;
}

function details(report: CleanupReport): string {
  const lines = [
    ...report.tasks.map(({ task_id, why, bytes }) => `task ${task_id} (${reasons[why]}), ${renderSize(bytes)}`),
    ...report.workspaces.map(({ path, bytes }) => `workspace ${path}, ${renderSize(bytes)}`),
    ...report.worktrees.map(({ path, why }) => `worktree ${path} (${why})`),
    ...report.sessions.map(({ session_id, bytes }) => `session ${session_id}, ${renderSize(bytes)}`),
    ...report.generations.map((path) => `old output ${path}`),
    ...report.transcripts.map((path) => `transcript ${path}`),
    ...report.markers.map((taskId) => `stray marker of ${taskId}`),
    ...report.leftovers.map((path) => `leftover ${path}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function remarks(report: CleanupReport): string {
  const kept = report.kept_workspaces.map(
    ({ path, unsaved }) => `Kept ${path}: ${unsavedTexts[unsaved]} (--force-workspaces removes it too).\n`,
  );
  const worktrees = report.kept_worktrees.map(({ path, text }) => `Kept the worktree ${path}: ${text}.\n`);
  const failures = report.failures.map(({ path, reason }) => `Could not remove ${path}: ${reason}\n`);
  const over =
    report.bytes_over > 0 ? [`Still ${renderSize(report.bytes_over)} too large; nothing else may be removed.\n`] : [];
  return [...kept, ...worktrees, ...over, ...failures].join('');
}

export async function run(app: App, flags: CleanupFlags): Promise<number> {
  const options: CleanupOptions = {
    olderThanMs: durationFlag('--older-than', flags.olderThan ?? '30d'),
    keepFailed: flags.keepFailed ?? false,
    maxBytes: flags.maxSize === undefined ? null : sizeFlag('--max-size', flags.maxSize),
    forceWorkspaces: flags.forceWorkspaces ?? false,
  };
  if (!app.files.stat(app.paths.home)) {
    app.terminal.say(`There is no home at ${app.paths.home} yet: nothing to clean up.\n`);
    return 0;
  }
  const parts = await partsOf(app);
  const outcome = flags.dryRun ? { report: await previewCleanup(parts, options) } : await runCleanup(parts, options);
  if ('busy' in outcome) {
    const who = outcome.busy ? ` (process ${outcome.busy.pid}, since ${outcome.busy.since})` : '';
    app.terminal.say(`Another clean-up is at work${who}: nothing done.\n`);
    return 0;
  }
  const { report } = outcome;
  if (flags.json) printJson(app, report);
  else printText(app, flags.dryRun ? details(report) + summary(report) : summary(report));
  app.terminal.say(app.redact(remarks(report)));
  return report.failures.length > 0 ? 1 : 0;
}
