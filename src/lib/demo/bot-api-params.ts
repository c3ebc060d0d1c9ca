/** Reads a Bot API call's parameters from JSON, form and multipart bodies and from the query, as typed values. */
import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from './bot-api-refusal.ts';

/** A file that came with a multipart body. */
export interface UploadedFile {
  name: string;
  bytes: Buffer;
}

/** `chat_id` is always a string, numbers are numbers, structures are parsed; files are `UploadedFile`. */
export type BotParams = Record<string, unknown>;

const INTEGERS = new Set(['message_id', 'message_thread_id', 'reply_to_message_id', 'offset', 'limit', 'timeout']);
const BOOLEANS = new Set([
  'allow_sending_without_reply',
  'disable_notification',
  'drop_pending_updates',
  'protect_content',
  'show_alert',
]);
const STRUCTURES = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'link_preview_options',
  'reply_markup',
  'reply_parameters',
  'scope',
]);

/** @throws BotApiRefusal 400 where a value is not what its parameter needs. */
export async function readParams(url: URL, headers: IncomingHttpHeaders, body: Buffer): Promise<BotParams> {
  const raw: BotParams = { ...Object.fromEntries(url.searchParams), ...(await readBody(headers, body)) };
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [key, typed(key, value)]),
  );
}

async function readBody(headers: IncomingHttpHeaders, body: Buffer): Promise<BotParams> {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return {};
  if (type.startsWith('application/json')) {
    const parsed = parseJson(body.toString('utf8'), 'request body');
    if (typeof parsed !== 'object' || parsed === null) throw badRequest("can't parse request body");
    return { ...parsed };
  }
  if (type.startsWith('multipart/form-data')) return readMultipart(type, body);
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

async function readMultipart(type: string, body: Buffer): Promise<BotParams> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => null);
  if (form === null) throw badRequest("can't parse multipart/form-data");
  const params: BotParams = {};
  for (const [key, value] of form) {
    if (typeof value === 'string') params[key] = value;
    else params[key] = { name: value.name, bytes: Buffer.from(await value.arrayBuffer()) } satisfies UploadedFile;
  }
  return params;
}

function typed(key: string, value: unknown): unknown {
  if (key === 'chat_id' || key === 'user_id') return String(value);
  if (INTEGERS.has(key)) {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || value === '') throw badRequest(`invalid ${key} specified`);
    return number;
  }
  if (BOOLEANS.has(key)) return value === true || value === 'true' || value === 'True' || value === '1' || value === 1;
  if (STRUCTURES.has(key) && typeof value === 'string') return value === '' ? undefined : parseJson(value, key);
  return value;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const name = what === 'reply_markup' ? 'reply keyboard markup JSON object' : what;
    throw badRequest(`can't parse ${name}`);
  }
}

/** True for a parameter that came as a file. */
export function isUploadedFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes);
}
