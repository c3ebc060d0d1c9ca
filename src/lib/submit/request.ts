/** What somebody asks for, checked: the same for a shell, a batch file and a chat. */

import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';
import { fail } from '../errors/errors.ts';
import { parseDuration } from '../format/duration.ts';
import { renderInstant } from '../format/instant.ts';
import { parseTaskId } from '../format/task-id.ts';
import { cutText, oneLine } from '../format/text.ts';
import { looksLikeWhen, parseWhen } from '../format/when.ts';

/** A prompt may be so long, in bytes of UTF-8. */
export const maxPromptBytes = 10 * 1024 * 1024;
const maxNameChars = 80;

const priorityNames: Record<string, number> = { high: 8, normal: 5, low: 2 };
/** Modes that Claude Code knows; `yolo` is asked for on its own. */
const permissionModes = ['acceptEdits', 'auto', 'default', 'dontAsk', 'manual', 'plan'] as const;

const text = z.string();
const matching = (pattern: RegExp, fault?: string) => text.check(z.regex(pattern, fault));
const notChatId = 'must be a chat id: digits, with a minus for groups';
const chatId = z.pipe(
  z.union([text, z.pipe(z.int(), z.transform(String))], notChatId),
  matching(/^-?\d{1,20}$/, notChatId),
);

/** Numbers and texts as `read` understands them; what it gives null for is refused. */
function readAs(read: (value: number | string) => number | null, fault: string) {
  const transform = z.transform((value: number | string, context) => {
    const found = read(value);
    if (found !== null) return found;
    context.issues.push({ code: 'custom', message: fault, input: value });
    return z.NEVER;
  });
  return z.pipe(z.union([z.number(), text], fault), transform);
}

const priority = readAs((value) => {
  const number =
    typeof value === 'number' ? value : (priorityNames[value] ?? (/^\d$/.test(value) ? Number(value) : Number.NaN));
  return Number.isInteger(number) && number >= 0 && number <= 9 ? number : null;
}, 'must be high, normal, low, or 0 to 9');

const duration = readAs((value) => {
  const ms = typeof value === 'number' ? value * 1000 : parseDuration(value);
  return ms !== null && ms > 0 ? ms : null;
}, 'must be a time such as 90s, 10m or 2h');

/** Texts with commas between them. */
const separated = z.pipe(
  text,
  z.transform((value) => value.split(',')),
);
const trimmed = z.pipe(
  z.union([z.array(text), separated], 'must be a list of tools'),
  z.transform((items: string[]) => items.map((item) => item.trim()).filter((item) => item !== '')),
);
/** They become arguments of the agent: none may look like an option of its own. */
const isToolName = (item: string) => /^[^\p{Cc}-]\P{Cc}*$/u.test(item);
const list = z.pipe(
  trimmed,
  z
    .array(text)
    .check(z.refine((items) => items.every(isToolName), 'must be names of tools, such as Read or Bash(git:*)')),
);

const amount = z.pipe(
  z.union([z.number(), z.pipe(text, z.transform(Number))], 'must be an amount'),
  z.number('must be an amount').check(z.positive('must be more than 0')),
);

const notThread = 'must be the number of a topic';
const thread = z.pipe(
  z.union([z.number(), z.pipe(matching(/^\d+$/), z.transform(Number))], notThread),
  z.int(notThread).check(z.positive(notThread)),
);

/** The options of a task by the names they have on the command line, in camel case. */
const requestSchema = z.strictObject({
  prompt: text.check(
    z.refine((value) => value.trim() !== '', 'must not be empty'),
    z.refine((value) => Buffer.byteLength(value) <= maxPromptBytes, 'must not be longer than 10 MB'),
  ),
  group: z.optional(chatId),
  name: z.optional(
    text.check(
      z.overwrite((value) => cutText(oneLine(value), maxNameChars)),
      z.refine((value) => value !== '', 'must hold at least one visible character'),
    ),
  ),
  workdir: z.optional(text.check(z.minLength(1, 'must not be empty'))),
  repo: z.optional(matching(/^[^\p{Cc}]{1,4096}$/u, 'must be the path of a repository')),
  base: z.optional(matching(/^[^\s\p{Cc}-][^\s\p{Cc}]{0,249}$/u, 'must name a branch, a tag or a commit')),
  branch: z.optional(matching(/^[^\s\p{Cc}-][^\s\p{Cc}]{0,199}$/u, 'must be the name of a branch')),
  worktree: z.optional(z.boolean()),
  session: z.optional(matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/, 'must be the id of a conversation or a task')),
  thread: z.optional(thread),
  agent: z.optional(text.check(z.minLength(1))),
  profile: z.optional(text.check(z.minLength(1))),
  ali: z.optional(z.boolean()),
  agentTeams: z.optional(z.boolean()),
  model: z.optional(matching(/^[^\s\p{Cc}-][^\s\p{Cc}]{0,199}$/u, 'must be the name of a model')),
  effort: z.optional(matching(/^[a-z]{1,20}$/, 'must be a level such as low, medium or high')),
  permissionMode: z.optional(z.enum(permissionModes)),
  allowedTools: z.optional(list),
  yolo: z.optional(z.boolean()),
  maxBudgetUsd: z.optional(amount),
  timeout: z.optional(duration),
  priority: z.optional(priority),
  at: z.optional(
    text.check(z.refine(looksLikeWhen, 'must be a time such as 2026-11-21T09:00, 09:00, +90m or "in 2h"')),
  ),
  after: z.optional(text.check(z.refine((id) => parseTaskId(id) !== null, 'must be the id of a task'))),
  ifFailed: z.optional(z.enum(['cancel', 'run'], 'must be cancel or run')),
  approvals: z.optional(z.boolean()),
  hold: z.optional(z.boolean()),
});

