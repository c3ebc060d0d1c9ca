// Many sessions under random kills of their workers and agents: each message is answered once, in its turn and in its chat, and nothing is left.

import { expect, it } from 'vitest';
import { hasProc } from '../support/crash-stage.ts';
import { openSoak, type SoakRequest, soak } from '../support/session-soak.ts';
import { growthOf, judgeSoak } from '../support/session-verdict.ts';

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
/** `short`: in every test run; `minute`: about a minute; `long`: ten minutes. */
const length = process.env.TEST_SOAK ?? 'short';

const short: SoakRequest = {
  ...{ seed, sessions: 5, maxWarm: 3, turns: 36, turnMs: 120, paceMs: 60, quietFrom: 0.8 },
  ...{ killWorkerMs: 1200, killAgentMs: 500 },
};
const minute: SoakRequest = { ...short, sessions: 20, maxWarm: 6, turns: 300, paceMs: 150, killWorkerMs: 4000 };
const long: SoakRequest = {
  ...{ seed, sessions: 50, maxWarm: 8, turns: 2000, turnMs: 600, paceMs: 420, quietFrom: 0.5 },
  ...{ killWorkerMs: 6000, killAgentMs: 5000 },
};
const forms: Record<string, SoakRequest> = { short, minute, long };

async function run(request: SoakRequest): Promise<void> {
  const began = performance.now();
  const stage = await openSoak(request);
  try {
    const soaked = await soak(stage, request);
    const { faults, figures } = judgeSoak(soaked);
    const growth = growthOf(soaked);
    const seconds = Math.round((performance.now() - began) / 1000);
    const told = JSON.stringify({ seed: request.seed, seconds, ...figures, ...growth });
    console.info(told);
    expect(faults, `TEST_SEED=${request.seed} repeats it: ${told}`).toEqual([]);
    // One may have been in the making when its worker was killed.
    expect(soaked.mostWarm, told).toBeLessThanOrEqual(request.maxWarm + 1);
    if (growth.samples > 60) {
      expect(growth['MB late'], told).toBeLessThan(growth['MB early'] * 1.2 + 10);
      expect(growth['descriptors late'], told).toBeLessThanOrEqual(growth['descriptors early'] + 8);
    }
  } finally {
    await stage.close();
  }
}

it.skipIf(!hasProc)(
  `sessions lose nothing and answer nothing twice (${length}, TEST_SEED=${seed})`,
  { timeout: length === 'long' ? 1_500_000 : 300_000 },
  () => run(forms[length] ?? short),
);

it.skipIf(!hasProc)(`nor do those of the real program (TEST_SEED=${seed})`, { timeout: 120_000 }, () =>
  run({
    ...{ ...short, isReal: true, sessions: 2, maxWarm: 2, turns: length === 'short' ? 4 : 24, turnMs: 400 },
    ...{ killWorkerMs: 2500, killAgentMs: 2000 },
  }),
);
