/** Makes the messages about tasks that changed the same files: the question what becomes of one's work, and the word that both go on. */

import { cutText, oneLine } from '../format/text.ts';
import { textsOf } from './languages.ts';
import { cleanText } from './markdown.ts';
import type { ConflictNotification, Language, MetNotification, ToldChoice } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { shownName, writeHead, writeLine } from './render-parts.ts';
import { RichBuilder } from './rich.ts';

const namedFiles = 8;

function signOf(answer: ToldChoice | null): string {
  if (answer === null) return '❓';
  if (answer.how === 'timeout') return '⌛';
  if (answer.how === 'void') return '⚪';
  return { resolve: '🤝', keep: '🌿', cancel: '⏹' }[answer.choice];
}

/** How it was answered, in a few words; `patienceMs` is how long there was for it. */
export function choiceWords({ choice, how, by, by_name }: ToldChoice, patienceMs: number, language: Language): string {
  const { conflict, question } = textsOf(language);
  if (how === 'timeout') return conflict.timedOut(patienceMs);
  if (how === 'void') return conflict.voided;
  return conflict.answered[choice](by === 'shell' ? question.shell : shownName(by_name || by || ''));
}

function writeFiles(builder: RichBuilder, files: readonly string[], language: Language): void {
  const { comma, andMore } = textsOf(language);
  files.slice(0, namedFiles).forEach((file, index) => {
    if (index > 0) builder.write(comma);
    builder.code('code', cutText(oneLine(cleanText(file)), 100) || '?');
  });
  if (files.length > namedFiles) builder.write(comma + andMore(files.length - namedFiles));
}

/** One message; `hasButtons`: it carries buttons, else it says what to type. */
export function renderConflict(asked: ConflictNotification, language: Language, hasButtons: boolean): Rendered {
  const { conflict, colon } = textsOf(language);
  const { answer, other_task_id, other_task_name, from_chat, task_id } = asked;
  const builder = new RichBuilder();
  const comment =
    answer === null
      ? conflict.doesNotFit(cutText(oneLine(cleanText(asked.branch)), 80))
      : choiceWords(answer, asked.patience_ms, language);
  writeHead(builder, signOf(answer), asked, comment, language);
  if (other_task_id !== null) {
    writeLine(builder, `\n${conflict.merged(shownName(other_task_name ?? other_task_id), other_task_id)}`);
  }
  writeLine(builder, `📄 ${conflict.files}${colon}`);
  writeFiles(builder, asked.files, language);
  if (answer === null) {
    writeLine(builder, `\n${conflict.choices}`);
    writeLine(builder, `⏳ ${conflict.within(asked.patience_ms)}`);
    if (!hasButtons) {
      writeLine(builder, `${conflict.keepWith}${colon}`);
      builder.code('code', `${from_chat ? '/' : 'ccdispatch tasks '}resume ${task_id}`);
    }
  }
  return { messages: [renderRich(builder.build())], document: null };
}

export function renderMet(met: MetNotification, language: Language): Rendered {
  const builder = new RichBuilder();
  const comment = textsOf(language).conflict.met(shownName(met.other_task_name), met.other_task_id);
  writeHead(builder, '⚠️', met, comment, language);
  builder.write(textsOf(language).colon);
  writeFiles(builder, [met.file], language);
  return { messages: [renderRich(builder.build())], document: null };
}
