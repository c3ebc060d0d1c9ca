/** Agents that a person names himself: any program that reads the prompt on standard input and prints its answer. */

import type { CustomAgent } from '../config/schema.ts';
import type { Agent } from './agent.ts';

/** A custom agent. It has no conversation that could be resumed: a run of it that is lost is reported, not repeated. */
export function createCustomAgent(name: string, { command }: CustomAgent): Agent {
  const [program, ...args] = command;
  return {
    name,
    canResume: false,
    warm: null,
    launch: (request) => ({ command: program as string, args, stdin: request.input.text, files: {} }),
    parseLine: () => [],
    hasConversation: () => false,
    lookUp: () => ({ state: 'no-conversation' }),
    costBefore: () => 0,
    concludeExit(exit, output) {
      // An exit that nobody saw may have been any: what was printed is kept, but is no answer.
      const isError = exit?.code !== 0;
      return {
        isError,
        reason: isError ? 'agent' : null,
        text: output.trim(),
        totalCostUsd: null,
        usage: null,
        durationMs: null,
        conversation: null,
      };
    },
  };
}
