/** What an agent did, event by event, as lines for people. */

import type { Agent, AgentEvent } from '../agents/agent.ts';
import { cutText, oneLine, stripInvisible } from '../format/text.ts';
import { relativeTo } from './told.ts';

const lineChars = 160;

/** The lines of one event; none for events that only count. */
export function renderEvent(event: AgentEvent, workdir: string): string[] {
  switch (event.type) {
    case 'text':
      return stripInvisible(event.text).split('\n');
    case 'tool': {
      const target = event.target ? ` ${cutText(oneLine(relativeTo(workdir, event.target)), lineChars)}` : '';
      return [`▸ ${oneLine(event.name)}${target}`];
    }
    case 'tool-ended':
      return event.isError ? ['  ✗ that failed'] : [];
    case 'background':
      return event.tasks.length > 0
        ? [`… in the background: ${event.tasks.map(({ description }) => oneLine(description)).join(', ')}`]
        : [];
    case 'limit':
      return [
        `… the service answered ${event.status ?? 'with a limit'}${event.attempt ? `; attempt ${event.attempt}` : ''}`,
      ];
    case 'finished':
      return event.result.isError ? [`✗ ${oneLine(event.result.text || event.result.reason || 'failed')}`] : [];
    case 'started':
    case 'usage':
      return [];
  }
}

/** The lines of one line of an agent's output: what a program of a person's own prints is the story itself. */
export function renderOutput(agent: Agent | null, line: string, workdir: string): string[] {
  if (!agent?.canResume) return [stripInvisible(line)];
  return agent.parseLine(line).flatMap((event) => renderEvent(event, workdir));
}
