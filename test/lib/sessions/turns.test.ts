// What a session's process had cost before a turn is found in its events, however far back, and however long their lines are.

import { describe, expect, it } from 'vitest';
import { createAgents } from '../../../src/lib/agents/registry.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { eventsOf } from '../../../src/lib/sessions/process.ts';
import { costAt } from '../../../src/lib/sessions/turns.ts';
import { makeHome } from '../../support/home.ts';

const result = (cost: number, text = 'Done.') =>
  JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: text, total_cost_usd: cost });
const other = (length: number) => JSON.stringify({ type: 'stream_event', text: 'é'.repeat(length) });

function costOf(lines: readonly string[], further = ''): number | null {
  const home = makeHome();
  const folder = home.outside;
  const before = `${lines.join('\n')}\n`;
  home.files.write(eventsOf(folder), before + further);
  const settings = configSchema.parse({});
  const question = { command: 'true', timeoutSeconds: 1 };
  const parts = { files: home.files, settings, homes: [], personHomes: [], hookCommand: '', permissionHook: question };
  const agent = createAgents(parts).get('claude');
  if (!agent) throw new Error('no claude');
  return costAt(home, agent, folder, Buffer.byteLength(before));
}

describe('what a process had cost before a turn', () => {
  it.each([
    ['stands in its last result', [result(1), result(2), other(10)], 2],
    ['stands far back', [result(1), result(2), ...Array.from({ length: 100 }, () => other(3000))], 2],
    ['stands in a line longer than a look', [result(1), result(2, 'y'.repeat(300_000)), other(10)], 2],
    ['is not known where it gave no result', [other(10), other(100_000)], null],
    ['is not known where it said nothing', [], null],
  ])('%s', (_, lines, cost) => {
    expect(costOf(lines)).toBe(cost);
  });

  it('has nothing to do with what came after', () => {
    expect(costOf([result(1)], `${result(5)}\n`)).toBe(1);
  });
});
