/** Claude Code's output, one JSON object per line, as our events; the only file that knows its shape. */

import { isObject, parseObject } from '../../format/json.ts';
import { cutText } from '../../format/text.ts';
import type { AgentEvent, AgentResult } from '../agent.ts';

type Json = Record<string, unknown>;

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const listOf = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : []);

/** The input field that says best what each kind of tool works on. */
const targetFields = [
  'file_path',
  'notebook_path',
  'command',
  'pattern',
  'url',
  'query',
  'path',
  'description',
  'prompt',
];

const targetChars = 200;

function toolEvent(block: Json): AgentEvent {
  const input = isObject(block.input) ? block.input : {};
  const field = targetFields.find((name) => typeof input[name] === 'string');
  const name = textOf(block.name) ?? 'tool';
  const path = textOf(input.file_path) ?? textOf(input.notebook_path);
  return {
    type: 'tool',
    id: textOf(block.id) ?? '',
    name,
    target: field ? cutText(input[field] as string, targetChars, '') : null,
    writes: path && ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'].includes(name) ? path : null,
    // Tools of servers that people add may do anything, as a shell may.
    ...(name === 'Bash' || name.startsWith('mcp__') ? { isOpaque: true } : {}),
  };
}

/** An answer of the model; those of agents that our agent started count for tools, not for text. */
function assistantEvents(line: Json): AgentEvent[] {
  const message = isObject(line.message) ? line.message : {};
  const isOwn = line.parent_tool_use_id === null || line.parent_tool_use_id === undefined;
  return listOf(message.content).flatMap((block): AgentEvent[] => {
    if (block.type === 'tool_use') return [toolEvent(block)];
    const text = textOf(block.text);
    return block.type === 'text' && text && isOwn ? [{ type: 'text', text }] : [];
  });
}

function userEvents(line: Json): AgentEvent[] {
  const message = isObject(line.message) ? line.message : {};
  return listOf(message.content).flatMap((block): AgentEvent[] =>
    block.type === 'tool_result'
      ? [{ type: 'tool-ended', id: textOf(block.tool_use_id) ?? '', isError: block.is_error === true }]
      : [],
  );
}

/** Partial messages carry the only complete token counts: the input at a message's start, the output at its end. */
function streamEvents(line: Json): AgentEvent[] {
  const event = isObject(line.event) ? line.event : {};
  if (event.type === 'message_start') {
    const message = isObject(event.message) ? event.message : {};
    const usage = isObject(message.usage) ? message.usage : {};
    return [
      {
        type: 'usage',
        input: numberOf(usage.input_tokens) ?? 0,
        output: 0,
        cacheRead: numberOf(usage.cache_read_input_tokens) ?? 0,
        cacheWrite: numberOf(usage.cache_creation_input_tokens) ?? 0,
      },
    ];
  }
  if (event.type === 'message_delta') {
    const usage = isObject(event.usage) ? event.usage : {};
    return [{ type: 'usage', input: 0, output: numberOf(usage.output_tokens) ?? 0, cacheRead: 0, cacheWrite: 0 }];
  }
  return [];
}

function systemEvents(line: Json): AgentEvent[] {
  switch (line.subtype) {
    case 'init':
      return [{ type: 'started', conversation: textOf(line.session_id) ?? '', model: textOf(line.model) }];
    case 'background_tasks_changed':
      return [
        {
          type: 'background',
          tasks: listOf(line.tasks).map((task) => ({
            id: textOf(task.task_id) ?? '',
            description: textOf(task.description) ?? '',
          })),
        },
      ];
    case 'api_retry':
      return [
        {
          type: 'limit',
          status: numberOf(line.error_status),
          attempt: numberOf(line.attempt),
          resetsAt: null,
          isWall: false,
        },
      ];
    default:
      return [];
  }
}

/** The ISO instant of seconds since 1970; null where there is none, or none that a date can be. */
function instantOf(seconds: number | null): string | null {
  const date = new Date(seconds === null ? Number.NaN : seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function rateLimitEvents(line: Json): AgentEvent[] {
  const info = isObject(line.rate_limit_info) ? line.rate_limit_info : {};
  if (info.status !== 'rejected') return [];
  const [resets, window] = [numberOf(info.resetsAt), textOf(info.rateLimitType)];
  const limit = { type: 'limit', status: 429, attempt: null, resetsAt: instantOf(resets), isWall: true } as const;
  return [window ? { ...limit, window } : limit];
}

/** `subtype` says `success` even for a failed call of the service: `is_error` and the status decide. */
function reasonOf(line: Json): AgentResult['reason'] {
  if (line.is_error !== true && line.subtype === 'success') return null;
  const status = numberOf(line.api_error_status);
  if (status === 429) return 'limit';
  if (status === 401 || status === 403) return 'auth';
  if (status !== null && status >= 500) return 'overloaded';
  if (line.subtype === 'error_max_budget_usd') return 'budget';
  if (/^aborted/.test(textOf(line.terminal_reason) ?? '')) return 'interrupted';
  return 'agent';
}

function resultEvent(line: Json): AgentEvent {
  const usage = isObject(line.usage) ? line.usage : null;
  const input = usage
    ? ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'].reduce(
        (sum, key) => sum + (numberOf(usage[key]) ?? 0),
        0,
      )
    : 0;
  const reason = reasonOf(line);
  const errors = Array.isArray(line.errors) ? line.errors.filter((item) => typeof item === 'string').join('\n') : '';
  return {
    type: 'finished',
    result: {
      isError: reason !== null,
      reason,
      text: textOf(line.result) ?? errors,
      totalCostUsd: numberOf(line.total_cost_usd),
      usage: usage ? { input_tokens: input, output_tokens: numberOf(usage.output_tokens) ?? 0 } : null,
      durationMs: numberOf(line.duration_ms),
      conversation: textOf(line.session_id),
    },
  };
}

const inputStates = ['queued', 'started', 'completed', 'cancelled'] as const;

function inputEvents(line: Json): AgentEvent[] {
  const uuid = textOf(line.command_uuid);
  const state = inputStates.find((one) => one === line.state);
  return uuid !== null && state ? [{ type: 'input', uuid, state }] : [];
}

/** Tools whose question is the point of using them. */
const questionKinds: Record<string, 'choice' | 'plan'> = { AskUserQuestion: 'choice', ExitPlanMode: 'plan' };

function questionEvents(line: Json): AgentEvent[] {
  const request = isObject(line.request) ? line.request : {};
  const [id, tool] = [textOf(line.request_id), textOf(request.tool_name)];
  if (request.subtype !== 'can_use_tool' || id === null || tool === null) return [];
  const input = isObject(request.input) ? request.input : {};
  const kind = questionKinds[tool] ?? 'permission';
  return [
    {
      type: 'asked',
      question: { id, toolUseId: textOf(request.tool_use_id), tool, input, kind, agentId: textOf(request.agent_id) },
    },
  ];
}

/** The events of one line; none for what is not known here or is no JSON: new kinds come with every version. */
export function parseClaudeLine(text: string): AgentEvent[] {
  if (!text.startsWith('{')) return [];
  const line = parseObject<Json>(text);
  if (line === null) return [];
  switch (line.type) {
    case 'system':
      return systemEvents(line);
    case 'assistant':
      return assistantEvents(line);
    case 'user':
      return userEvents(line);
    case 'stream_event':
      return streamEvents(line);
    case 'rate_limit_event':
      return rateLimitEvents(line);
    case 'command_lifecycle':
      return inputEvents(line);
    case 'control_request':
      return questionEvents(line);
    case 'result':
      return [resultEvent(line)];
    default:
      return [];
  }
}
