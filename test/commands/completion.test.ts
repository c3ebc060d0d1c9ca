// The completion scripts are the program's own command tree, and shells really complete with them.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.ts';

const folder = fileURLToPath(new URL('../../completions/', import.meta.url));
const support = fileURLToPath(new URL('../support/', import.meta.url));
const files = { bash: 'ccdispatch.bash', zsh: '_ccdispatch', fish: 'ccdispatch.fish' } as const;
type Shell = keyof typeof files;
const script = (shell: Shell) => path.join(folder, files[shell]);

function has(shell: Shell): boolean {
  const isThere = spawnSync(shell, ['-c', 'exit 0']).status === 0;
  if (!isThere) console.warn(`${shell} is not installed: its completion is NOT tried here.`);
  return isThere;
}

/** What a shell offers after this line, sorted. */
function offers(shell: Shell, line: string): string[] {
  const words = line.split(/(?<==)|(?==)| /);
  const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const commands = {
    // "=" separates words in an interactive bash, so it does here.
    bash: ['-c', `source '${script('bash')}'; ${set}; _ccdispatch; printf '%s\\n' "\${COMPREPLY[@]}"`],
    zsh: ['-f', path.join(support, 'zsh-complete.zsh'), script('zsh'), line],
    fish: ['-c', `source '${script('fish')}'; complete -C '${line}'`],
  };
  const result = spawnSync(shell, commands[shell], { cwd: folder, encoding: 'utf8', timeout: 20_000 });
  expect(result.stderr).toBe('');
  return result.stdout
    .split('\n')
    .flatMap((text) => text.split('\t')[0] || [])
    .sort();
}

describe('the files in completions/', () => {
  it.each(Object.keys(files) as Shell[])('are what the program prints: %s', async (shell) => {
    const { stdout, stderr, exitCode } = await runCommand(['completion', shell]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    // After a change of commands or options: npx vitest run test/commands/completion.test.ts -u
    await expect(stdout).toMatchFileSnapshot(script(shell));
  });

  it('are these alone', () => expect(readdirSync(folder).sort()).toEqual(Object.values(files).sort()));

  it('are of no other shell', async () => {
    const { stderr, exitCode } = await runCommand(['completion', 'tcsh']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});

describe.each((Object.keys(files) as Shell[]).map((shell) => ({ shell, isThere: has(shell) })))(
  '$shell',
  ({ shell, isThere }) => {
    it.skipIf(!isThere)('completes commands and their subcommands', () => {
      expect(offers(shell, 'ccdispatch hist')).toEqual(['history']);
      expect(offers(shell, 'ccdispatch config ')).toEqual(['path', 'show', 'validate']);
      expect(offers(shell, 'ccdispatch config v')).toEqual(['validate']);
      expect(offers(shell, 'ccdispatch completion ')).toEqual(['bash', 'fish', 'zsh']);
    });

    it.skipIf(!isThere)('completes options, wherever options with values stand before', () => {
      expect(offers(shell, 'ccdispatch --config config cleanup --older-than 3d --m')).toEqual(['--max-size']);
      expect(offers(shell, 'ccdispatch config show --j')).toEqual(['--json']);
      // The value of an option is no command.
      expect(offers(shell, 'ccdispatch --config config hist')).toEqual(['history']);
    });

    it.skipIf(!isThere)('completes the values of options', () => {
      expect(offers(shell, 'ccdispatch stats --by ')).toEqual(['agent', 'chat', 'day', 'user']);
      // Fish offers the whole word.
      const [value] = offers(shell, 'ccdispatch stats --by=d');
      expect(value?.replace('--by=', '')).toBe('day');
      expect(offers(shell, 'ccdispatch history --limit ')).toEqual([]);
      expect(offers(shell, 'ccdispatch --config ccdispatch.b')).toEqual(['ccdispatch.bash']);
    });
  },
);
