/** Checks what we stand on: the runtime, the user we are, git. */

import type { Programs } from '../adapters/programs.ts';
import { error, type Finding, ok, warning } from './finding.ts';

const oldestNode = [20, 19] as const;

/** `version` as in `process.versions.node`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return ok(`Node ${version}`);
  return error(
    `Node ${version} is too old: ${oldestNode.join('.')} is the oldest that works.`,
    'Install a newer one: https://nodejs.org, or: nvm install 22',
  );
}

/** Root may do everything, and so may whatever an agent runs as root. */
export function checkUser(uid: number | null, isRootAllowed: boolean): Finding[] {
  if (uid !== 0) return [];
  if (isRootAllowed) {
    return [
      warning(
        'Agents run as root, and --yolo is allowed for it (yolo.allowRoot): they may do everything on this machine.',
        'Better: an ordinary user of the system for ccdispatch.',
      ),
    ];
  }
  return [
    warning(
      'Agents run as root. --yolo is refused for root.',
      'Better: an ordinary user of the system; in a sandbox of its own, set yolo.allowRoot: true.',
    ),
  ];
}

export async function checkGit(
  programs: Programs,
  env: Record<string, string | undefined>,
  timeoutMs: number,
): Promise<Finding> {
  const file = programs.find('git', env.PATH);
  if (file) {
    const answer = await programs.ask(file, ['--version'], { env: { PATH: env.PATH ?? '' }, timeoutMs });
    if (answer.exitCode === 0) return ok(answer.stdout.trim());
  }
  return warning('git does not run: workspaces with repositories are never cleaned up.', 'Install git.');
}
