/** What git's refusals mean for the person who asked for a worktree. */

import type { GitResult } from '../adapters/git.ts';
import { type Refusal, refuse } from '../errors/errors.ts';
import { type Doing, during, gitRefusals } from './refusals.ts';

/** In mid-checkout git does not say why it could not write; a file that could not even be made it words in another way. */
const diskFull = /No space left on device|unable to write (?:file|new.index file)/;

/** Throws the system's own error where the disk is full: whoever asked waits for space, and tries again. */
export function throwIfDiskFull({ stderr }: Pick<GitResult, 'stderr'>): void {
  const code = diskFull.test(stderr) ? 'ENOSPC' : /quota exceeded/i.test(stderr) ? 'EDQUOT' : null;
  if (code) throw Object.assign(new Error(`${code}: git could not write: ${lastLines(stderr)}`), { code });
}

/** The end of what git said, on one line. */
function lastLines(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
  return lines.slice(-3).join(' ').slice(-500) || 'no reason given';
}

interface Known {
  pattern: RegExp;
  explain(match: RegExpExecArray, repo: string): Refusal;
}

const known: readonly Known[] = [
  {
    pattern: /'([^']+)' is already (?:checked out|used by worktree) at '([^']+)'/,
    explain: ([, branch = '', folder = '']) => gitRefusals.checkedOut(branch, folder),
  },
  {
    // The last one is all that git says of a filter whose program ends at once.
    pattern:
      /external filter '([^']*)' failed|smudge filter (\S+) failed|cannot run ([^:]+):|(\S+): (?:command )?not found|the remote end hung up/,
    explain: ([, ...names]) => gitRefusals.filter(names.find(Boolean) ?? 'filter.*'),
  },
  {
    pattern: /lazy fetching disabled|promisor remote|missing blob|unable to read (?:sha1|tree|object)/,
    explain: (_, repo) => gitRefusals.objectsMissing(repo),
  },
  {
    // Git cuts its words where the path is that long.
    pattern: /file ?name too long|cannot create directory at '[^']{2000}/i,
    explain: gitRefusals.pathTooLong,
  },
  { pattern: /Unable to create '([^']+\.lock)': File exists/, explain: ([, lock = '']) => gitRefusals.locked(lock) },
  { pattern: /Permission denied|Read-only file system/, explain: (_, repo) => gitRefusals.notWritable(repo) },
];

/** What git's words mean for a person; null where they are not known to mean anything in particular. */
export function refusalIn(stderr: string, repo: string): Refusal | null {
  for (const { pattern, explain } of known) {
    const match = pattern.exec(stderr);
    if (match) return explain(match, repo);
  }
  return null;
}

/** Throws what a person can do about it. */
export function explainRefusal(doing: Doing, repo: string, result: Pick<GitResult, 'stderr' | 'code'>): never {
  throwIfDiskFull(result);
  return refuse(during(doing, refusalIn(result.stderr, repo) ?? gitRefusals.unknown(repo, lastLines(result.stderr))));
}
