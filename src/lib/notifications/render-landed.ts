/** Makes the message about a task's work that was merged or pushed, or could not be, and what to type next. */

import { cutText, oneLine } from '../format/text.ts';
import { textsOf } from './languages.ts';
import { cleanText } from './markdown.ts';
import type { LandedNotification, Language } from './notification.ts';
import { type Rendered, renderRich } from './render.ts';
import { writeHead, writeLine } from './render-parts.ts';
import { RichBuilder } from './rich.ts';
import { landedTexts } from './texts-landed.ts';

const namedFiles = 12;
const short = (text: string | null) => cutText(oneLine(cleanText(text ?? '')), 200);

/** What happened, in a few words. */
function landedWords(landed: LandedNotification, language: Language): string {
  const texts = landedTexts[language];
  const [into, folder, detail] = [short(landed.into), short(landed.folder), short(landed.detail)];
  switch (landed.outcome) {
    case 'merged':
      return landed.is_new ? texts.merged(into) : texts.mergedBefore(into);
    case 'nothing':
      return texts.nothing;
    case 'conflict':
      return texts.conflict(into);
    case 'dirty':
      return texts.dirty(into, folder);
    case 'under-way':
      return texts.underWay(into, folder);
    case 'locked':
      return texts.locked(into, detail);
    case 'no-branch':
      return texts.noBranch(into);
    case 'base-gone':
      return texts.baseGone(into);
    case 'elsewhere':
      return texts.elsewhere(detail);
    case 'refused':
      return texts.refused(into);
    case 'pushed':
      return landed.url === null ? texts.pushed(short(landed.branch), into) : texts.requested;
    case 'no-remote':
      return texts.noRemote(folder);
    case 'not-pushed':
      return texts.notPushed;
    case 'failed':
      return texts.failed;
  }
}

const isGood = ({ outcome }: LandedNotification) => outcome === 'merged' || outcome === 'pushed';
const isToShow = ({ outcome }: LandedNotification) => ['refused', 'not-pushed', 'failed'].includes(outcome);

/** What a person can do now: a sentence, or one with a command after it. */
function nextOf(landed: LandedNotification, language: Language): { words: string; command: string | null } | null {
  const texts = landedTexts[language];
  const start = landed.from_chat ? '/' : 'ccdispatch tasks ';
  switch (landed.outcome) {
    case 'conflict':
      return { words: texts.resolve, command: null };
    case 'elsewhere':
      return { words: texts.finishFirst, command: null };
    case 'dirty':
    case 'under-way':
    case 'locked':
    case 'refused':
      return { words: texts.mergeAgain, command: `${start}merge ${landed.task_id}` };
    case 'no-branch':
    case 'base-gone':
      return { words: texts.pushInstead, command: `${start}pr ${landed.task_id}` };
    default:
      return null;
  }
}

/** Commands under each other, each to be copied by a tap. */
function writeCommands(builder: RichBuilder, { commands }: LandedNotification, head: string): void {
  if (commands.length === 0) return;
  writeLine(builder, head.trimEnd());
  for (const command of commands) {
    builder.write('\n');
    builder.code('code', cutText(oneLine(command), 800));
  }
}

export function renderLanded(landed: LandedNotification, language: Language): Rendered {
  const { colon, comma, andMore } = textsOf(language);
  const texts = landedTexts[language];
  const builder = new RichBuilder();
  const sign = landed.outcome === 'nothing' ? 'ℹ️' : isGood(landed) ? (landed.url ? '⬆️' : '🔀') : '⚠️';
  writeHead(builder, sign, landed, landedWords(landed, language), language);
  if (landed.url !== null) writeLine(builder, landed.url);
  if (isToShow(landed) && landed.detail) writeLine(builder, cutText(cleanText(landed.detail), 600));
  if (landed.files.length > 0) {
    writeLine(builder, `📄 ${texts.files}${colon}`);
    landed.files.slice(0, namedFiles).forEach((file, index) => {
      if (index > 0) builder.write(comma);
      builder.code('code', short(file) || '?');
    });
    if (landed.files.length > namedFiles) builder.write(comma + andMore(landed.files.length - namedFiles));
  }
  if (landed.has_merges) writeLine(builder, `ℹ️ ${texts.hasMerges}`);
  // What clears the way comes before what is done then.
  if (landed.outcome === 'locked') writeCommands(builder, landed, texts.unlock + colon);
  const next = nextOf(landed, language);
  if (next) writeLine(builder, `💡 ${next.words}${next.command === null ? '' : colon}`);
  if (next?.command) builder.code('code', next.command);
  if (landed.outcome !== 'locked')
    writeCommands(builder, landed, (landed.outcome === 'pushed' ? texts.openWith : texts.byHand) + colon);
  return { messages: [renderRich(builder.build())], document: null };
}
