/** `ccdispatch approvals deny`: an agent may not use the tool that it asks for, and goes on without. */

import type { App } from '../app.ts';
import { answerAtShell } from './approvals-at-shell.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  await answerAtShell(app, id, { action: 'deny' }, flags);
}
