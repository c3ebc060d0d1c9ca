/** The features that a person needs to be allowed; whatever is not listed here everybody known may do. */

import { fail } from '../errors/errors.ts';
import { nearestWord } from '../format/nearest.ts';

/**
 * - `ali`: a profile of the settings, such as `--ali`
 * - `agent-teams`: let the agent start a team of agents
 * - `yolo`: no permission prompts, or tools that are allowed without asking
 * - `repo`: a repository, or any folder but the task's own
 * - `files`: send files with a task, and get files of a workspace
 * - `approve`: answer what an agent asks before it acts
 * - `codex`: the agent of that name
 */
export const features = ['ali', 'agent-teams', 'yolo', 'repo', 'files', 'approve', 'codex'] as const;

export type Feature = (typeof features)[number];

/** What people have that the settings let in: all but the one that lets an agent do whatever our system user may. */
export const usualFeatures: readonly Feature[] = features.filter((feature) => feature !== 'yolo');

export function isFeature(text: string): text is Feature {
  return (features as readonly string[]).includes(text);
}

/** The feature of that name; throws `usage`, naming the nearest one. */
export function parseFeature(text: string): Feature {
  if (isFeature(text)) return text;
  const near = nearestWord(text.toLowerCase(), features, 2);
  return fail(
    'usage',
    `"${text}" is no feature.`,
    near ? `Did you mean ${near}? There are: ${features.join(', ')}.` : `There are: ${features.join(', ')}.`,
  );
}
