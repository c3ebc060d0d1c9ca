/** `ccdispatch approvals allow`: an agent may use the tool that it asks for. */

import type { App } from '../app.ts';
import { answerAtShell } from './approvals-at-shell.ts';

export interface AllowFlags {
  forTask?: boolean;
  json?: boolean;
}

export async function run(app: App, flags: AllowFlags, id: string): Promise<void> {
  await answerAtShell(app, id, { action: flags.forTask ? 'allowTask' : 'allow' }, flags);
}
