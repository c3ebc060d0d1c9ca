/** Tries an account: one tiny real call by the agent's own program. And lets that program log a person in. */

import type { Programs } from '../adapters/programs.ts';
import { parseObject } from '../format/json.ts';
import { oneLine } from '../format/text.ts';

/** What an agent's program is asked for. */
interface Ways {
  /** A call that costs next to nothing, and whose answer says whether it went well. */
  call: readonly string[];
  login: readonly string[];
  /** Ends with 0 where somebody is logged in. */
  status: readonly string[];
}

const ways: Record<string, Ways> = {
  claude: {
    call: [
      ...['-p', 'Answer with the single word: ok', '--output-format', 'json', '--tools', ''],
      ...['--no-session-persistence', '--disable-slash-commands', '--strict-mcp-config', '--setting-sources', 'user'],
    ],
    login: ['auth', 'login'],
    status: ['auth', 'status'],
  },
  codex: {
    call: ['exec', '--json', '--skip-git-repo-check', 'Answer with the single word: ok'],
    login: ['login'],
    status: ['login', 'status'],
  },
};

/** How the agent's program logs in; null for one of a person's own. */
export function waysOf(agent: string): Ways | null {
  return Object.hasOwn(ways, agent) ? (ways[agent] as Ways) : null;
}

export interface CallRequest {
  programs: Pick<Programs, 'ask'>;
  agent: string;
  /** The agent's program. */
  file: string;
  /** The whole environment, the account's included. */
  env: Record<string, string>;
  /** An empty folder. */
  folder: string;
  model: string | null;
  timeoutMs: number;
  /** Ends the call early; what it gives then is of no use. */
  signal?: AbortSignal;
}

export interface CallOutcome {
  isOk: boolean;
  /** What failed, for people; the answer where nothing did. */
  text: string;
  /** Of the service, where it refused. */
  status: number | null;
}

interface ClaudeAnswer {
  is_error?: boolean;
  result?: string;
  api_error_status?: number | null;
}

const longestText = 300;
const cut = (text: string) => oneLine(text).slice(0, longestText);

/** Makes the call. It never throws; secrets are masked by the caller. */
export async function tryCall(request: CallRequest): Promise<CallOutcome> {
  const { programs, agent, file, folder, model, timeoutMs } = request;
  const args = [...(waysOf(agent)?.call ?? []), ...(model === null ? [] : ['--model', model])];
  // Retries go on for minutes; one is enough to get past a dropped connection.
  const env = { CLAUDE_CODE_MAX_RETRIES: '1', ...request.env };
  const answer = await programs.ask(file, args, {
    env,
    timeoutMs,
    cwd: folder,
    ...(request.signal ? { signal: request.signal } : {}),
  });
  if (answer.timedOut) return { isOk: false, text: `no answer within ${timeoutMs / 1000} s`, status: null };
  const said = agent === 'claude' ? parseObject<ClaudeAnswer>(answer.stdout) : null;
  const isOk = answer.exitCode === 0 && said?.is_error !== true;
  const fallback = answer.stderr || answer.stdout || `it ended with ${answer.exitCode}`;
  return { isOk, text: cut(said?.result ?? fallback), status: said?.api_error_status ?? null };
}
