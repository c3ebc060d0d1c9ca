/** What a living worker says about how its agents work, and in what that differs from a shell. */

import { createHmac, randomBytes } from 'node:crypto';
import type { LockHolder } from '../../adapters/locks.ts';
import { workerEnvironment } from '../../agents/environment.ts';
import type { WorkerHolder } from './wake.ts';

/** Variables that change what an agent does, or whether its results arrive; a worker keeps those that it was started with. */
const decisive = /^(ANTHROPIC_|CLAUDE_|AWS_|CODEX_|HTTPS?_PROXY$|PATH$|TELEGRAM_(BOT_TOKEN|API_URL|PROXY)$)/;
/** Of these only a shell that has one can miss anything: inside an agent there are none. */
const oneSided = /^TELEGRAM_/;

/** What the worker's lock file says about how its agents work; values are hashed with a salt of this worker's own. */
export function describeWorker(
  version: string,
  agents: Record<string, string>,
  env: Record<string, string | undefined>,
): Omit<WorkerHolder, keyof LockHolder> {
  const salt = randomBytes(16).toString('hex');
  return { version, agents, salt, variables: hashVariables(env, salt) };
}

function hashVariables(env: Record<string, string | undefined>, salt: string): Record<string, string> {
  const found: Record<string, string> = {};
  // Without the marks of an agent around us: no worker and no agent gets them.
  for (const [name, value] of Object.entries(workerEnvironment(env)).sort()) {
    if (decisive.test(name)) found[name] = createHmac('sha256', salt).update(value).digest('hex').slice(0, 16);
  }
  return found;
}

/** In what a living worker differs from a shell: names of variables, `version`, `agent <name>`; empty where in nothing. */
export function differencesTo(
  holder: WorkerHolder,
  version: string,
  agents: Record<string, string>,
  env: Record<string, string | undefined>,
): string[] {
  const differing: string[] = [];
  if (holder.version && holder.version !== version) differing.push('version');
  for (const [name, path] of Object.entries(agents)) {
    if (holder.agents?.[name] !== undefined && holder.agents[name] !== path) differing.push(`agent ${name}`);
  }
  if (holder.salt && holder.variables) {
    const ours = hashVariables(env, holder.salt);
    const names = new Set([...Object.keys(ours), ...Object.keys(holder.variables)]);
    for (const name of [...names].sort()) {
      const isMissed = ours[name] !== undefined || !oneSided.test(name);
      if (isMissed && ours[name] !== holder.variables[name]) differing.push(name);
    }
  }
  return differing;
}
