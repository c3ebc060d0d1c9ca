/** Makes the messages that are edited as tasks go: a task's own progress message, and the one that many tasks share. */

import { renderInstant } from '../format/instant.ts';
import { cutText, oneLine } from '../format/text.ts';
import { textsOf, wordsFor } from './languages.ts';
import { cleanText } from './markdown.ts';
import type { EndedNotification, Language, ProgressNotification } from './notification.ts';
import { type RenderedMessage, renderRich } from './render.ts';
import { renderUsage, showCommand, shownName, signs, writeHead, writeLine } from './render-parts.ts';
import { RichBuilder } from './rich.ts';

const stateSigns = { queued: '⏳', running: '▶️', paused: '⏸' } as const;
const askingSign = '❓';
const sharedSigns = { live: '🗂', over: '🏁' } as const;
const listedTasks = 15;

/** The progress message of a run. `now` is in milliseconds since 1970. */
export function renderProgress(progress: ProgressNotification, language: Language, now: number): RenderedMessage {
  if (progress.state === 'ended') return renderClosing(progress, null, 'below', language);
  const builder = new RichBuilder();
  const waiting = waitingText(progress.waiting_for, language, now);
  if (isAsking(progress)) writeHead(builder, askingSign, progress, waiting, language);
  else {
    writeHead(builder, stateSigns[progress.state], progress, stateText(progress, language, now), language);
    if (waiting) writeLine(builder, waiting);
  }
  if (progress.tool && progress.state === 'running') {
    writeLine(builder, `🔧 ${oneLine(cleanText(progress.tool.name))}`);
    if (progress.tool.target)
      builder.write(' ').code('code', cutText(oneLine(cleanText(progress.tool.target)), 80) || '…');
  }
  const tokens = progress.state === 'running' ? renderUsage(progress.usage, language) : null;
  if (tokens) writeLine(builder, tokens);
  return renderRich(builder.build());
}

/** Whether the run stands still until a person has answered. */
function isAsking({ state, waiting_for }: ProgressNotification): boolean {
  return state === 'running' && waiting_for === 'approval';
}

function stateText(progress: ProgressNotification, language: Language, now: number): string {
  const texts = textsOf(language);
  if (progress.state === 'queued') return texts.queued(progress.position);
  if (progress.state === 'paused') return texts.outcomes.paused;
  const elapsedMs = progress.started_at === null ? Number.NaN : now - Date.parse(progress.started_at);
  // Whole seconds: tenths would only make each edit another text.
  return elapsedMs >= 1000
    ? `${texts.working}${texts.clause}${texts.duration(Math.floor(elapsedMs / 1000) * 1000)}`
    : texts.working;
}

/** What a task waits for in words; a code of another version shows itself. Null where it waits for nothing in particular. */
export function waitingText(code: string | null, language: Language, now: number): string | null {
  if (code === null) return null;
  const { waiting, resumesIn, startsAt, comesAfter } = textsOf(language);
  const [, kind, rest = ''] = /^(resume_at|at|after):(.*)$/s.exec(code) ?? [];
  if (kind === 'at') return startsAt(renderInstant(rest));
  if (kind === 'after') {
    const [id = '', ...name] = rest.split(':');
    return comesAfter(shownName(name.join(':')), id);
  }
  if (kind === 'resume_at') {
    const ms = Date.parse(rest) - now;
    return Number.isNaN(ms) ? code : resumesIn(Math.ceil(Math.max(1000, ms) / 60_000) * 60_000);
  }
  return wordsFor(waiting, code) ?? code;
}

/** Where a run's answer is: below; perhaps below, nobody knows; or nowhere in the chat, Telegram did not take it. */
export type AnswerPlace = 'below' | 'uncertain' | 'nowhere';

/** The last text of a progress message; unless the answer is below for certain, it says how to see it. */
export function renderClosing(
  progress: ProgressNotification,
  ended: EndedNotification | null,
  answer: AnswerPlace,
  language: Language,
): RenderedMessage {
  const texts = textsOf(language);
  const outcome = ended?.outcome ?? progress.outcome ?? 'completed';
  const builder = new RichBuilder();
  const below = ended && answer === 'below' ? `${texts.clause}${texts.seeBelow}` : '';
  writeHead(builder, signs[outcome], progress, `${texts.outcomes[outcome]}${below}`, language);
  if (answer !== 'below') {
    writeLine(builder, `${answer === 'uncertain' ? texts.toldHere : texts.notTaken}${texts.colon}`);
    builder.code('code', showCommand(progress));
  }
  return renderRich(builder.build());
}

/** The one message of a chat with many live tasks: those at work first. */
export function renderShared(all: readonly ProgressNotification[], language: Language, now: number): RenderedMessage {
  const texts = textsOf(language);
  const live = all.filter((progress) => progress.state !== 'ended');
  const builder = new RichBuilder();
  if (live.length === 0) return renderRich(builder.write(`${sharedSigns.over} ${texts.allDone}`).build());
  const running = live.filter((progress) => progress.state === 'running');
  const others = live.filter((progress) => progress.state !== 'running');
  builder.write(`${sharedSigns.live} `).bold(texts.manyTasks(running.length, others.length));
  for (const progress of [...running, ...others].slice(0, listedTasks)) {
    writeLine(
      builder,
      `${isAsking(progress) ? askingSign : stateSigns[progress.state as keyof typeof stateSigns]} ${cutText(shownName(progress.task_name), 40)}`,
    );
    if (progress.yolo) builder.write(` ⚠️ ${texts.yolo}`);
    const detail = progress.state === 'running' ? runningDetail(progress, language, now) : null;
    if (detail) builder.write(` · ${detail}`);
  }
  if (live.length > listedTasks) writeLine(builder, `… ${texts.andMore(live.length - listedTasks)}`);
  return renderRich(builder.build());
}

/** Whether a text of ours is that of a message that tasks share. */
export function isSharedText(text: string): boolean {
  return Object.values(sharedSigns).some((sign) => text.startsWith(`${sign} `));
}

function runningDetail({ started_at, tool }: ProgressNotification, language: Language, now: number): string | null {
  const elapsedMs = started_at === null ? Number.NaN : now - Date.parse(started_at);
  // Minutes are enough here: the list is redrawn for many tasks at once.
  const elapsed = elapsedMs >= 60_000 ? textsOf(language).duration(Math.floor(elapsedMs / 60_000) * 60_000) : null;
  return [tool ? oneLine(cleanText(tool.name)) : null, elapsed].filter((part) => part !== null).join(' · ') || null;
}
