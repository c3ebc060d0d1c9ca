// The agent's own record decides whether a task is repeated: what it says is read right, on transcripts of the real program.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realFiles } from '../../../../src/lib/adapters/files.ts';
import {
  claudeFolder,
  findTranscript,
  readCost,
  readInputRecord,
} from '../../../../src/lib/agents/claude/transcript.ts';
import { makeHome } from '../../../support/home.ts';

const fixtures = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'claude-transcripts');
const read = (name: string) => readFileSync(join(fixtures, `${name}.jsonl`), 'utf8');

/** The lines of the fixtures: the task's own, one of ours that says to continue, somebody else's, and the compaction. */
const uuidOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const ours = new Set([uuidOf(1)]);
const withContinue = new Set([uuidOf(1), uuidOf(2)]);
const others = new Set([uuidOf(3)]);
const nobodys = new Set([uuidOf(9)]);

describe('what became of an input, in real transcripts', () => {
  const unfinished = { state: 'unfinished' } as const;
  const answered = (text: string) => ({ state: 'answered', text }) as const;
  it.each([
    ['answered', ours, answered('It is four.')],
    ['write', ours, answered('I wrote hello.txt (9 characters).')],
    ['killed-before-answer', ours, unfinished],
    ['killed-in-tool', ours, unfinished],
    ['interrupted', ours, unfinished],
    ['api-error', ours, unfinished],
    ['continued', withContinue, answered('Built after all.')],
    ['continued', ours, unfinished],
    ['background', ours, answered('The build is done.')],
    ['killed-after-interim', ours, answered('It runs in the background; I will report.')],
    ['killed-after-notification', ours, unfinished],
    ['subagent', ours, answered('all done')],
    ['other-input-after', ours, answered('The first answer.')],
    ['other-input-after', others, answered('The second answer.')],
    ['other-input-unfinished', ours, unfinished],
    ['other-input-unfinished', others, answered('The second answer.')],
    ['compacted', ours, answered('answer to first')],
    ['compacted', others, answered('answer to third')],
  ])('%s', (name, uuids, record) => {
    expect(readInputRecord(read(name), uuids)).toEqual(record);
  });

  it.each(readdirSync(fixtures).map((name) => [name.replace('.jsonl', '')]))('%s knows no line of others', (name) => {
    expect(readInputRecord(read(name), nobodys)).toEqual({ state: 'not-seen' });
  });

  it.each(['answered', 'background', 'continued'])('%s is unfinished as long as its last answer is torn', (name) => {
    const text = read(name);
    const end = text.lastIndexOf('"end_turn"');
    for (const length of [end - 200, end - 1, end + 15]) {
      const record = readInputRecord(text.slice(0, length), withContinue);
      expect(record).toEqual(
        name === 'background' ? answered('It runs in the background; I will report.') : unfinished,
      );
    }
  });
});

