/** Writes one model answer in the two forms of the Messages API: server-sent events and a single JSON message. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { sendJson, waitWhileThere } from './loopback.ts';

export interface ModelUsage {
  input_tokens?: number;
  output_tokens?: number;
  cache_creation_input_tokens?: number;
  cache_read_input_tokens?: number;
}

/** A successful answer: a text, tool calls, or a text followed by tool calls. */
export interface ModelAnswer {
  text?: string;
  toolUses?: { name: string; input: unknown }[];
  /** Milliseconds before the first byte. */
  delayMs?: number;
  /** Milliseconds between two pieces of text. */
  chunkDelayMs?: number;
  usage?: ModelUsage;
}

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown };

const DEFAULT_USAGE = { input_tokens: 100, output_tokens: 20 };
const PIECE = /[\s\S]{1,40}/gu;

/** Answers a request that asked for `stream: true`; stops quietly when the client is gone. */
export async function streamAnswer(
  response: ServerResponse,
  model: string,
  answer: ModelAnswer,
  gone: AbortSignal,
): Promise<void> {
  const message = messageFor(model, answer);
  const { content, stop_reason, usage } = message;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  sendEvent(response, 'message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  });
  for (const [index, block] of content.entries()) {
    const empty = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
    sendEvent(response, 'content_block_start', { index, content_block: empty });
    for (const [number, delta] of deltasOf(block).entries()) {
      if (!(await waitWhileThere(number > 0 ? (answer.chunkDelayMs ?? 0) : 0, gone))) return;
      sendEvent(response, 'content_block_delta', { index, delta });
    }
    sendEvent(response, 'content_block_stop', { index });
  }
  sendEvent(response, 'message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
  sendEvent(response, 'message_stop', {});
  response.end();
}

/** Answers a request without `stream`. */
export function sendAnswer(response: ServerResponse, model: string, answer: ModelAnswer): void {
  sendJson(response, 200, messageFor(model, answer));
}

function messageFor(model: string, answer: ModelAnswer) {
  const content: Block[] = answer.text === undefined ? [] : [{ type: 'text', text: answer.text }];
  // Ids are random, not counted: an agent that resumes a conversation on another server must not meet an id again.
  for (const use of answer.toolUses ?? []) content.push({ type: 'tool_use', id: idFor('toolu'), ...use });
  return {
    id: idFor('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: answer.toolUses?.length ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { ...DEFAULT_USAGE, ...answer.usage },
  };
}

function deltasOf(block: Block): object[] {
  if (block.type === 'tool_use') return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
  return (block.text.match(PIECE) ?? []).map((text) => ({ type: 'text_delta', text }));
}

function idFor(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

function sendEvent(response: ServerResponse, type: string, data: object): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
}
