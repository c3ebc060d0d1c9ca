/** What somebody asks for, checked: the same for a shell, a batch file and a chat. */

import * as z from 'zod';
import { fail } from '../errors/errors.ts';
import { parseDuration } from '../format/duration.ts';
import { oneLine } from '../format/text.ts';

/** A prompt may be so long, in bytes of UTF-8. */
export const maxPromptBytes = 10 * 1024 * 1024;
const maxNameChars = 80;

const priorityNames: Record<string, number> = { high: 8, normal: 5, low: 2 };
/** Modes that Claude Code knows; `yolo` is asked for on its own. */
export const permissionModes = ['acceptEdits', 'auto', 'default', 'dontAsk', 'manual', 'plan'] as const;

const text = z.string();
const notChatId = 'must be a chat id: digits, with a minus for groups';
const chatId = z
  .union([text, z.number().int().transform(String)], notChatId)
  .pipe(text.regex(/^-?\d{1,20}$/, notChatId));

const notPriority = 'must be high, normal, low, or 0 to 9';
const priority = z.union([z.number(), text], notPriority).transform((value, context) => {
  const number =
    typeof value === 'number' ? value : (priorityNames[value] ?? (/^\d$/.test(value) ? Number(value) : Number.NaN));
  if (Number.isInteger(number) && number >= 0 && number <= 9) return number;
  context.addIssue({ code: 'custom', message: notPriority });
  return z.NEVER;
});

const notDuration = 'must be a time such as 90s, 10m or 2h';
const duration = z.union([z.number(), text], notDuration).transform((value, context) => {
  const ms = typeof value === 'number' ? value * 1000 : parseDuration(value);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: notDuration });
  return z.NEVER;
});

const list = z
  .union([z.array(text), text.transform((value) => value.split(','))], 'must be a list of tools')
  .transform((items) => items.map((item) => item.trim()).filter((item) => item !== ''));

const amount = z
  .union([z.number(), text.transform(Number)], 'must be an amount')
  .pipe(z.number('must be an amount').positive('must be more than 0'));

const notThread = 'must be the number of a topic';

/** The options of a task by the names they have on the command line, in camel case. */
export const requestSchema = z.strictObject({
  prompt: text
    .refine((value) => value.trim() !== '', 'must not be empty')
    .refine((value) => Buffer.byteLength(value) <= maxPromptBytes, 'must not be longer than 10 MB'),
  group: chatId.optional(),
  name: text
    .transform((value) => oneLine(value).slice(0, maxNameChars))
    .refine((value) => value !== '', 'must hold at least one visible character')
    .optional(),
  workdir: text.min(1, 'must not be empty').optional(),
  session: text.regex(/^[A-Za-z0-9_-]{1,80}$/, 'must be the id of a conversation or a task').optional(),
  thread: z
    .union([z.number(), text.regex(/^\d+$/).transform(Number)], notThread)
    .pipe(z.number(notThread).int(notThread).positive(notThread))
    .optional(),
  agent: text.min(1).optional(),
  profile: text.min(1).optional(),
  ali: z.boolean().optional(),
  agentTeams: z.boolean().optional(),
  model: text.regex(/^[^\s-]\S{0,199}$/, 'must be the name of a model').optional(),
  effort: text.regex(/^[a-z]{1,20}$/, 'must be a level such as low, medium or high').optional(),
  permissionMode: z.enum(permissionModes).optional(),
  allowedTools: list.optional(),
  yolo: z.boolean().optional(),
  maxBudgetUsd: amount.optional(),
  timeout: duration.optional(),
  priority: priority.optional(),
  hold: z.boolean().optional(),
});

export type TaskRequest = z.output<typeof requestSchema>;

const optionNames: Record<string, string> = {
  agentTeams: 'agent-teams',
  permissionMode: 'permission-mode',
  allowedTools: 'allowed-tools',
  maxBudgetUsd: 'max-budget-usd',
};

/** The faults of a request, one line each, by the names of the command line's options. */
export function faultsOf(value: unknown): { request: TaskRequest } | { faults: string[] } {
  const parsed = requestSchema.safeParse(value);
  if (parsed.success) return { request: parsed.data };
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
export function parseRequest(value: unknown): TaskRequest {
  const result = faultsOf(value);
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
export function parseBatch(source: string): TaskRequest[] {
  const faults: string[] = [];
  const requests: TaskRequest[] = [];
  for (const [index, line] of source.split('\n').entries()) {
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
    const result = faultsOf(named);
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
