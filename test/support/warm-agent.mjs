#!/usr/bin/env node
// Stands in for the claude program of a session where many turns must be cheap: turn after turn over the same stream, with a
// transcript as claude keeps one; what a message asks for is done where it can be counted.

import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const args = process.argv.slice(2);
/** @param {string} flag */
const argument = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : null);
const conversation = argument('--session-id') ?? argument('--resume') ?? 'none';
const folder = path.join(process.env.HOME ?? '/', '.claude', 'projects', 'scripted');
const transcript = path.join(folder, `${conversation}.jsonl`);
const effects = path.join(process.cwd(), 'effects.txt');

/** @param {object} event */
const say = (event) => fs.writeSync(1, `${JSON.stringify(event)}\n`);
const told = () => (fs.existsSync(transcript) ? fs.readFileSync(transcript, 'utf8') : '');
/** @param {object} entry */
const note = (entry) => fs.appendFileSync(transcript, `${JSON.stringify(entry)}\n`);

/** @param {string} message @returns {never} */
function refuse(message) {
  fs.writeSync(2, `${message}\n`);
  process.exit(1);
}

if ((argument('--resume') !== null) !== fs.existsSync(transcript))
  refuse(`Not as expected: conversation ${conversation}`);
fs.mkdirSync(folder, { recursive: true });
// Two processes on one conversation lose turns: whoever finds another one alive says so where it is counted.
const twin = path.join(folder, `${conversation}.pid`);
const [before = ''] = fs.existsSync(twin) ? fs.readFileSync(twin, 'utf8').split('\n') : [];
const arguments_ = `/proc/${before}/cmdline`;
if (before && fs.existsSync(arguments_) && fs.readFileSync(arguments_, 'utf8').includes(conversation)) {
  fs.appendFileSync(effects, `two processes at once: ${before} and ${process.pid}\n`);
}
fs.writeFileSync(twin, `${process.pid}\n`);

/** The program of a person at a terminal: says where it is, and leaves at `exit`. */
function workAtTerminal() {
  note({ type: 'system', content: 'somebody came in at a terminal' });
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  process.stdout.write(`${isTerminal ? 'a terminal' : 'no terminal'} on ${conversation} in ${process.cwd()}\n`);
  readline.createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.trim() === 'exit') process.exit(0);
  });
}

/** @type {(() => void) | null} */
let wakeUp = null;
let isInterrupted = false;
/** @param {number} ms */
const pause = (ms) =>
  new Promise((resolve) => {
    if (isInterrupted) return resolve(null);
    const timer = setTimeout(resolve, ms, null);
    wakeUp = () => resolve(void clearTimeout(timer));
  });

/** @param {string} uuid @param {string} state */
const lifecycle = (uuid, state) => say({ type: 'command_lifecycle', command_uuid: uuid, state });
/** @param {object} more */
const result = (more) =>
  say({
    type: 'result',
    session_id: conversation,
    duration_ms: 1,
    total_cost_usd: 0,
    usage: { input_tokens: 1, output_tokens: 1 },
    ...more,
  });

/** @param {string} uuid */
function endInterrupted(uuid) {
  result({ subtype: 'error_during_execution', is_error: true, terminal_reason: 'aborted_streaming', result: '' });
  lifecycle(uuid, 'cancelled');
}

/** `TURN <word> <milliseconds>`: the latest one of a text. @param {string} text */
function asked(text) {
  const [, word = 'nothing', ms = '0'] = [...text.matchAll(/TURN (\S+) (\d+)/g)].at(-1) ?? [];
  return { word, ms: Number(ms) };
}

let calls = 0;
/** @param {string} word */
function doWork(word) {
  const id = `${process.pid}-${calls++}`;
  const use = { type: 'tool_use', id, name: 'Bash', input: { command: `echo ${word}` } };
  say({ type: 'assistant', message: { content: [use] }, parent_tool_use_id: null });
  fs.appendFileSync(effects, `${word}\n`);
  const done = { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id }] } };
  note(done);
  say(done);
}

/** Killed right after a tool's use, before any of it is in the transcript. @param {string} uuid @param {string} word */
function dieForgetful(uuid, word) {
  lifecycle(uuid, 'started');
  const use = { type: 'tool_use', id: `${process.pid}-lost`, name: 'Bash', input: { command: `echo ${word}` } };
  say({ type: 'assistant', message: { content: [use] }, parent_tool_use_id: null });
  fs.appendFileSync(effects, `${word}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** @param {string} uuid @param {string} text */
async function turn(uuid, text) {
  isInterrupted = false;
  const earlier = told();
  // What the conversation holds is not done again.
  if (earlier.includes(`"uuid":"${uuid}"`)) return lifecycle(uuid, 'completed');
  if (text.includes('FORGET') && !text.includes('You had begun')) return dieForgetful(uuid, asked(text).word);
  note({ type: 'user', uuid, promptSource: 'sdk', message: { content: [{ type: 'text', text }] } });
  lifecycle(uuid, 'started');
  say({ type: 'system', subtype: 'init', session_id: conversation, model: 'scripted' });
  const isContinued = /^You were interrupted|You had begun with this/m.test(text);
  const { word, ms } = asked(text.includes('TURN ') ? text : earlier);
  await pause(ms / 2);
  if (isInterrupted) return endInterrupted(uuid);
  const isDone = isContinued && fs.existsSync(effects) && fs.readFileSync(effects, 'utf8').split('\n').includes(word);
  if (!isDone) doWork(word);
  await pause(ms / 2);
  if (isInterrupted) return endInterrupted(uuid);
  const answer = `This is the answer of ${word}.`;
  note({
    type: 'assistant',
    message: { id: uuid, stop_reason: 'end_turn', content: [{ type: 'text', text: answer }] },
  });
  result({ subtype: 'success', is_error: false, result: answer });
  lifecycle(uuid, 'completed');
}

/** @type {Promise<unknown>} */
let last = Promise.resolve();
/** @param {string} line */
function hear(line) {
  const told = JSON.parse(line);
  if (told.request?.subtype === 'interrupt') {
    isInterrupted = true;
    wakeUp?.();
    return;
  }
  if (told.type !== 'user') return;
  lifecycle(told.uuid, 'queued');
  last = last.then(() => turn(told.uuid, told.message.content[0].text));
}

if (args.includes('-p')) readline.createInterface({ input: process.stdin }).on('line', hear);
else workAtTerminal();