type Checked = z.output<typeof requestSchema>;

/** What somebody asks for; `at` is in milliseconds since 1970. */
export type TaskRequest = Omit<Checked, 'at'> & { at?: number };

const optionNames: Record<string, string> = {
  agentTeams: 'agent-teams',
  permissionMode: 'permission-mode',
  allowedTools: 'allowed-tools',
  maxBudgetUsd: 'max-budget-usd',
  ifFailed: 'if-failed',
};

/** The words for faults that have none of ours. */
const { localeError: words } = english();

/** The request with its time as an instant; what is wrong with that is known only now. */
function atNow({ at: given, ...request }: Checked, now: number): { request: TaskRequest } | { faults: string[] } {
  if (given === undefined) return { request };
  const at = parseWhen(given, now);
  if (typeof at === 'number') return { request: { ...request, at } };
  const clock = renderInstant(new Date(now).toISOString());
  const fault = at === 'past' ? `lies in the past; it is ${clock} here` : 'lies more than a year ahead';
  return { faults: [`at: "${given}" ${fault}`] };
}

/**
 * The faults of a request, one line each, by the names of the command line's options. `now` is in milliseconds since 1970:
 * times are asked for as a clock on the wall shows them.
 */
export function faultsOf(value: unknown, now: number): { request: TaskRequest } | { faults: string[] } {
  const parsed = requestSchema.safeParse(value, { error: words });
  if (parsed.success) return atNow(parsed.data, now);
  return {
    faults: parsed.error.issues.flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `"${key}" is not an option of a task`);
      const key = String(issue.path[0] ?? '');
      const shown = key ? (optionNames[key] ?? key) : 'the task';
      return [`${shown}: ${issue.message}`];
    }),
  };
}

/** The checked request; throws `usage` with every fault. */
export function parseRequest(value: unknown, now: number): TaskRequest {
  const result = faultsOf(value, now);
  if ('request' in result) return result.request;
  return fail(
    'usage',
    `The task cannot be taken: ${result.faults.join('; ')}.`,
    'See the options with: ccdispatch dispatch --help',
  );
}

/** Accepts `max-budget-usd` and `max_budget_usd` for `maxBudgetUsd`, so that files may use the option's own names. */
function camelCase(name: string): string {
  return name.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The requests of a batch file, one JSON object per line; throws `usage` naming every bad line. All or none. */
export function parseBatch(source: string, now: number): TaskRequest[] {
  const faults: string[] = [];
  const requests: TaskRequest[] = [];
  // Some editors begin a file with a mark of its byte order.
  const lines = source.replace(/^\ufeff/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      faults.push(`line ${index + 1} is not JSON`);
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      faults.push(`line ${index + 1} is not an object`);
      continue;
    }
    const named = Object.fromEntries(Object.entries(value).map(([name, item]) => [camelCase(name), item]));
    const result = faultsOf(named, now);
    if ('request' in result) requests.push(result.request);
    else faults.push(`line ${index + 1}: ${result.faults.join('; ')}`);
  }
  if (faults.length > 0) {
    const shown = faults.slice(0, 10).join('\n  ');
    return fail(
      'usage',
      `The batch has ${faults.length} bad ${faults.length === 1 ? 'line' : 'lines'}; nothing was added.\n  ${shown}`,
      'Mend them and run it again.',
    );
  }
  if (requests.length === 0)
    return fail('usage', 'The batch holds no task.', 'Put one JSON object on each line, such as {"prompt": "…"}.');
  return requests;
}
