// The rules of the house as checks that give a list of violations: direction of imports, cycles, sizes, names, openings.

import fs from 'node:fs';
import path from 'node:path';
import type { ImportEdge, SourceFile } from './source-tree.ts';

/** Rooms of src/lib from the bottom up. An import must lead to a lower row, or stay in its room. */
const rows: string[][] = [
  ['config', 'errors', 'format'],
  ['tasks', 'users', 'accounts', 'queue', 'worktrees'],
  ['notifications'],
  ['outbox'],
  ['agents'],
  ['sessions'],
  ['runs'],
  ['submit'],
  ['cleanup', 'doctor', 'setup', 'metrics', 'demo'],
  ['telegram', 'notify'],
];
const kernel = 0;
const records = 1;

/** What lies above the rooms of src/lib, from the bottom up. */
const topRows = ['app', 'action', 'commands', 'program', 'main'];

const longestFile = 400;
const longestFunction = 80;

/** Names that say nothing about what is inside. */
const emptyNames = /(?:^|[-.])(utils?|helpers?|managers?|types|common|misc)(?:[-.]|$)/;

/** Where a source file lives: a folder of src/lib, `commands`, or a part above them (`program-*.ts` is of `program`, `app-*.ts` of `app`). */
function roomOf(file: string): string | undefined {
  const folder = /^src\/(?:lib\/([^/]+)|(commands))\//.exec(file);
  const top = /^src\/(?:(main|action)|(app|program)(?:-[^/]+)?)\.ts$/.exec(file);
  return folder?.[1] ?? folder?.[2] ?? top?.[1] ?? top?.[2];
}

function rowOf(room: string): number {
  const top = topRows.indexOf(room);
  return top >= 0 ? rows.length + top : rows.findIndex((names) => names.includes(room));
}

/** Gives a line for each import in src/ that leads where it must not. */
export function checkImports(sources: SourceFile[]): string[] {
  return sources
    .filter((source) => source.path.startsWith('src/'))
    .flatMap((source) => {
      const room = roomOf(source.path);
      if (room === undefined || (room !== 'adapters' && rowOf(room) < 0)) {
        return [`${source.path}: is in no room of the house`];
      }
      return source.imports
        .filter((edge) => edge.isRelative && !edge.target.endsWith('.json'))
        .flatMap((edge) => {
          const fault = judgeImport(room, edge);
          return fault ? [`${source.path}:${edge.line}: ${room} imports ${edge.target}: ${fault}`] : [];
        });
    });
}

/** What is wrong with an import from a room, or undefined. */
function judgeImport(from: string, edge: ImportEdge): string | undefined {
  const to = roomOf(edge.target);
  if (to === undefined) return 'is in no room of the house';
  if (from === to) return undefined;
  if (to === 'adapters') {
    return edge.isTypeOnly || from === 'app'
      ? undefined
      : 'only src/app*.ts imports adapters as values; use `import type`';
  }
  const toRow = rowOf(to);
  if (from === 'adapters') return toRow === kernel ? undefined : 'adapters know the kernel alone';
  if (to === 'demo' && from !== 'commands') return 'the demo is for commands alone';
  if (from === 'notifications' && toRow === records && !edge.isTypeOnly)
    return 'notifications take records as types alone';
  const fromRow = rowOf(from);
  if (fromRow === kernel && toRow === kernel) return undefined;
  return toRow < fromRow ? undefined : 'imports go one way, downwards';
}

/** Gives a line for each circle of imports between files, type imports included: such files cannot be understood apart. */
export function checkCycles(sources: SourceFile[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    const seenAt = trail.indexOf(file);
    if (seenAt >= 0) {
      found.push(`import cycle: ${[...trail.slice(seenAt), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const edge of byPath.get(file)?.imports ?? []) if (edge.target !== file) visit(edge.target, [...trail, file]);
    done.add(file);
  };
  for (const source of sources) visit(source.path, []);
  return found;
}

/** Gives a line for each file and each function that is too long to be read at once. */
export function checkSizes(sources: SourceFile[]): string[] {
  return sources.flatMap((source) => [
    ...(source.lineCount > longestFile ? [`${source.path}: ${source.lineCount} lines, at most ${longestFile}`] : []),
    ...source.functions
      .filter((span) => span.lineCount > longestFunction)
      .map((span) => `${source.path}:${span.line}: a function of ${span.lineCount} lines, at most ${longestFunction}`),
  ]);
}

/** Gives a line for each file or folder whose name does not say what is inside. */
export function checkNames(sources: SourceFile[]): string[] {
  return sources
    .filter((source) => source.path.split('/').some((part) => emptyNames.test(part)))
    .map((source) => `${source.path}: the name does not say what is inside`);
}

/** Gives a line for each file that does not begin with a comment of at least one sentence. */
export function checkOpenings(sources: SourceFile[]): string[] {
  return sources
    .filter((source) => !/^(\S+\s+){2,}.*[.!?:]/.test(source.opening))
    .map((source) => `${source.path}: does not open with a sentence that says its job`);
}

/** Gives a line for each relative import in src/ whose file does not exist, so that no edge is silently lost. */
export function checkTargets(root: string, sources: SourceFile[]): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((edge) => edge.isRelative && !fs.existsSync(path.join(root, edge.target)))
      .map((edge) => `${source.path}:${edge.line}: ${edge.target} does not exist`),
  );
}
