/** Reads what an agent sent to the Messages API: which turn it is, how far that turn has come, and whether a person asked for it. */
import type { IncomingHttpHeaders } from 'node:http';

interface ContentBlock {
  type: string;
  text?: string;
}

/** The parts of a Messages API request that we look at; everything else is kept as it came. */
export interface MessagesBody {
  model?: string;
  stream?: boolean;
  max_tokens?: number;
  system?: string | ContentBlock[];
  tools?: { name: string }[];
  messages?: { role: string; content: string | ContentBlock[] }[];
  output_config?: { format?: unknown };
  [key: string]: unknown;
}

export interface ModelRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: MessagesBody;
  /**
   * What started this turn, trimmed: the latest user text that is no system reminder, or the `<task-notification>…`
   * of a background task that ended. Several lines that became one turn are joined by a line break.
   */
  sessionText: string;
  /** How many tool results came after that text: 0 for the first request of a turn. */
  toolResults: number;
  /** The agent's working folder as the agent tells the model; null where it does not say. */
  cwd: string | null;
  /** From `x-api-key` or `authorization: Bearer`. */
  apiKey: string | null;
  /** Milliseconds since 1970. */
  at: number;
  /** Housekeeping of the agent (titles, quota probes, token counts, compaction): never shown to a script. */
  isSideRequest: boolean;
}

const TASK_NOTIFICATION = /<task-notification>[\s\S]*?<\/task-notification>/;
/** Texts that the agent itself puts into user messages: after tool results, interruptions and slash commands. */
const NOT_SAID = /^(?:Tool loaded\.$|\[Request interrupted by user|<local-command-|<command-name>)/;
const COMPACTED = 'This session is being continued from a previous conversation';
const REMINDER = /<system-reminder>[\s\S]*?<\/system-reminder>/g;
const WORKING_DIRECTORY = /^[ \t-]*(?:Primary working|Working) directory: (.+)$/gim;
const COMPACTION = /^(?:CRITICAL: Respond with TEXT ONLY|Your task is to create a detailed summary)/;

/** Builds the request record from one HTTP request; a body that is not a JSON object gives an empty one. */
export function parseModelRequest(path: string, headers: IncomingHttpHeaders, raw: Buffer, at: number): ModelRequest {
  const body = parseBody(raw);
  const turn = lastTurn(body);
  return {
    path,
    headers,
    body,
    ...turn,
    cwd: workingDirectory(body),
    apiKey: apiKeyOf(headers),
    at,
    isSideRequest: isSideRequest(path, body, turn.sessionText),
  };
}

function parseBody(raw: Buffer): MessagesBody {
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'));
    return typeof body === 'object' && body !== null ? (body as MessagesBody) : {};
  } catch {
    return {};
  }
}

function lastTurn(body: MessagesBody): { sessionText: string; toolResults: number } {
  let sessionText = '';
  let toolResults = 0;
  for (const message of body.messages ?? []) {
    if (message.role !== 'user') continue;
    const blocks = blocksOf(message.content);
    const texts = blocks.flatMap((block) => promptText(block));
    // After a compaction the summary stands before the next prompt in the same message, or all alone in mid-turn.
    const prompts = texts.filter((text) => !text.startsWith(COMPACTED));
    if (texts.length > 0) {
      sessionText = (prompts.length > 0 ? prompts : texts).join('\n');
      toolResults = 0;
    } else {
      toolResults += blocks.filter((block) => block.type === 'tool_result').length;
    }
  }
  return { sessionText, toolResults };
}

/** What a person (or a finished background task) says in a block; nothing for what the agent adds on its own. */
function promptText(block: ContentBlock): string[] {
  if (block.type !== 'text' || block.text === undefined) return [];
  const notification = TASK_NOTIFICATION.exec(block.text)?.[0];
  if (notification !== undefined) return [notification];
  const text = block.text.replace(REMINDER, '').trim();
  return text === '' || NOT_SAID.test(text) ? [] : [text];
}

/** The last one named wins: an agent that moved says so in a later message. */
function workingDirectory(body: MessagesBody): string | null {
  const texts = [blocksOf(body.system ?? []), ...(body.messages ?? []).map((message) => blocksOf(message.content))]
    .flat()
    .map((block) => block.text ?? '');
  for (const text of texts.reverse()) {
    const found = [...text.matchAll(WORKING_DIRECTORY)].at(-1)?.[1];
    if (found !== undefined) return found.trim();
  }
  return null;
}

function blocksOf(content: string | ContentBlock[]): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function apiKeyOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

function isSideRequest(path: string, body: MessagesBody, sessionText: string): boolean {
  if (path.includes('/count_tokens')) return true;
  if ((body.tools ?? []).length === 0 || body.output_config?.format !== undefined) return true;
  return (body.max_tokens ?? 0) <= 16 || COMPACTION.test(sessionText);
}
