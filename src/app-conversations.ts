/** The composition of conversations that go on under another account, whose agent has a folder of its own. */

import type { App } from './app.ts';
import type { Accounts } from './lib/accounts/store.ts';
import type { Log } from './lib/adapters/log.ts';
import type { CarryTo } from './lib/agents/agent.ts';
import { carryConversation } from './lib/agents/claude/carry.ts';
import { claudeFolder } from './lib/agents/claude/transcript.ts';

/** Gives what carries a conversation's record to where its next process looks for it, from wherever an account has it. */
export function openCarrier(app: App, accounts: Accounts, log: Log): CarryTo {
  return async (agent, conversation, env) => {
    const [target, folders] = [claudeFolder(env), accounts.folders(agent)];
    // A profile's own folder is nobody else's: what it does not have is not for it.
    if (agent !== 'claude' || !folders.includes(target)) return null;
    const carried = await carryConversation(app, conversation, target, folders);
    if (carried.kind === 'carried')
      log.info({ conversation, ...carried }, 'a conversation was copied for the next account');
    if (carried.kind !== 'lives') return null;
    return `The process ${carried.pid} works on the conversation ${conversation} (${carried.folder}), so it cannot go on under another account. End that one, then retry the task.`;
  };
}
