/** `ccdispatch accounts add`: makes an account; its secrets come from standard input, or from the agent's own login. */

import type { App } from '../app.ts';
import { logIn } from '../app-accounts.ts';
import { waysOf } from '../lib/agents/one-call.ts';
import { agentNames } from '../lib/agents/registry.ts';
import { fail } from '../lib/errors/errors.ts';
import { type AccountFlags, givenChange } from './accounts-given.ts';
import { printAccount } from './accounts-shown.ts';

export async function run(app: App, flags: AccountFlags, name: string): Promise<void> {
  const settings = await app.settings();
  const agent = flags.agent ?? settings.agents.default;
  const known = agentNames(settings);
  if (!known.includes(agent) && !waysOf(agent)) {
    fail('usage', `There is no agent "${agent}".`, `These are known: ${known.join(', ')}.`);
  }
  const accounts = await app.openAccounts();
  if (accounts.find(name)) {
    fail('usage', `There is an account "${name}" already.`, `Change it with: ccdispatch accounts edit ${name}`);
  }
  const change = { ...(await givenChange(app, flags)), agent };
  // Until somebody is logged in no run may use it.
  let account = await accounts.add(name, change.login ? { ...change, active: false } : change);
  if (change.login) {
    try {
      await logIn(app, account);
      account = await accounts.edit(name, { active: true });
    } catch (error) {
      await accounts.remove(name);
      throw error;
    }
  }
  const hint = `Try it with: ccdispatch accounts test ${name}`;
  printAccount(app, accounts, account, flags.json === true, `${name} is there. ${hint}`);
}
