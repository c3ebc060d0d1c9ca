/** What a message without a command means: the settings say it, as far as the agent can. */

import type { PlainMeaning } from './texts.ts';
import type { BotParts } from './turn.ts';

/** What it is where the chat has no session; only an agent that can be kept between messages has sessions, of others it is a task. */
export function plainMeaning(
  { settings, agents }: Pick<BotParts, 'settings' | 'agents'>,
  agent: string = settings.agents.default,
): PlainMeaning {
  const { plainText } = settings.bot;
  return plainText === 'session' && !agents.get(agent)?.warm ? 'task' : plainText;
}
