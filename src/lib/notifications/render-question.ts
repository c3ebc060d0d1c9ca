/** Makes the message that asks a person for an agent, and what it becomes once it is answered. */

import { oneLine } from '../format/text.ts';
import { textsOf } from './languages.ts';
import type { Language, QuestionNotification, ToldAnswer } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { shownName, writeCaption, writeHead, writeLine } from './render-parts.ts';
import { RichBuilder } from './rich.ts';

/** A value is shown within a line up to this length. */
const inlineUnits = 60;

function signOf(answer: ToldAnswer | null): string {
  if (answer === null) return '❓';
  if (answer.how === 'person' && answer.choice !== undefined) return '💬';
  if (answer.how === 'timeout') return '⌛';
  if (answer.how === 'void') return '⚪';
  return answer.answer === 'allow' ? '👍' : '🚫';
}

function whoOf({ by, by_name }: ToldAnswer, language: Language): string {
  if (by === 'shell') return textsOf(language).question.shell;
  return shownName(by_name || by || '');
}

/** How a question was answered, in a few words; `patienceMs` is how long there was for it. */
export function answerWords(answer: ToldAnswer, patienceMs: number, language: Language, isInSession = false): string {
  const { question } = textsOf(language);
  switch (answer.how) {
    case 'timeout':
      return question.timedOut(patienceMs);
    case 'void':
      return question.voided;
    case 'rule':
      return question.byRule;
    case 'person': {
      const who = whoOf(answer, language);
      const said = answer.choice === undefined ? null : shownName(answer.choice);
      if (said !== null)
        return answer.answer === 'allow' ? question.chosen(who, said) : question.wantsChanged(who, said);
      if (answer.answer === 'deny') return question.denied(who);
      if (answer.scope !== 'task') return question.allowedOnce(who);
      return isInSession ? question.allowedForSession(who) : question.allowedForTask(who);
    }
  }
}

/** What the agent says itself is shown as text, with the headings that it gives. */
function writeWords(builder: RichBuilder, fields: QuestionNotification['fields']): void {
  for (const { name, value } of fields) {
    builder.write('\n');
    if (name !== '') builder.mark('italic', undefined, () => builder.write(name)).write('\n');
    builder.write(value);
  }
}

/** How an open question is answered, beside its buttons. */
function hintOf(
  { wants, choices = [], approval_id: id }: QuestionNotification,
  language: Language,
  hasButtons: boolean,
) {
  const { question, colon } = textsOf(language);
  const typed = (command: string) => ({ words: `${question.answerWith}${colon}`, command });
  if (!hasButtons) return typed(`ccdispatch approvals ${wants === 'choice' ? 'answer' : 'allow'} ${id}`);
  if (wants === 'plan') return { words: question.replyToChange, command: null };
  if (wants === 'choice') return { words: choices.length > 0 ? question.orReply : question.replyAlone, command: null };
  return null;
}

function writeFields(builder: RichBuilder, { tool, fields }: QuestionNotification): void {
  for (const { name, value } of fields) {
    const isCommand = tool === 'Bash' && name === 'command';
    if (isCommand) builder.write('\n').code('pre', value || ' ', 'bash');
    else {
      const isShort = value.length <= inlineUnits && !value.includes('\n');
      builder.write('\n').mark('italic', undefined, () => builder.write(name));
      builder.write(isShort ? ': ' : ':\n').code(isShort ? 'code' : 'pre', value || ' ');
    }
  }
}

function asksWhat({ wants }: QuestionNotification, tool: string, language: Language): string {
  const { question } = textsOf(language);
  if (wants === undefined) return question.asks(tool);
  return wants === 'plan' ? question.asksPlan : question.asksChoice;
}

/**
 * One message, after a document where that holds the whole. `hasButtons`: the message carries buttons; else it says what
 * to type. The parts stay the same when the question is answered.
 */
export function renderQuestion(question: QuestionNotification, language: Language, hasButtons: boolean): Rendered {
  const texts = textsOf(language);
  const { answer } = question;
  const tool = shownName(question.tool);
  const comment =
    answer === null
      ? asksWhat(question, tool, language)
      : `${tool}${texts.colon}${answerWords(answer, question.patience_ms, language, question.in_session)}`;
  const builder = new RichBuilder();
  writeHead(builder, signOf(answer), question, comment, language);
  if (question.wants === undefined) writeFields(builder, question);
  else writeWords(builder, question.fields);
  if (question.input_file !== null) writeLine(builder, `… ${texts.question.wholeAbove}`);
  if (answer === null) {
    writeLine(builder, `\n⏳ ${texts.question.within(question.patience_ms)}`);
    const hint = hintOf(question, language, hasButtons);
    if (hint) writeLine(builder, hint.words);
    if (hint?.command) builder.code('code', hint.command);
  }
  return {
    messages: [renderRich(builder.build())],
    document:
      question.input_file === null
        ? null
        : {
            name: `${question.approval_id}.txt`,
            caption: renderRich(writeCaption(question, texts.question.wholeCaption, language)),
            text: question.fields.map(({ name, value }) => `${oneLine(name)}: ${value}`).join('\n'),
            file: question.input_file,
          },
    // Whoever sees the buttons has what they are about before him.
    isDocumentFirst: true,
  };
}
