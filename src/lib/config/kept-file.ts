/** A file of the home that people edit by hand: read afresh whenever it changed, and its last good copy kept for when somebody mistypes. */

import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import { fail } from '../errors/errors.ts';
import type { JsonFault } from '../format/located-json.ts';
import { createReadings } from '../format/stamp.ts';

/** What is wrong with the file. As long as it is, the last good copy counts, and nothing can be changed. */
export interface FileFault {
  path: string;
  /** Null where the file as a whole is missing. */
  line: number | null;
  what: string;
  /** Whether there is a good copy; without one nothing of it is known. */
  hasCopy: boolean;
}

export interface Kept<Document> {
  document: Document;
  fault: FileFault | null;
}

export interface KeptFile<Document> {
  read(): Kept<Document>;
  /**
   * Changes the document under the lock of the file. `plan` gives the new one, or null for no change; `before` is called
   * once it is certain that it will be written. Throws `config` where the file is faulty.
   */
  edit<T>(plan: (document: Document) => Edit<Document, T>): Promise<T>;
  /** Does something under the lock of the file, without changing it. */
  hold<T>(purpose: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when copies that are being made are on disk. */
  settled(): Promise<void>;
}

export interface Edit<Document, T> {
  result: T;
  /** Null: nothing is to be written. */
  document: Document | null;
  /** What is to be on disk before the change. */
  before?: () => Promise<void>;
  /** What is to be there, if possible, where the change could not be written after that. */
  undone?: () => Promise<void>;
}

/** What is particular to one kind of file. */
export interface FileKind<Document> {
  /** The file, its last good copy, and its lock. */
  path: string;
  goodPath: string;
  lockPath: string;
  /** The document where there is no file. */
  empty: Document;
  parse(text: string): { document: Document } | { fault: JsonFault };
  render(document: Document): string;
  /** What it means that there is no good copy, as the end of a sentence: `so nobody is let in`. */
  withoutCopy: string;
  /** The command that says whether the file is good again. */
  look: string;
}

export interface KeptFileParts {
  files: Files;
  locks: Locks;
}

const lockTimeoutMs = 10_000;

/** The file's name, its line and its fault, for people. */
export function renderFileFault({ path, line, what, hasCopy }: FileFault, withoutCopy: string): string {
  const place = line === null ? path : `${path}, line ${line}`;
  return `${place}: ${what}. ${hasCopy ? 'Until it is mended the last good copy counts' : `There is no good copy of it, ${withoutCopy}`}, and nothing can be changed.`;
}

/** Throws `config`: the file has to be mended first. */
export function refuseFault<Document>(
  fault: FileFault,
  { withoutCopy, look }: Pick<FileKind<Document>, 'withoutCopy' | 'look'>,
): never {
  const hint =
    fault.line === null
      ? `Put the last good copy in its place (cp ${fault.path}.good ${fault.path}), or remove both to begin anew.`
      : `Mend the file; ${look} says whether it is good.`;
  return fail('config', renderFileFault(fault, withoutCopy), hint);
}

/** What counts while the file is faulty. */
function readCopy<Document>(
  files: Files,
  { path, goodPath, parse, empty }: FileKind<Document>,
  fault: Omit<FileFault, 'path' | 'hasCopy'>,
): Kept<Document> {
  const copy = files.read(goodPath);
  const parsed = copy === null ? null : parse(copy);
  const found = parsed && 'document' in parsed ? parsed : null;
  return { document: found?.document ?? empty, fault: { path, ...fault, hasCopy: found !== null } };
}

/** The new text, and what it says; throws `usage` for values that do not fit into the file. */
function renderChecked<Document>(
  { render, parse }: FileKind<Document>,
  document: Document,
): { text: string; document: Document } {
  const text = render(document);
  const parsed = parse(text);
  if ('document' in parsed) return { text, document: parsed.document };
  return fail('usage', `This would not fit into the file: ${parsed.fault.what}.`, 'Give other values.');
}

async function holdAt<T>(locks: Locks, path: string, purpose: string, work: () => Promise<T>): Promise<T> {
  const lock = await locks.take(path, purpose, lockTimeoutMs);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

export function createKeptFile<Document>(
  { files, locks }: KeptFileParts,
  kind: FileKind<Document>,
): KeptFile<Document> {
  const { path, goodPath } = kind;
  const texts = createReadings<string | null>(files);
  let known: { text: string; document: Document } | null = null;
  let copying: Promise<void> | null = null;
  const hold = <T>(purpose: string, work: () => Promise<T>) => holdAt(locks, kind.lockPath, purpose, work);

  function read(): Kept<Document> {
    const text = texts.get(path, () => files.read(path));
    if (text === null) {
      // An editor may be about to put the new file in place; and a removed one must not lift what it forbade.
      if (files.stat(goodPath)) return readCopy(files, kind, { line: null, what: 'the file is gone' });
      return { document: kind.empty, fault: null };
    }
    if (known?.text === text) return { document: known.document, fault: null };
    const parsed = kind.parse(text);
    if ('fault' in parsed) return readCopy(files, kind, parsed.fault);
    known = { text, document: parsed.document };
    if (files.read(goodPath) !== text) keepCopy();
    return { document: parsed.document, fault: null };
  }

  /** Copies what is good now, whoever wrote it; a copy that cannot be made is made at the next change of the file. */
  function keepCopy(): void {
    copying ??= hold('keep a copy', async () => {
      const text = files.read(path);
      if (text !== null && 'document' in kind.parse(text)) await files.replace(goodPath, text);
    })
      .catch(() => {})
      .finally(() => {
        copying = null;
      });
  }

  async function tryEdit<T>(plan: (document: Document) => Edit<Document, T>): Promise<Edit<Document, T> | null> {
    const before = files.read(path);
    const { document, fault } = read();
    if (fault) return refuseFault(fault, kind);
    const edit = plan(structuredClone(document));
    if (edit.document === null) return edit;
    const next = renderChecked(kind, edit.document);
    // Somebody saved the file from an editor meanwhile.
    if (files.read(path) !== before) return null;
    await edit.before?.();
    try {
      await files.replace(path, next.text);
    } catch (error) {
      await edit.undone?.().catch(() => {});
      throw error;
    }
    await files.replace(goodPath, next.text);
    known = next;
    return edit;
  }

  async function editHeld<T>(plan: (document: Document) => Edit<Document, T>): Promise<T> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const edit = await tryEdit(plan);
      if (edit) return edit.result;
    }
    return fail('busy', `${path} is being changed by somebody else.`, 'Try again in a moment.');
  }

  return {
    read,
    hold,
    edit: (plan) => hold('change', () => editHeld(plan)),
    settled: async () => void (await copying),
  };
}
