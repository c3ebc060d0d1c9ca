/** Claude Code as an agent of ours: its arguments, its input line, and how its conversations are found again. */

import type { Files } from '../../adapters/files.ts';
import type { Agent, AgentLaunch, AgentRequest } from '../agent.ts';
import { parseClaudeLine } from './parse.ts';
import { claudeRunSettings, type PermissionHook } from './settings.ts';
import { findTranscript, readCost, readInputRecord } from './transcript.ts';

export interface ClaudeParts {
  files: Files;
  /** Path or name of the program. */
  bin: string;
  /** Absolute paths of our home, and of the person's. */
  homes: readonly string[];
  personHomes: readonly string[];
  hookCommand: string;
  permissionHook: PermissionHook;
}

export const defaultPermissionMode = 'acceptEdits';

/** Tools that would hold a run open long after its answer. */
const disallowedTools = ['ScheduleWakeup', 'CronCreate'];

function permissionArguments(request: AgentRequest): string[] {
  if (request.yolo) return ['--permission-mode', 'bypassPermissions'];
  return ['--permission-mode', request.permissionMode ?? defaultPermissionMode];
}

function conversationArguments(request: AgentRequest): string[] {
  const { conversation } = request.input;
  if (!conversation) return [];
  return [conversation.isNew ? '--session-id' : '--resume', conversation.id];
}

function option(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)];
}

/** The line on standard input: one turn, known to the agent by its uuid. */
export function claudeInputLine(text: string, uuid: string): string {
  return `${JSON.stringify({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text }] } })}\n`;
}

function launch(parts: ClaudeParts, request: AgentRequest, chatId: string): AgentLaunch {
  const mayAsk = request.asksPeople && !request.yolo && request.permissionMode !== 'dontAsk';
  const permissionHook = mayAsk ? parts.permissionHook : null;
  const settings = claudeRunSettings({ ...parts, chatId, permissionHook });
  return {
    command: parts.bin,
    args: [
      '-p',
      ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--settings', `${request.runFolder}/settings.json`],
      ...conversationArguments(request),
      ...permissionArguments(request),
      ...option('--model', request.model),
      ...option('--effort', request.effort),
      ...option('--max-budget-usd', request.maxBudgetUsd),
      ...(request.allowedTools.length > 0 ? ['--allowedTools', ...request.allowedTools] : []),
      ...['--disallowedTools', ...disallowedTools],
    ],
    stdin: claudeInputLine(request.input.text, request.input.uuid),
    files: { 'settings.json': `${JSON.stringify(settings, null, 1)}\n` },
  };
}

/** Claude Code, driven by its stream of JSON lines. */
export function createClaude(parts: ClaudeParts): Agent {
  const transcript = (conversation: string, env: Record<string, string>) => {
    const path = findTranscript(parts.files, env, conversation);
    return path === null ? null : (parts.files.read(path) ?? null);
  };
  return {
    name: 'claude',
    canResume: true,
    launch: (request) => launch(parts, request, request.chatId),
    parseLine: parseClaudeLine,
    lookUp(conversation, uuids, env) {
      const text = transcript(conversation, env);
      return text === null ? { state: 'no-conversation' } : readInputRecord(text, uuids);
    },
    costBefore: (conversation, env) => readCost(transcript(conversation, env) ?? ''),
    concludeExit: () => null,
  };
}
