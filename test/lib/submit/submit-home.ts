// A home with all that making tasks needs, for shells and chats that are not there.

import { realpathSync } from 'node:fs';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { type ConfigFile, configSchema } from '../../../src/lib/config/schema.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import type { Origin } from '../../../src/lib/submit/draft.ts';
import type { SubmitParts } from '../../../src/lib/submit/submit.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

export const shell: Origin = { kind: 'shell', updateId: null, userId: null, messageId: null, language: null };
export const chat: Origin = { kind: 'telegram', updateId: 900, userId: '77', messageId: 42, language: 'zh' };

export type SubmitHome = TestHome & SubmitParts & { clock: ManualClock };

export function makeSubmitHome(config: ConfigFile = {}): SubmitHome {
  const home = makeHome();
  const clock = createManualClock();
  return {
    ...home,
    clock,
    settings: configSchema.parse(config),
    outbox: createOutbox({ files: home.files, paths: home.paths, clock, botId: null }),
    git: systemGit,
    cwd: home.outside,
    realPath: realpathSync,
    isRoot: false,
  };
}
