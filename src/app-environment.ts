/** The composition of what an agent's program sees, whether it works for a task or for a session. */

import type { App } from './app.ts';
import type { AccountEnvironment } from './lib/accounts/environment.ts';
import { agentEnvironment } from './lib/agents/environment.ts';
import type { AgentSet } from './lib/agents/registry.ts';
import type { Profile, Settings } from './lib/config/schema.ts';

export const isRoot = () => process.getuid?.() === 0;

/** The profile that a task or session names; null where it names none, or one that is gone. */
export function profileOf({ profiles }: Settings, { profile }: { profile: string | null }): Profile | null {
  return profile === null ? null : (profiles[profile] ?? null);
}

/** What a task and a session say alike about their agent. */
interface AgentUse {
  agent: string;
  profile: string | null;
  options: { agent_teams: boolean; yolo: boolean };
}

interface EnvironmentParts {
  app: App;
  settings: Settings;
  agents: AgentSet;
  account: AccountEnvironment | null;
}

/** The whole environment; `marks` name the task or session, and its folder. */
export function environmentFor(
  { app, settings, agents, account }: EnvironmentParts,
  use: AgentUse,
  marks: Record<string, string>,
): Record<string, string> {
  return agentEnvironment({
    env: app.env,
    settings,
    envFile: app.files.read(app.paths.env),
    profile: profileOf(settings, use),
    account,
    agentEnv: agents.variablesOf(use.agent),
    home: app.paths.home,
    marks,
    agentTeams: use.options.agent_teams,
    isSandbox: use.options.yolo && settings.yolo.allowRoot && isRoot(),
  });
}
