// An agent that is killed right after a tool's use has not noted it: it is told, with the same request, that it has begun before.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasProc, openStage } from '../support/crash-stage.ts';
import { warmStandIn } from '../support/warm-home.ts';

it.skipIf(!hasProc)('does nothing twice that its conversation does not know of', { timeout: 60_000 }, async () => {
  const stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
  try {
    const made = await stage.cli(['sessions', 'new', 'forgetful', '--json']);
    const { workdir, session_id: id } = JSON.parse(made.stdout);
    const said = await stage.cli(['sessions', 'send', id, 'TURN once 0 FORGET', '--wait']);
    expect(said.stdout.trim(), said.stderr).toBe('This is the answer of once.');
    expect(readFileSync(join(workdir, 'effects.txt'), 'utf8')).toBe('once\n');
    expect(stage.home.sessions.load(id)).toMatchObject({ generation: 2, repair_count: 1 });
    await stage.cli(['sessions', 'end', id]);
  } finally {
    await stage.close();
  }
});
