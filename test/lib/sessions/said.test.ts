// What was said in a session is told to a new conversation, each turn once, a turn after a torn line included.

import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepSaid, readSaid, renderSaid } from '../../../src/lib/sessions/said.ts';
import { makeHome } from '../../support/home.ts';

const id = 'session-1-1763600000000';
const turn = (run: number) => ({ task_id: 'task-1-1763600000000', run, prompt: `question ${run}`, answer: 'yes' });

it('keeps a turn that comes after one whose writer was killed', async () => {
  const parts = makeHome();
  await keepSaid(parts, id, turn(1));
  fs.appendFileSync(join(parts.paths.session(id), 'said.jsonl'), '{"task_id":"task-1-17');
  await keepSaid(parts, id, turn(2));
  await keepSaid(parts, id, turn(2));
  expect(readSaid(parts, id)).toEqual([turn(1), turn(2)]);
  expect(renderSaid(readSaid(parts, id))).toContain('You were asked: question 2\nYou answered: yes');
  expect(renderSaid([])).toBe('');
});
