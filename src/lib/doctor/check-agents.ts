/** Checks the agents' programs: whether they are there, run, and say their version. */

import type { Programs } from '../adapters/programs.ts';
import { agentNames } from '../agents/registry.ts';
import type { Settings } from '../config/schema.ts';
import { oneLine } from '../format/text.ts';
import { error, type Finding, ok, warning } from './finding.ts';

export interface AgentCheck {
  programs: Programs;
  settings: Settings;
  /** The environment that decides where programs are found. */
  env: Record<string, string | undefined>;
  timeoutMs: number;
}

/** Enough for a program to start and say its version; nothing that it has no need of. */
function smallEnvironment(env: AgentCheck['env']): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'CLAUDE_CONFIG_DIR'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name] as string]])));
}

async function checkClaude({ programs, settings, env, timeoutMs }: AgentCheck): Promise<Finding> {
  const command = settings.agents.claude.bin ?? 'claude';
  const level = settings.agents.default === 'claude' ? error : warning;
  const hint = 'Install it: npm install -g @anthropic-ai/claude-code; or set CLAUDE_BIN to its path.';
  const file = programs.find(command, env.PATH);
  if (!file) return level(`The agent claude is not there: no program "${command}".`, hint);
  const answer = await programs.ask(file, ['--version'], { env: smallEnvironment(env), timeoutMs });
  if (answer.exitCode === 0) return ok(`Agent claude: ${oneLine(answer.stdout)} (${file})`);
  const why = answer.timedOut ? `no answer within ${timeoutMs / 1000} s` : oneLine(answer.stderr || answer.stdout);
  return level(`The agent claude does not run (${file}): ${why.slice(0, 200)}`, hint);
}

/** Custom programs are only looked for: nobody knows what they would do when started. */
function checkCustom({ programs, settings, env }: AgentCheck): Finding[] {
  return Object.entries(settings.agents.custom).map(([name, { command, env: own }]) => {
    const program = command[0] as string;
    const file = programs.find(program, own.PATH ?? env.PATH);
    if (file) return ok(`Agent ${name}: ${file}`);
    return error(
      `The agent ${name} is not there: no program "${program}".`,
      `Install it, or correct agents.custom.${name}.command in the settings.`,
    );
  });
}

export async function checkAgents(check: AgentCheck): Promise<Finding[]> {
  const { settings } = check;
  const known = agentNames(settings);
  const unknown = known.includes(settings.agents.default)
    ? []
    : [error(`The default agent "${settings.agents.default}" is none.`, `Set agents.default to: ${known.join(', ')}`)];
  return [await checkClaude(check), ...checkCustom(check), ...unknown];
}
