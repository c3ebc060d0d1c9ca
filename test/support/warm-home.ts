// A home with sessions of the real claude program against a model on loopback, as those see them who drive one.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { namedPipes } from '../../src/lib/adapters/fifos.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemProcesses } from '../../src/lib/adapters/processes.ts';
import type { AgentEvent } from '../../src/lib/agents/agent.ts';
import { parseClaudeLine } from '../../src/lib/agents/claude/parse.ts';
import { createAgents } from '../../src/lib/agents/registry.ts';
import { configSchema } from '../../src/lib/config/schema.ts';
import { type ModelScript, startModelServer } from '../../src/lib/demo/model-server.ts';
import { endSessionProcess, eventsOf, type Generation, type SessionParts } from '../../src/lib/sessions/process.ts';
import type { Session } from '../../src/lib/sessions/record.ts';
import { createSessionStore } from '../../src/lib/sessions/store.ts';
import { makeHome } from './home.ts';

export const claudeProgram = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));

let sessions = 0;

/** Of no other test: an agent's remains are found by the session's id, in all homes. */
export const newSessionId = () => `session-123-${1_800_000_000_000 + process.pid * 1000 + sessions++}`;

/** A session's record with what the test does not care about filled in. */
export function sessionOf(workdir: string, change: Partial<Session> = {}): Session {
  const at = new Date(1_800_000_000_000).toISOString();
  return {
    schema_version: 1,
    session_id: 'session-123-1800000000000',
    name: 'website',
    telegram_group: '123',
    thread_id: null,
    user_id: '123',
    language: 'en',
    agent: 'claude',
    profile: null,
    account: null,
    model: null,
    options: { effort: null, permission_mode: null, allowed_tools: [], yolo: false, agent_teams: false },
    workdir,
    repo: null,
    branch: null,
    base: null,
    worktree: null,
    agent_session_id: '11111111-1111-4111-8111-111111111111',
    created_at: at,
    last_used_at: at,
    ended_at: null,
    end_reason: null,
    generation: 0,
    pid: null,
    pid_started: null,
    trouble: null,
    empty_answers: 0,
    last_task_id: null,
    repair_count: 0,
    repairs: [],
    ...change,
  };
}

/** What the process has said so far. */
export function eventsIn({ folder }: Generation): AgentEvent[] {
  return readFileSync(eventsOf(folder), 'utf8').split('\n').flatMap(parseClaudeLine);
}

/** Stands in for the program where only its process matters. */
export const warmStandIn = fileURLToPath(new URL('./warm-agent.mjs', import.meta.url));

/** A home whose sessions are ended, and whose model is closed, with the test. */
export async function makeWarmHome(script?: ModelScript, bin = claudeProgram) {
  const home = makeHome();
  const model = await startModelServer(script ? { script } : {});
  onTestFinished(() => model.close());
  const settings = configSchema.parse({ agents: { claude: { bin } } });
  const parts: SessionParts = {
    files: realFiles,
    locks: home.locks,
    paths: home.paths,
    fifos: namedPipes,
    processes: systemProcesses,
    clock: systemClock,
    sessions: createSessionStore(home),
    agents: createAgents({
      files: realFiles,
      settings,
      homes: [home.home],
      personHomes: [home.outside],
      hookCommand: 'true',
      permissionHook: { command: 'true', timeoutSeconds: 1 },
    }),
    environmentOf: ({ session_id }) => ({
      PATH: process.env.PATH ?? '',
      HOME: home.outside,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'key',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CCDISPATCH_SESSION_ID: session_id,
    }),
  };
  onTestFinished(async () => {
    for (const { session_id } of parts.sessions.list()) await endSessionProcess(parts, session_id, 2000);
  });
  return { ...home, model, parts, settings };
}
