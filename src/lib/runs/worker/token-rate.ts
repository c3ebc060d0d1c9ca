/** How many tokens the agents used in the last minute. */

import type { Clock } from '../../adapters/clock.ts';
import type { AgentEvent } from '../../agents/agent.ts';

export interface TokenRate {
  /** Notes what was used just now. */
  add(tokens: number): void;
  /** The tokens of the last sixty seconds. */
  inLastMinute(): number;
}

const windowMs = 60_000;
/** What comes within so long is kept as one: the window is exact to this. */
const grainMs = 500;

/** What was used before this was made is not known, and not counted. */
export function createTokenRate(clock: Pick<Clock, 'now'>): TokenRate {
  let grains: { at: number; tokens: number }[] = [];
  /** Clocks that were set back leave nothing in the future. */
  const recent = () => grains.filter(({ at }) => at > clock.now() - windowMs && at <= clock.now());
  return {
    add(tokens) {
      if (tokens <= 0) return;
      grains = recent();
      const last = grains.at(-1);
      if (last && clock.now() - last.at < grainMs) last.tokens += tokens;
      else grains.push({ at: clock.now(), tokens });
    },
    inLastMinute: () => recent().reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/** What counts against `limits.maxTokensPerMinute`: input, cache writes and output; what is read from a cache does not. */
export function tokensOf(events: readonly AgentEvent[]): number {
  let sum = 0;
  for (const event of events) if (event.type === 'usage') sum += event.input + event.cacheWrite + event.output;
  return sum;
}
