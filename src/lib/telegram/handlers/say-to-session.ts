/** A message of the chat to a session: a task of it, whose placeholder is the answer. */

import type { Session } from '../../sessions/record.ts';
import type { Person } from '../../users/record.ts';
import type { Feature } from '../../users/rights.ts';
import type { IncomingMessage } from '../incoming.ts';
import type { MessageOptions } from '../parse-command.ts';
import { mayUseFiles } from '../refusals.ts';
import { say } from '../say.ts';
import type { Turn } from '../turn.ts';
import { type MessageExtras, makeMessage } from './make-task.ts';

/** What a session with these options needs and the person may not use. */
export function missingForSession(person: Person, { ali, agentTeams, yolo, repo }: MessageOptions): Feature[] {
  const needed: [unknown, Feature][] = [
    [ali, 'ali'],
    [agentTeams, 'agent-teams'],
    [yolo, 'yolo'],
    [repo, 'repo'],
  ];
  return needed.flatMap(([isWanted, feature]) => (isWanted && !person.features.has(feature) ? [feature] : []));
}

/** What the session itself was begun with; whoever lost a feature since does not use it through a session. */
function missingIn(person: Person, { profile, options, repo }: Session): Feature[] {
  const wants = {
    ...(profile === 'ali' ? { ali: true as const } : {}),
    ...(options.agent_teams ? { agentTeams: true as const } : {}),
    ...(options.yolo ? { yolo: true as const } : {}),
    ...(repo === null ? {} : { repo }),
  };
  return missingForSession(person, wants);
}

/** Whether the person's plain text may go there: what another one's session has he must be allowed to use. His own says what is missing. */
export function mayUse(person: Person, session: Session): boolean {
  return session.user_id === person.id || missingIn(person, session).length === 0;
}

/** Makes a task of the text in the session. */
export async function sayToSession(
  turn: Turn<IncomingMessage>,
  session: Session,
  text: string,
  extras: MessageExtras = {},
): Promise<void> {
  const { asked, texts, person } = turn;
  if (!person) return;
  const missing = missingIn(person, session);
  if (missing.length > 0) return await say(turn, texts.notAllowed(missing));
  if (asked.files.length > 0 && !(await mayUseFiles(turn))) return;
  if (text === '' && asked.files.length === 0) return await say(turn, texts.emptyPrompt);
  await makeMessage(turn, text, session, extras);
}
