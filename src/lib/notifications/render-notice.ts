/** Makes the messages that ask and tell people about themselves. */

import { cutText, oneLine } from '../format/text.ts';
import { textsOf } from './languages.ts';
import type { Language, Notice } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { RichBuilder } from './rich.ts';
import { noticeTexts } from './texts-notices.ts';

const mostNameChars = 64;
const nameOf = (name: string) => cutText(oneLine(name), mostNameChars);

/** `hasButtons`: somebody hears their presses; else the text says what can be typed. */
export function renderNotice(notice: Notice, language: Language, hasButtons: boolean): Rendered {
  const text = sentenceOf(notice, language, hasButtons);
  return { messages: [renderRich(new RichBuilder().write(text).build())], document: null };
}

function sentenceOf(notice: Notice, language: Language, hasButtons: boolean): string {
  const texts = noticeTexts[language];
  if (notice.kind === 'admitted') return texts.admitted;
  if (notice.kind === 'registration') {
    const question = texts.registerQuestion(nameOf(notice.name), notice.user_id);
    return hasButtons ? question : `${question}\n${texts.registerHint(notice.user_id)}`;
  }
  if (notice.kind === 'session-limit') {
    const { duration } = textsOf(language);
    const lines = notice.open.map((one) => `🗣 ${nameOf(one.name)} · ${texts.unusedFor(duration(one.unused_ms))}`);
    return [texts.sessionLimit(notice.limit), ...lines, ...(hasButtons ? [] : [texts.sessionLimitHint])].join('\n');
  }
  if (notice.kind === 'session-options') {
    const question = texts.sessionOptions(nameOf(notice.session_name), notice.options.join(', '));
    return hasButtons ? question : `${question}\n${texts.sessionOptionsHint}`;
  }
  const age = textsOf(language).duration(notice.age_ms);
  if (notice.command !== null) return texts.lateControl(notice.command, age);
  return hasButtons ? texts.lateQuestion(age) : texts.lateSendAgain(age);
}