const input = (uuid: string, fields = {}) => ({
  type: 'user',
  uuid,
  promptSource: 'sdk',
  message: { content: 'x' },
  ...fields,
});
const says = (text: string, fields = {}, stop_reason: string | null = 'end_turn', id = 'm1') => ({
  type: 'assistant',
  message: { id, stop_reason, content: [{ type: 'text', text }] },
  ...fields,
});
const transcript = (...entries: object[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

describe('an answer', () => {
  it('may stand on several lines, a block on each', () => {
    const text = transcript(input(uuidOf(1)), says('One.'), says(''), says('Two.'));
    expect(readInputRecord(text, ours)).toEqual({ state: 'answered', text: 'One.\nTwo.' });
    const later = transcript(input(uuidOf(1)), says('One.'), says('Other.', {}, 'end_turn', 'm2'));
    expect(readInputRecord(later, ours)).toEqual({ state: 'answered', text: 'Other.' });
  });

  it.each([
    ['of an agent within', says('Inner.', { isSidechain: true })],
    ['that reports a failed call', says('API Error', { isApiErrorMessage: true })],
    ['that goes on', says('More to come.', {}, null)],
    ['that was cut', says('Cut.', {}, 'max_tokens')],
  ])('%s ends nothing', (_kind, answer) => {
    expect(readInputRecord(transcript(input(uuidOf(1)), answer), ours)).toEqual({ state: 'unfinished' });
  });

  it('to another input is not ours, one to a notice of the agent itself is', () => {
    const before = [input(uuidOf(1)), says('Interim.')];
    const other = transcript(...before, input('another'), says('Not ours.', {}, 'end_turn', 'm2'));
    expect(readInputRecord(other, ours)).toEqual({ state: 'answered', text: 'Interim.' });
    const own = transcript(...before, input('n', { promptSource: 'system' }), says('Final.', {}, 'end_turn', 'm2'));
    expect(readInputRecord(own, ours)).toEqual({ state: 'answered', text: 'Final.' });
  });

  it('counts from the latest line of ours', () => {
    const again = transcript(input(uuidOf(1)), says('Old.'), input(uuidOf(2)));
    expect(readInputRecord(again, withContinue)).toEqual({ state: 'unfinished' });
  });
});

describe('what the conversation cost', () => {
  const lastFirst = (text: string) => text.split('\n').reverse();

  it.each([
    ['answered', 0.0008],
    ['background', 0.0024],
    ['compacted', 0.0032],
    ['killed-in-tool', 0],
    ['api-error', 0],
  ])('%s: %d', (name, cost) => expect(readCost(lastFirst(read(name)))).toBeCloseTo(cost, 6));

  it('passes over what is no amount', () => {
    const odd = '{"type":"cost-state","totalCostUSD":"much"}\n{"type":"cost-state"}\n';
    expect(readCost(lastFirst(odd))).toBe(0);
    expect(readCost(lastFirst(`{"type":"cost-state","totalCostUSD":2}\n${odd}{"type":"cost-st`))).toBe(2);
  });
});

it('no transcript makes reading fail', () => {
  const odd = fc.constantFrom(
    ...[
      'null',
      '5',
      '"type":"user"',
      '{"type":"user"',
      '[{"type":"user"}]',
      '"\\"type\\":\\"assistant\\""',
      '\u0000',
      '',
    ],
    `{"type":"user","uuid":"${uuidOf(1)}"}`,
    '{"type":"assistant","message":null}',
    '{"type":"assistant","message":{"stop_reason":"end_turn","content":5}}',
    '{"type":"assistant","message":{"stop_reason":"end_turn","content":[null,5,{"type":"text","text":5}]}}',
    '{"type":"assistant","message":{"stop_reason":"end_turn","content":{"type":"text"}}}',
    '{"type":"assistant","message":5}',
  );
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 8 }), (lines) => {
      const { state } = readInputRecord(lines.join('\n'), ours);
      expect(['not-seen', 'unfinished', 'answered']).toContain(state);
    }),
  );
});

describe('where transcripts are', () => {
  it.each([
    [{ CLAUDE_CONFIG_DIR: '/c', HOME: '/home/x' }, '/c'],
    [{ CLAUDE_CONFIG_DIR: '', HOME: '/home/x' }, '/home/x/.claude'],
    [{}, '/.claude'],
  ])('%j: %s', (env, folder) => expect(claudeFolder(env)).toBe(folder));

  it('is found in whatever folder the agent made for the working folder', () => {
    const { outside } = makeHome();
    const env = { HOME: outside };
    expect(findTranscript(realFiles, env, 'id')).toBe(null);
    for (const project of ['-home-a', '-home-b'])
      mkdirSync(join(outside, '.claude', 'projects', project), { recursive: true });
    expect(findTranscript(realFiles, env, 'id')).toBe(null);
    const path = join(outside, '.claude', 'projects', '-home-b', 'id.jsonl');
    writeFileSync(path, '');
    expect(findTranscript(realFiles, env, 'id')).toBe(path);
  });
});
