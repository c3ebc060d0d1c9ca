/** The record of a session, `session.json`: its shape, and how an older or broken one is read. */

import * as z from 'zod/mini';
import { fail } from '../errors/errors.ts';
import { parseSessionId } from '../format/session-id.ts';
import { instant, optional, parseRecord, renderRecord } from '../format/stored-record.ts';
import { cutText, oneLine } from '../format/text.ts';

const options = z.object({
  effort: optional(z.string()),
  permission_mode: optional(z.string()),
  allowed_tools: z._default(z.array(z.string()), []),
  yolo: z._default(z.boolean(), false),
  agent_teams: z._default(z.boolean(), false),
});

const repair = z.object({
  at: instant,
  /** `resume`: the process was started again on its conversation; `fresh`: in a new one. */
  kind: z.enum(['resume', 'fresh']),
  /** What was found: `stuck`, `dead`, `poisoned`. */
  cause: z.string(),
  /** The run that was lost by it, `<task>.<run>`; null for none. */
  of: optional(z.string()),
});

const schema = z.object({
  schema_version: z.literal(1),
  session_id: z.string().check(z.refine((text) => parseSessionId(text) !== null, "must be a session's id")),
  /** For people; unique among the open sessions of a chat. */
  name: z.string(),
  /** The chat it belongs to; null for none. */
  telegram_group: optional(z.string()),
  thread_id: optional(z.number()),
  user_id: optional(z.string()),
  language: optional(z.enum(['en', 'zh'])),
  agent: z.string(),
  profile: optional(z.string()),
  /** The account it works under, until that one is limited. */
  account: optional(z.string()),
  model: optional(z.string()),
  options,
  workdir: z.string(),
  repo: optional(z.string()),
  branch: optional(z.string()),
  base: optional(z.string()),
  worktree: optional(z.string()),
  /** The agent's conversation; followed where the agent changes it. */
  agent_session_id: z.string(),
  created_at: instant,
  /** When something was last said in it, by a person or the agent. */
  last_used_at: instant,
  ended_at: optional(instant),
  /** `user`, `idle`, …; null while it is open. */
  end_reason: optional(z.string()),
  /** Counts its agent processes from 1; 0 before the first. */
  generation: z._default(z.number(), 0),
  /** The process of that generation. */
  pid: optional(z.number()),
  pid_started: optional(z.string()),
  /** Why its process was ended in the middle of a turn; null once that was seen to. */
  trouble: optional(z.enum(['stuck'])),
  /** Answers in a row that said nothing, although the model was asked. */
  empty_answers: z._default(z.number(), 0),
  /** The task that it spoke of last: what is told of the session is told with it. */
  last_task_id: optional(z.string()),
  /** Counts its repairs. */
  repair_count: z._default(z.number(), 0),
  /** The latest repairs, oldest first. */
  repairs: z._default(z.array(repair), []),
});

export type Session = z.infer<typeof schema>;
export type SessionRepair = z.infer<typeof repair>;

/** A name is shown in lists and on buttons, so it is short. */
const maxNameChars = 64;

/** What keeps a text from being a session's name; null where nothing does. */
function faultOfName(given: string): string | null {
  const name = oneLine(given).trim();
  if (name === '') return 'holds no visible character';
  if ([...name].length > maxNameChars) return `has more than ${maxNameChars} characters`;
  return /[/\\\p{Cc}]/u.test(given) ? 'holds a slash or a control character' : null;
}

/** Whether it can be typed again, and shown. */
export function isSessionName(given: string): boolean {
  return faultOfName(given) === null;
}

/** The name as it is kept: one line. Throws `usage` for one that cannot be typed again or shown. */
export function checkSessionName(given: string): string {
  const name = oneLine(given).trim();
  const fault = faultOfName(given);
  if (fault === null) return name;
  return fail(
    'usage',
    `The name "${cutText(name, 40)}" of a session ${fault}.`,
    'Choose a short one, such as "website".',
  );
}

/** Reads a record. Throws `failed` for text that is none, or a newer version's. */
export function parseSession(json: string, path: string): Session {
  return parseRecord(json, path, "a session's record", schema);
}

/** The record as it is written to disk. */
export function renderSession(session: Session): string {
  return renderRecord(session);
}
