/** The pieces that messages about tasks are made of: head, foot, and what to type next. */

import { renderCost, renderTokens } from '../format/amount.ts';
import { cutText, oneLine } from '../format/text.ts';
import { textsOf, wordsFor } from './languages.ts';
import { cleanText } from './markdown.ts';
import type { EndedNotification, Language, TokenUsage, ToldOutcome } from './notification.ts';
import { type Rich, RichBuilder } from './rich.ts';
import { landedTexts } from './texts-landed.ts';

export const signs: Record<ToldOutcome, string> = { completed: '✅', failed: '❌', cancelled: '⏹', paused: '⏸' };

const longestName = 100;
const namedFiles = 8;

/** `✅ calc (2/3) — comment · ⚠️ YOLO`, the name in bold. */
export function writeHead(
  builder: RichBuilder,
  sign: string,
  about: { task_name: string; yolo: boolean },
  comment: string | null,
  language: Language,
  page: string | null = null,
): Rich {
  const texts = textsOf(language);
  builder.write(`${sign} `).bold(shownName(about.task_name));
  if (page) builder.write(` (${page})`);
  if (comment) builder.write(texts.dash + comment);
  if (about.yolo) builder.write(` · ⚠️ ${texts.yolo}`);
  return builder.build();
}

/** `calc — the whole answer · ⚠️ YOLO`, under a file. */
export function writeCaption(about: { task_name: string; yolo: boolean }, comment: string, language: Language): Rich {
  const texts = textsOf(language);
  const builder = new RichBuilder().bold(shownName(about.task_name)).write(texts.dash + comment);
  if (about.yolo) builder.write(` · ⚠️ ${texts.yolo}`);
  return builder.build();
}

/** A task's name as a message shows it. */
export function shownName(name: string): string {
  return cutText(oneLine(cleanText(name)), longestName) || '?';
}

/** Duration, cost and tokens in one line, then the changed files, then a note; only what is known. */
export function writeFooter(builder: RichBuilder, ended: EndedNotification, language: Language): void {
  const texts = textsOf(language);
  const figures = [
    ended.duration_ms === null ? null : `⏱ ${texts.duration(ended.duration_ms)}`,
    ended.cost_usd === null ? null : renderCost(ended.cost_usd),
    renderUsage(ended.usage, language),
  ].filter((figure) => figure !== null);
  writeLine(builder, figures.join(' · '));
  if (ended.changed_files.length > 0) {
    writeLine(builder, `📄 ${texts.changedFiles(ended.changed_files.length)}${texts.colon}`);
    ended.changed_files.slice(0, namedFiles).forEach((file, index) => {
      if (index > 0) builder.write(texts.comma);
      builder.code('code', cutStart(oneLine(cleanText(file)), 60) || '?');
    });
    const more = ended.changed_files.length - namedFiles;
    if (more > 0) builder.write(`${texts.comma}${texts.andMore(more)}`);
  }
  if (ended.work) {
    const { files, insertions, deletions, branch } = ended.work;
    writeLine(
      builder,
      `🌿 ${landedTexts[language].work(files, insertions, deletions, cutText(oneLine(cleanText(branch)), 100))}`,
    );
  }
  if (ended.note) writeLine(builder, `ℹ️ ${wordsFor(texts.notes, ended.note) ?? ended.note}`);
  for (const note of ended.worktree_notes ?? []) writeLine(builder, `ℹ️ ${wordsFor(texts.worktreeNotes, note) ?? note}`);
}

/** What a person can type after a run that did not complete. */
export function writeNext(builder: RichBuilder, ended: EndedNotification, language: Language): void {
  if (ended.outcome === 'completed') return;
  const { next, advice, colon, conflict } = textsOf(language);
  const { outcome, reason } = ended;
  const ofPause = outcome === 'paused' && reason === 'conflict' ? conflict.goesOn : null;
  const hint = outcome === 'failed' && reason !== null ? advice[reason as keyof typeof advice] : ofPause;
  if (hint) writeLine(builder, `💡 ${hint}`);
  for (const [name, command] of nextCommands(ended)) {
    writeLine(builder, `${next[name]}${colon}`);
    builder.code('code', command);
  }
}

type Next = 'logs' | 'retry' | 'resume' | 'doctor';

function nextCommands({ task_id, outcome, reason, from_chat }: EndedNotification): [Next, string][] {
  const start = from_chat ? '/' : 'ccdispatch tasks ';
  const logs: [Next, string] = ['logs', `${start}logs ${task_id}`];
  const retry: [Next, string] = ['retry', `${start}retry ${task_id}`];
  if (outcome === 'paused') return [['resume', `${start}resume ${task_id}`]];
  if (outcome === 'cancelled') return [retry];
  const isSetUp = reason !== null && ['spawn', 'auth', 'disk'].includes(reason);
  return isSetUp ? [['doctor', 'ccdispatch doctor'], retry] : [logs, retry];
}

/** The command that shows what a task answered. */
export function showCommand({ task_id, from_chat }: Pick<EndedNotification, 'task_id' | 'from_chat'>): string {
  return `${from_chat ? '/logs' : 'ccdispatch tasks show'} ${task_id}`;
}

/** Starts a new line, except at the very beginning. */
export function writeLine(builder: RichBuilder, text: string): void {
  if (text === '') return;
  builder.write(builder.length > 0 ? `\n${text}` : text);
}

/** `12.3k in, 1.1k out`. */
export function renderUsage(usage: TokenUsage | null, language: Language): string | null {
  if (usage === null || usage.input_tokens + usage.output_tokens === 0) return null;
  return textsOf(language).tokens(renderTokens(usage.input_tokens), renderTokens(usage.output_tokens));
}

/** Keeps the end of a path: that is where its name stands. */
function cutStart(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `…${characters.slice(1 - max).join('')}`;
}
