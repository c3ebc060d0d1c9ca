/** `ccdispatch sessions list`: the conversations that are open, and how each one is. */

import type { App } from '../app.ts';
import { renderDuration } from '../lib/format/duration.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import { type SessionView, viewSessions } from '../lib/runs/sessions/session-state.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import { chatFlag } from './flags.ts';
import { coloursOf, printJson, printTable } from './output.ts';

export interface SessionsListFlags {
  all?: boolean;
  group?: string;
  json?: boolean;
}

const columns: Column[] = [
  { title: 'SESSION' },
  { title: 'NAME', canShrink: true },
  { title: 'STATE' },
  { title: 'WAITING', align: 'right' },
  { title: 'UNUSED FOR', align: 'right' },
  { title: 'FOLDER', canShrink: true },
];

export async function run(app: App, flags: SessionsListFlags): Promise<number> {
  const chat = flags.group === undefined ? null : chatFlag('--group', flags.group);
  const sessions = createSessionStore(app)
    .list()
    .filter(({ ended_at, telegram_group }) => (flags.all || ended_at === null) && (!chat || telegram_group === chat));
  const views = viewSessions({ ...app, tasks: await app.openTasks(), queue: app.queue }, sessions);
  if (flags.json) {
    printJson(
      app,
      views.map(({ session, state, task, waiting }) => ({
        ...session,
        state,
        task_id: task?.task_id ?? null,
        waiting,
      })),
    );
    return 0;
  }
  if (views.length === 0) {
    app.terminal.say('No session is open. Begin one with: ccdispatch sessions new\n');
    return 0;
  }
  const colours = await coloursOf(app);
  const paint: Partial<Record<SessionView['state'], (text: string) => string>> = {
    healthy: colours.good,
    working: colours.doubtful,
    waiting: colours.doubtful,
    stuck: colours.bad,
    dead: colours.bad,
  };
  const row = ({ session, state, waiting }: SessionView): Cell[] => [
    session.session_id,
    session.name,
    { text: state, paint: paint[state] ?? colours.faint },
    waiting === 0 ? '-' : String(waiting),
    renderDuration(Math.max(0, app.clock.now() - Date.parse(session.last_used_at))),
    session.workdir,
  ];
  await printTable(app, columns, views.map(row));
  return 0;
}
