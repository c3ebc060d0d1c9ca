/** Tries an account from the chat, as `ccdispatch accounts test` does. */

import type { Account } from '../../accounts/record.ts';
import { CcdispatchError } from '../../errors/errors.ts';
import { sayRefusal } from '../refusals.ts';
import { say } from '../say.ts';
import { addAccountTextsOf } from '../texts-add-account.ts';
import type { Turn } from '../turn.ts';

/** What a service says is shown as it is: nothing in it counts as formatting. */
const quoted = (text: string) => `\`\`\`\n${text.replaceAll('`', "'")}\n\`\`\``;

/** Makes one tiny call under the account beside all else, and says what came of it. */
export async function tryAndSay(turn: Turn, account: Account): Promise<void> {
  const texts = addAccountTextsOf(turn.language);
  const name = `\`${account.name}\``;
  await say(turn, texts.testing(name));
  turn.aside(async (signal) => {
    try {
      const { isOk, status, text } = await turn.parts.tryAccount(account, signal);
      // It is tried again at the next start.
      if (signal.aborted) throw new Error('the bot was stopped while an account was tried');
      await say(turn, isOk ? texts.works(name) : `${texts.worksNot(name, status)}\n${quoted(text)}`);
    } catch (error) {
      if (!(error instanceof CcdispatchError)) throw error;
      await sayRefusal(turn, error);
    }
  });
}
