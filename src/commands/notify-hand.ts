/** What a session started by hand says through its hooks, for the chat that the settings name. */

import type { App } from '../app.ts';
import { openOutbox } from '../app-runs.ts';
import { type HookInput, tellHand } from '../lib/notify/hook.ts';

/** False where there is nothing to deliver: no chat in the settings, or an event that nobody needs to hear of. */
export async function handleHandHook(app: App, input: HookInput): Promise<boolean> {
  const settings = await app.settings();
  const { defaultChat } = settings.telegram;
  if (!defaultChat) return false;
  const language = settings.language === 'auto' ? null : settings.language;
  return await tellHand(openOutbox(app, settings), defaultChat, language, input);
}
