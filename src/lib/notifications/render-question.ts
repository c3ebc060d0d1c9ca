/** Makes the message that asks a person for an agent, and what it becomes once it is answered. */

import { oneLine } from '../format/text.ts';
import { textsOf } from './languages.ts';
import type { Language, QuestionNotification, ToldAnswer } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { shownName, writeHead, writeLine } from './render-parts.ts';
import { RichBuilder } from './rich.ts';

/** A value is shown within a line up to this length. */
const inlineUnits = 60;

function signOf(answer: ToldAnswer | null): string {
  if (answer === null) return '❓';
  if (answer.how === 'timeout') return '⌛';
  if (answer.how === 'void') return '⚪';
  return answer.answer === 'allow' ? '👍' : '🚫';
}

function whoOf({ by, by_name }: ToldAnswer, language: Language): string {
  if (by === 'shell') return textsOf(language).question.shell;
  return shownName(by_name || by || '');
}

/** How a question was answered, in a few words; `patienceMs` is how long there was for it. */
export function answerWords(answer: ToldAnswer, patienceMs: number, language: Language): string {
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
      if (answer.answer === 'deny') return question.denied(who);
      return answer.scope === 'task' ? question.allowedForTask(who) : question.allowedOnce(who);
    }
  }
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
      ? texts.question.asks(tool)
      : `${tool}${texts.colon}${answerWords(answer, question.patience_ms, language)}`;
  const builder = new RichBuilder();
  writeHead(builder, signOf(answer), question, comment, language);
  writeFields(builder, question);
  if (question.input_file !== null) writeLine(builder, `… ${texts.question.wholeAbove}`);
  if (answer === null) {
    writeLine(builder, `\n⏳ ${texts.question.within(question.patience_ms)}`);
    if (!hasButtons) {
      writeLine(builder, `${texts.question.answerWith}${texts.colon}`);
      builder.code('code', `ccdispatch approvals allow ${question.approval_id}`);
    }
  }
  const caption = new RichBuilder().bold(shownName(question.task_name)).write(texts.dash + texts.question.wholeCaption);
  return {
    messages: [renderRich(builder.build())],
    document:
      question.input_file === null
        ? null
        : {
            name: `${question.approval_id}.txt`,
            caption: renderRich(caption.build()),
            text: question.fields.map(({ name, value }) => `${oneLine(name)}: ${value}`).join('\n'),
            file: question.input_file,
          },
    // Whoever sees the buttons has what they are about before him.
    isDocumentFirst: true,
  };
}
