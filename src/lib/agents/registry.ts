/** The agents that can be named: Claude Code, and those of the person's own settings. */

import type { Files } from '../adapters/files.ts';
import type { Settings } from '../config/schema.ts';
import type { Agent } from './agent.ts';
import { createClaude } from './claude/claude.ts';
import type { PermissionHook } from './claude/settings.ts';
import { createCustomAgent } from './custom.ts';

export interface AgentSet {
  /** The agent of that name, or null. */
  get(name: string): Agent | null;
  names(): string[];
  /** Variables that an agent of the person's own wants. */
  variablesOf(name: string): Record<string, string>;
}

export interface AgentParts {
  files: Files;
  settings: Settings;
  /** Our home, and the person's: each as named, and as it really is where that differs. */
  homes: readonly string[];
  personHomes: readonly string[];
  /** The command line of our hook, absolute and quoted for a shell. */
  hookCommand: string;
  /** The hook that asks a person. */
  permissionHook: PermissionHook;
}

/** Names of agents in these settings; the built-in ones first. */
export function agentNames(settings: Settings): string[] {
  return ['claude', ...Object.keys(settings.agents.custom)];
}

export function createAgents({ settings, ...parts }: AgentParts): AgentSet {
  const claude = () => createClaude({ ...parts, bin: settings.agents.claude.bin ?? 'claude' });
  return {
    get(name) {
      if (name === 'claude') return claude();
      // A name of the language's own, such as `constructor`, is no agent.
      const custom = Object.hasOwn(settings.agents.custom, name) ? settings.agents.custom[name] : null;
      return custom ? createCustomAgent(name, custom) : null;
    },
    names: () => agentNames(settings),
    variablesOf: (name) => settings.agents.custom[name]?.env ?? {},
  };
}
