/** The composition of sessions: their store, what drives their processes, and who looks after them between turns. */

import type { App } from './app.ts';
import { environmentFor } from './app-environment.ts';
import type { Accounts } from './lib/accounts/store.ts';
import type { CarryTo } from './lib/agents/agent.ts';
import type { AgentSet } from './lib/agents/registry.ts';
import type { LiveSettings } from './lib/config/live.ts';
import type { KeeperParts } from './lib/runs/sessions/keeper.ts';
import type { SessionParts } from './lib/sessions/process.ts';
import type { Session } from './lib/sessions/record.ts';
import { createSessionStore } from './lib/sessions/store.ts';

interface Driven {
  carry: CarryTo;
  app: App;
  live: LiveSettings;
  agents: AgentSet;
  accounts: Accounts;
}

/** What a session's agent sees: what a task's does, with the session's mark. Throws `config` where its account is closed. */
function environmentOf({ app, live, agents, accounts }: Driven, session: Session): Record<string, string> {
  const account = session.account === null ? null : accounts.find(session.account);
  const { session_id: id } = session;
  const marks = { CCDISPATCH_SESSION_ID: id, CCDISPATCH_SESSION_DIR: app.paths.session(id) };
  return environmentFor(
    { app, settings: live.current(), agents, account: account && accounts.environmentOf(account) },
    session,
    marks,
  );
}

/** All that driving the processes of sessions needs. */
export function sessionParts(driven: Driven): SessionParts {
  const { app, agents, accounts } = driven;
  const { files, fifos, locks, processes, clock, paths } = app;
  return {
    ...{ files, fifos, locks, processes, clock, paths, agents },
    sessions: createSessionStore(app),
    slashCommands: () => driven.live.current().sessions.slashCommands,
    carry: driven.carry,
    environmentOf: (session) => environmentOf(driven, session),
    modelOf: ({ account, model }) => model ?? (account === null ? null : (accounts.find(account)?.model ?? null)),
  };
}

const minuteMs = 60_000;

/** For the worker: which sessions sleep and end. */
export function keeperParts(app: App, live: LiveSettings): Pick<KeeperParts, 'limits' | 'isMemoryShort'> {
  return {
    limits() {
      const { sessions, limits } = live.current();
      return {
        maxWarm: limits.maxWarm,
        sleepAfterMs: sessions.sleepAfterMinutes * minuteMs,
        endAfterMs: sessions.endAfterMinutes * minuteMs,
      };
    },
    isMemoryShort: () => app.machine.freeMemory() < live.current().limits.minFreeMemoryMb * 1024 * 1024,
  };
}
