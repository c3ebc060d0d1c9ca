/** What a person's answer to a question of the dialogue means, or what is wrong with it. Pure. */

import { isKey } from '../../accounts/change.ts';
import { accountName, highestPriority, isServiceUrl } from '../../accounts/record.ts';
import type { Given, Step } from './dialogue.ts';

/** Why an answer is not taken. */
export type Fault =
  | 'badName'
  | 'nameTaken'
  | 'unknownAgent'
  | 'pressKind'
  | 'badUrl'
  | 'badSecret'
  | 'badPriority'
  | 'notText'
  | 'forwarded'
  | 'edited';

/** What an answer is judged by. */
export interface Ground {
  agents: readonly string[];
  isTaken(name: string): boolean;
}

/** An answer that was taken; its secret is not sealed yet. */
export type Judged = { given: Partial<Given> } | { fault: Fault };

const longestUrl = 4096;

/** Judges the text of an answer. */
export function judgeAnswer(step: Step, answer: string, { agents, isTaken }: Ground): Judged {
  const text = answer.trim();
  switch (step) {
    case 'name':
      if (!accountName.test(text)) return { fault: 'badName' };
      return isTaken(text) ? { fault: 'nameTaken' } : { given: { name: text } };
    case 'agent':
      return agents.includes(text.toLowerCase()) ? { given: { agent: text.toLowerCase() } } : { fault: 'unknownAgent' };
    case 'kind':
      return { fault: 'pressKind' };
    case 'url':
      return isServiceUrl(text) && text.length <= longestUrl ? { given: { base_url: text } } : { fault: 'badUrl' };
    case 'secret':
      return isKey(text) ? { given: { secret: text } } : { fault: 'badSecret' };
    default: {
      const isPriority = /^\d{1,3}$/.test(text) && Number(text) <= highestPriority;
      return isPriority ? { given: { priority: Number(text) } } : { fault: 'badPriority' };
    }
  }
}

/** Shorter words are hardly keys, and longer ones without a digit are names. */
const keyLike = /^(?=.*\d)[!-~]{16,}$/;

/** Whether a text is one word that looks like a key. */
export function isKeyAlone(text: string): boolean {
  return keyLike.test(text.trim()) && !isServiceUrl(text.trim());
}

/** Whether a word of the text looks like a key. */
export function hasKey(text: string): boolean {
  return text.split(/\s+/).some(isKeyAlone);
}
