/** Claude Code as an agent of ours: its arguments, its input line, and how its conversations are found again. */

import { join } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import { linesFromEnd } from '../../format/json-lines.ts';
import type { Agent, AgentLaunch, AgentRequest, QuestionAnswer, WarmRequest } from '../agent.ts';
import { parseClaudeLine } from './parse.ts';
import { claudeRunSettings, type PermissionHook } from './settings.ts';
import { claudeFolder, findPlan, findTranscript, readCost, readInputRecord } from './transcript.ts';

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

const defaultPermissionMode = 'acceptEdits';

/** Tools that would hold a run open long after its answer, and those that would move the work out of its folder. */
const disallowedTools = ['ScheduleWakeup', 'CronCreate', 'EnterWorktree', 'ExitWorktree'];

function permissionArguments(request: Pick<AgentRequest, 'yolo' | 'permissionMode'>): string[] {
  if (request.yolo) return ['--permission-mode', 'bypassPermissions'];
  return ['--permission-mode', request.permissionMode ?? defaultPermissionMode];
}

function conversationArguments(conversation: { id: string; isNew: boolean } | null): string[] {
  if (!conversation) return [];
  return [conversation.isNew ? '--session-id' : '--resume', conversation.id];
}

function option(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)];
}

/** Partial messages, because without them a long answer is minutes of silence. */
const streamArguments = [
  '-p',
  ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
];

function workArguments(request: Pick<WarmRequest, 'yolo' | 'permissionMode' | 'model' | 'effort' | 'allowedTools'>) {
  return [
    ...permissionArguments(request),
    ...option('--model', request.model),
    ...option('--effort', request.effort),
    ...(request.allowedTools.length > 0 ? ['--allowedTools', ...request.allowedTools] : []),
  ];
}

/** The line on standard input: one turn, known to the agent by its uuid. */
export function claudeInputLine(text: string, uuid: string): string {
  return `${JSON.stringify({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text }] } })}\n`;
}

/**
 * Where the agent lays long outputs of a conversation aside. It reads them again without asking, but not through a link,
 * which its folder of conversations is under an account.
 */
function laidAside({ files }: ClaudeParts, env: Record<string, string>, conversation: { id: string } | null): string[] {
  const projects = join(claudeFolder(env), 'projects');
  const real = files.realPath(projects);
  if (conversation === null || real === null || real === projects) return [];
  return [projects, real].map((folder) => `${folder}/*/${conversation.id}/**`);
}

function launch(parts: ClaudeParts, request: AgentRequest): AgentLaunch {
  const { chatId, worktreeId } = request;
  const mayAsk = request.asksPeople && !request.yolo && request.permissionMode !== 'dontAsk';
  const permissionHook = mayAsk ? parts.permissionHook : null;
  const readable = laidAside(parts, request.env, request.input.conversation);
  const settings = claudeRunSettings({ ...parts, chatId, worktreeId, permissionHook, readable });
  return {
    command: parts.bin,
    args: [
      ...streamArguments,
      ...['--settings', `${request.runFolder}/settings.json`],
      ...conversationArguments(request.input.conversation),
      ...workArguments(request),
      ...option('--max-budget-usd', request.maxBudgetUsd),
      ...(request.furtherFolders?.length ? ['--add-dir', ...request.furtherFolders] : []),
      ...['--disallowedTools', ...disallowedTools],
    ],
    stdin: claudeInputLine(request.input.text, request.input.uuid),
    files: { 'settings.json': `${JSON.stringify(settings, null, 1)}\n` },
  };
}

/** A process for many turns: it asks in its stream instead of through a hook, and ends its settings' life with the session. */
function launchWarm(parts: ClaudeParts, request: WarmRequest): AgentLaunch {
  return launchOnConversation(parts, request, [...streamArguments, '--permission-prompt-tool', 'stdio']);
}

function launchOnConversation(parts: ClaudeParts, request: WarmRequest, how: readonly string[]): AgentLaunch {
  const settings = claudeRunSettings({
    ...parts,
    chatId: request.chatId,
    worktreeId: request.worktreeId,
    permissionHook: null,
    readable: [
      ...laidAside(parts, request.env, request.conversation),
      ...(request.furtherFolders ?? []).map((further) => `${further}/**`),
    ],
  });
  return {
    command: parts.bin,
    args: [
      ...how,
      ...['--settings', `${request.folder}/settings.json`],
      ...conversationArguments(request.conversation),
      ...workArguments(request),
      ...['--disallowedTools', ...disallowedTools],
    ],
    stdin: '',
    files: { 'settings.json': `${JSON.stringify(settings, null, 1)}\n` },
  };
}

const line = (value: object) => `${JSON.stringify(value)}\n`;

const answerLine = (questionId: string, answer: QuestionAnswer) => {
  const response =
    answer.behavior === 'allow'
      ? { behavior: 'allow', updatedInput: answer.input }
      : { behavior: 'deny', message: answer.message };
  return line({ type: 'control_response', response: { subtype: 'success', request_id: questionId, response } });
};

/** Claude Code, driven by its stream of JSON lines. */
export function createClaude(parts: ClaudeParts): Agent {
  const transcript = (conversation: string, env: Record<string, string>) => {
    const path = findTranscript(parts.files, env, conversation);
    return path === null ? null : parts.files.read(path);
  };
  return {
    name: 'claude',
    canResume: true,
    launch: (request) => launch(parts, request),
    warm: {
      launch: (request) => launchWarm(parts, request),
      terminal: (request) => launchOnConversation(parts, request, []),
      inputLine: claudeInputLine,
      interruptLine: (id) => line({ type: 'control_request', request_id: id, request: { subtype: 'interrupt' } }),
      answerLine,
      planOf(conversation, env, written) {
        const path = findPlan(transcript(conversation, env) ?? '', env, written);
        return path === null ? null : parts.files.read(path);
      },
    },
    parseLine: parseClaudeLine,
    hasConversation: (conversation, env) => findTranscript(parts.files, env, conversation) !== null,
    lookUp(conversation, uuids, env) {
      const text = transcript(conversation, env);
      return text === null ? { state: 'no-conversation' } : readInputRecord(text, uuids);
    },
    costBefore(conversation, env) {
      const path = findTranscript(parts.files, env, conversation);
      return path === null ? 0 : readCost(linesFromEnd(parts.files, path));
    },
    concludeExit: () => null,
  };
}
