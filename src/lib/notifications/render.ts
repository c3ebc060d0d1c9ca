/** Makes the messages that carry answers: a run's outcome, an interim result, and what sessions started by hand say. */

import { cutText, oneLine } from '../format/text.ts';
import { textsOf, wordsFor } from './languages.ts';
import { formatMarkdown } from './markdown.ts';
import type { EndedNotification, HandNotification, InterimNotification, Language } from './notification.ts';
import { signs, writeCaption, writeFooter, writeHead, writeNext } from './render-parts.ts';
import { type Rich, RichBuilder, renderHtml } from './rich.ts';
import { type SplitLimits, splitRich } from './split.ts';

/** One message: Telegram's HTML, and the same text without any format for when that is refused. */
export interface RenderedMessage {
  html: string;
  text: string;
}

export interface RenderedDocument {
  /** A file name that is safe everywhere. */
  name: string;
  caption: RenderedMessage;
  /** The text of the document; `file` is the absolute path of a file that holds more of it, if there is one. */
  text: string;
  file: string | null;
}

/** A notification as it is sent: one to three messages, or one and a document. The same input always gives the same parts. */
export interface Rendered {
  messages: RenderedMessage[];
  document: RenderedDocument | null;
  /** The document goes before the messages. */
  isDocumentFirst?: boolean;
}

/** Telegram's limit in UTF-16 units after parsing, and what we leave free in it for {@link markRepeat}. */
const messageUnits = 4096;
const repeatUnits = 120;
const mostMessages = 3;
/** Telegram takes 100 marks; head and foot need some. */
const bodyMarks = 75;
const bodyHtml = 16_000;
/** So much Markdown is more than three messages for certain: only its beginning is formatted. */
const longestFormatted = 30_000;

type Answer = EndedNotification | InterimNotification | HandNotification;

export function renderNotification(notification: Answer, language: Language): Rendered {
  if (notification.kind === 'hand') return renderHand(notification, language);
  return notification.kind === 'interim' ? renderInterim(notification, language) : renderEnded(notification, language);
}

/** The same message, with a line in front of it that says that it may be there already. */
export function markRepeat(message: RenderedMessage, language: Language): RenderedMessage {
  const mark = `🔁 ${textsOf(language).maybeRepeat}\n\n`;
  return { html: `<i>${mark.trimEnd()}</i>\n\n${message.html}`, text: mark + message.text };
}

export function renderRich(rich: Rich): RenderedMessage {
  return { html: renderHtml(rich), text: rich.text };
}

function renderEnded(ended: EndedNotification, language: Language): Rendered {
  const texts = textsOf(language);
  const comment = ended.outcome === 'completed' ? null : `${texts.outcomes[ended.outcome]}${reasonOf(ended, language)}`;
  const foot = new RichBuilder();
  writeFooter(foot, ended, language);
  writeNext(foot, ended, language);
  const body = ended.text.trim() === '' ? (ended.outcome === 'completed' ? texts.noAnswer : '') : ended.text;
  return layOut({
    head: (page) => writeHead(new RichBuilder(), signs[ended.outcome], ended, comment, language, page),
    body,
    foot: foot.build(),
    language,
    document: { name: `${fileName(ended.task_name)}-${ended.run}.md`, about: ended, file: ended.output_file },
  });
}

function reasonOf({ reason, outcome }: EndedNotification, language: Language): string {
  const { reasons, colon } = textsOf(language);
  // What a person asked for needs no reason.
  if (reason === null || (reason === 'user' && outcome !== 'failed')) return '';
  return `${colon}${wordsFor(reasons, reason) ?? cutText(oneLine(reason), 60)}`;
}

function renderInterim(interim: InterimNotification, language: Language): Rendered {
  const texts = textsOf(language);
  const foot = new RichBuilder();
  if (interim.background.length > 0) {
    foot.write(`⚙️ ${texts.stillRunning}${texts.colon}`);
    foot.write(
      interim.background
        .slice(0, 5)
        .map((line) => cutText(oneLine(line), 80))
        .join(texts.comma),
    );
  }
  return layOut({
    head: (page) => writeHead(new RichBuilder(), '💬', interim, texts.soFar, language, page),
    body: interim.text,
    foot: foot.build(),
    language,
    document: {
      name: `${fileName(interim.task_name)}-${interim.run}-${interim.index}.md`,
      about: interim,
      file: null,
    },
  });
}

const handSigns: Record<HandNotification['event'], string> = { Stop: '✅', StopFailure: '❌', Notification: '🔔' };

function renderHand(hand: HandNotification, language: Language): Rendered {
  const folder = hand.folder.split('/').filter(Boolean).at(-1) ?? hand.folder;
  const about = { task_name: folder, yolo: false };
  const foot = new RichBuilder().write('📁 ');
  foot.code('code', cutText(oneLine(hand.folder), 200));
  return layOut({
    head: (page) =>
      writeHead(new RichBuilder(), handSigns[hand.event], about, textsOf(language).hand[hand.event], language, page),
    body: hand.text,
    foot: foot.build(),
    language,
    document: { name: `${fileName(folder)}.md`, about, file: null },
  });
}

interface Draft {
  /** The head of a message; `page` is `2/3` where there are several. */
  head(page: string | null): Rich;
  /** Markdown. */
  body: string;
  foot: Rich;
  language: Language;
  document: { name: string; about: { task_name: string; yolo: boolean }; file: string | null };
}

function layOut(draft: Draft): Rendered {
  const { head, foot } = draft;
  const room = messageUnits - repeatUnits - head('3/3').text.length - foot.text.length - 10;
  const limits: SplitLimits = { first: room, rest: room, marks: bodyMarks, html: bodyHtml };
  const isCutShort = draft.document.file !== null || draft.body.length > longestFormatted;
  const bodies = splitRich(formatMarkdown(draft.body.slice(0, longestFormatted)), limits);
  if (isCutShort || bodies.length > mostMessages) return layOutWithDocument(draft, bodies[0] ?? null);
  if (bodies.length <= 1) return { messages: [joinParts([head(null), bodies[0] ?? null, foot])], document: null };
  const messages = bodies.map((body, index) => {
    const isLast = index === bodies.length - 1;
    return joinParts([head(`${index + 1}/${bodies.length}`), body, isLast ? foot : null]);
  });
  return { messages, document: null };
}

function layOutWithDocument(draft: Draft, beginning: Rich | null): Rendered {
  const texts = textsOf(draft.language);
  const more = new RichBuilder().write(`… ${texts.wholeInFile}`).build();
  const room =
    beginning && beginning.text.length > more.text.length * 2 ? beginning.text.length - more.text.length - 4 : 0;
  const shortened = beginning && splitRich(beginning, { first: room, rest: room, marks: bodyMarks, html: bodyHtml })[0];
  const message = joinParts([draft.head(null), shortened ?? null, more, draft.foot]);
  const { name, about, file } = draft.document;
  const caption = renderRich(writeCaption(about, texts.wholeAnswer, draft.language));
  return { messages: [message], document: { name, caption, text: draft.body, file } };
}

/** Puts the pieces under each other: the head on a line of its own, an empty line before what follows the body. */
function joinParts([head, ...others]: (Rich | null)[]): RenderedMessage {
  const builder = new RichBuilder();
  if (head) builder.append(head);
  others
    .filter((part) => part !== null && part.text !== '')
    .forEach((part, index) => {
      builder.write(index === 0 ? '\n' : '\n\n').append(part as Rich);
    });
  return renderRich(builder.build());
}

/** Letters, digits and dashes of a name, for a file that goes through many systems. */
function fileName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  return cutText(safe, 60, '') || 'answer';
}
