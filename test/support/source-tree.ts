// Reads source files as the architecture rules see them: their imports, their functions with sizes, their first comment.

import fs from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vitest/node';

export interface ImportEdge {
  /** The imported file, relative to the root with forward slashes, or the bare name of a package. */
  target: string;
  isRelative: boolean;
  /** True when the import leaves nothing behind at run time (`import type`, `export type … from`, `import('…').T`). */
  isTypeOnly: boolean;
  line: number;
}

export interface FunctionSpan {
  line: number;
  lineCount: number;
}

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  path: string;
  lineCount: number;
  imports: ImportEdge[];
  functions: FunctionSpan[];
  /** The text of the comment that the file begins with, or an empty string. */
  opening: string;
}

/** A node of the syntax tree, as far as the rules look at it. */
interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const functionKinds = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Reads every source file under the given folders of `root`; folders that do not exist and fixtures are passed over. */
export function readSources(root: string, folders: string[]): SourceFile[] {
  return folders
    .filter((folder) => fs.existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => path.join(folder, name)),
    )
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !name.includes('/fixtures/'))
    .sort()
    .map((name) => parseSource(name, fs.readFileSync(path.join(root, name), 'utf8')));
}

/** Reads one file's text. Throws a syntax error that names the file. */
export function parseSource(name: string, text: string): SourceFile {
  const lineStarts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];
  const lineAt = (offset: number) => lineStarts.findLastIndex((start) => start <= offset) + 1;
  const source: SourceFile = {
    path: name,
    lineCount: text === '' ? 0 : text.replace(/\n$/, '').split('\n').length,
    imports: [],
    functions: [],
    opening: readOpening(text),
  };
  walk(parse(name, text), undefined, (node, parent) => {
    const edge = readImport(node);
    if (edge)
      source.imports.push({
        ...resolveTarget(name, edge.specifier),
        isTypeOnly: edge.isTypeOnly,
        line: lineAt(node.start),
      });
    if (functionKinds.has(node.type) && !isTestGroup(parent)) {
      const line = lineAt(node.start);
      source.functions.push({ line, lineCount: lineAt(node.end - 1) - line + 1 });
    }
  });
  return source;
}

function parse(name: string, text: string): SyntaxNode {
  try {
    return parseAst(text, { lang: name.endsWith('.ts') ? 'ts' : 'js' }) as unknown as SyntaxNode;
  } catch (error) {
    throw new Error(`${name} does not parse`, { cause: error });
  }
}

function walk(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, node, visit);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

/** `import`, `export … from`, `import('…')` and `import('…').Type`; computed names cannot be followed and give nothing. */
function readImport(node: SyntaxNode): { specifier: string; isTypeOnly: boolean } | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return literal(node.source, node.importKind === 'type');
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return literal(node.source, node.exportKind === 'type');
    case 'ImportExpression':
      return literal(node.source, false);
    case 'TSImportType':
      return literal(node.source ?? node.argument, true);
    default:
      return undefined;
  }
}

function literal(node: unknown, isTypeOnly: boolean): { specifier: string; isTypeOnly: boolean } | undefined {
  if (!isNode(node)) return undefined;
  if (isNode(node.literal)) return literal(node.literal, isTypeOnly);
  return typeof node.value === 'string' ? { specifier: node.value, isTypeOnly } : undefined;
}

function resolveTarget(importer: string, specifier: string): { target: string; isRelative: boolean } {
  if (!specifier.startsWith('.')) return { target: specifier, isRelative: false };
  return { target: path.posix.join(path.posix.dirname(importer), specifier), isRelative: true };
}

/** The function given to `describe` (also `describe.each(…)` and the like) only groups tests, so its length says nothing. */
function isTestGroup(parent: SyntaxNode | undefined): boolean {
  if (parent?.type !== 'CallExpression') return false;
  let callee = parent.callee;
  while (isNode(callee) && callee.type !== 'Identifier') {
    callee = callee.type === 'MemberExpression' ? callee.object : callee.callee;
  }
  return isNode(callee) && callee.name === 'describe';
}

function readOpening(text: string): string {
  const rest = text.replace(/^#!.*\n/, '').trimStart();
  const comment = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/.*\n?)+)/.exec(rest)?.[0] ?? '';
  return comment
    .replace(/^\/\*+|\*+\/$/g, '')
    .replace(/^[ \t]*(?:\/\/|\*)/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
