#!/usr/bin/env node
// Stands in for the claude program where many runs must be cheap: edits a shared file and its own as its prompt says, keeps a
// transcript as claude does, goes on where it stopped, and resolves conflicts that lie open by keeping both sides.

import fs from 'node:fs';
import path from 'node:path';

const args = process.argv.slice(2);
/** @param {string} flag */
const argument = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : null);
const session = argument('--session-id') ?? argument('--resume') ?? 'none';
const [line = ''] = fs.readFileSync(0, 'utf8').split('\n');
const { uuid, message } = JSON.parse(line);
const text = message.content[0].text;

const transcript = path.join(process.env.HOME ?? '/', '.claude', 'projects', 'scripted', `${session}.jsonl`);
fs.mkdirSync(path.dirname(transcript), { recursive: true });
/** @param {object} entry */
const note = (entry) => fs.appendFileSync(transcript, `${JSON.stringify(entry)}\n`);
/** @param {object} event */
const say = (event) => fs.writeSync(1, `${JSON.stringify(event)}\n`);
/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

note({ type: 'user', uuid, promptSource: 'sdk', message: { content: [{ type: 'text', text }] } });
// `PLAN <word> <line> <milliseconds>`: the first prompt of the conversation says what it is about.
const [, word = '', place, length] = /PLAN (\S+) (\d+) (\d+)/.exec(fs.readFileSync(transcript, 'utf8')) ?? [];
const ms = Number(length);
say({ type: 'system', subtype: 'init', session_id: session, model: 'scripted' });

let calls = 0;
/**
 * Says that it edits a file, does so, and says that it did.
 * @param {string} name
 * @param {(before: string) => string} change
 */
function edit(name, change) {
  const file = path.join(process.cwd(), name);
  const id = `${uuid}-${calls++}`;
  const use = { type: 'tool_use', id, name: 'Edit', input: { file_path: file } };
  say({ type: 'assistant', message: { content: [use] }, parent_tool_use_id: null });
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  fs.writeFileSync(file, change(before));
  say({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id }] } });
  note({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id }] } });
}

/** @type {(before: string, add: (before: string) => string) => string} */
const once = (before, add) => (before.includes(word) ? before : add(before));
edit(`${word}.txt`, (before) => once(before, () => `${word}\n`));
if (text.includes('conflict markers')) {
  edit('shared.txt', (before) => before.replace(/^(<<<<<<<|=======|>>>>>>>).*\n/gm, ''));
}
await pause(ms / 2);
edit('shared.txt', (before) => once(before, () => before.replace(`line ${place}\n`, `line ${place}\n${word}\n`)));
await pause(ms / 2);
const answer = `The ${word} is done.`;
note({ type: 'assistant', message: { id: uuid, stop_reason: 'end_turn', content: [{ type: 'text', text: answer }] } });
say({ type: 'result', subtype: 'success', is_error: false, result: answer, session_id: session, duration_ms: 1 });
