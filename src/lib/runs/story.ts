/** What an agent did, event by event, as lines for people. */

import type { Agent, AgentEvent } from '../agents/agent.ts';
import { cutText, oneLine, stripInvisible } from '../format/text.ts';
import { textsOf, wordsFor } from '../notifications/languages.ts';
import type { Language } from '../notifications/notification.ts';
import { storyTextsOf } from '../notifications/texts-story.ts';
import { relativeTo } from './told.ts';

const lineChars = 160;

/** The lines of one event; none for events that only count. */
export function renderEvent(event: AgentEvent, workdir: string, language: Language = 'en'): string[] {
  const texts = storyTextsOf(language);
  switch (event.type) {
    case 'text':
      return stripInvisible(event.text).split('\n');
    case 'tool': {
      const target = event.target ? ` ${cutText(oneLine(relativeTo(workdir, event.target)), lineChars)}` : '';
      return [`▸ ${oneLine(event.name)}${target}`];
    }
    case 'tool-ended':
      return event.isError ? [`  ✗ ${texts.toolFailed}`] : [];
    case 'background':
      return event.tasks.length > 0
        ? [`… ${texts.background(event.tasks.map(({ description }) => oneLine(description)))}`]
        : [];
    case 'limit':
      return [`… ${texts.limit(event.status, event.attempt)}`];
    case 'finished':
      return event.result.isError ? [`✗ ${oneLine(event.result.text) || failureOf(event.result, language)}`] : [];
    case 'started':
    case 'usage':
    case 'input':
    case 'asked':
      return [];
  }
}

/** Why a run failed whose agent said nothing. */
function failureOf({ reason }: { reason: string | null }, language: Language): string {
  const { reasons } = textsOf(language);
  if (reason === null) return storyTextsOf(language).failed;
  return wordsFor(reasons, reason) ?? reason;
}

/** The lines of one line of an agent's output: what a program of a person's own prints is the story itself. */
export function renderOutput(agent: Agent | null, line: string, workdir: string, language?: Language): string[] {
  if (!agent?.canResume) return [stripInvisible(line)];
  return agent.parseLine(line).flatMap((event) => renderEvent(event, workdir, language));
}
