/** Pushing and pull requests as a port: the person's own git and `gh`, with the person's own credentials. */

import { systemCode } from '../errors/errors.ts';
import type { GitResult } from './git.ts';

/**
 * Unlike all other git of ours, this works as the person would at a shell: with the person's settings and credentials, and
 * with the hooks of the repository, which may want to have a say in what is pushed. Nobody is asked for a password.
 */
export interface Forge {
  /**
   * Pushes a commit as a branch. `expected` is what the remote's branch must be at for it to be overwritten; null: it is only
   * moved on. Never rejects because git refuses.
   */
  push(request: PushRequest): Promise<GitResult>;
  /** Runs `gh` in the folder; null where it is not installed. */
  gh(folder: string, args: readonly string[]): Promise<GitResult | null>;
}

export interface PushRequest {
  folder: string;
  remote: string;
  commit: string;
  branch: string;
  expected: string | null;
}

const pushMs = 10 * 60_000;
const ghMs = 60_000;

/** Variables that would lead git to another repository, and secrets of ours that are no business of hooks. */
const keptBack =
  /^(?:GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY)$|TELEGRAM_|CCDISPATCH_|ANTHROPIC_|CLAUDE)/;

export function createForge(env: Readonly<Record<string, string | undefined>>): Forge {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !keptBack.test(name)));
  const run = async (program: string, folder: string, args: readonly string[], timeout: number) => {
    const { execa } = await import('execa');
    const result = await execa(program, args, {
      cwd: folder,
      env: { ...own, GIT_TERMINAL_PROMPT: '0', GH_PROMPT_DISABLED: '1', LC_ALL: 'C' },
      extendEnv: false,
      stdin: 'ignore',
      timeout,
      reject: false,
    });
    const { exitCode, stdout = '', stderr = '', failed } = result;
    const isMissing = systemCode(result) === 'ENOENT' || systemCode((result as { cause?: unknown }).cause) === 'ENOENT';
    return { isMissing, isOk: !failed, code: exitCode ?? null, stdout: String(stdout), stderr: String(stderr) };
  };
  return {
    async push({ folder, remote, commit, branch, expected }) {
      const lease = expected === null ? [] : [`--force-with-lease=refs/heads/${branch}:${expected}`];
      return await run('git', folder, ['push', ...lease, remote, `${commit}:refs/heads/${branch}`], pushMs);
    },
    async gh(folder, args) {
      const { isMissing, ...result } = await run('gh', folder, args, ghMs);
      return isMissing ? null : result;
    },
  };
}
