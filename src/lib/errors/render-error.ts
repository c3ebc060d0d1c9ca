/** An error as a person sees it at the end of a command. */

import { CcdispatchError } from './errors.ts';

/** The text and the exit code of an error; an unknown one is a bug of ours, with its stack only when asked for. */
export function renderError(error: unknown, isVerbose: boolean): { text: string; exitCode: number } {
  if (error instanceof CcdispatchError) {
    const cause = isVerbose && error.cause ? `\n${String((error.cause as Error).stack ?? error.cause)}` : '';
    return { text: `ccdispatch: ${error.message}\n  ${error.hint}${cause}\n`, exitCode: error.exitCode };
  }
  const detail = error instanceof Error ? (isVerbose ? (error.stack ?? error.message) : error.message) : String(error);
  return {
    text: `ccdispatch: a bug of ours: ${detail}\n  Run it again with --verbose, and report what it prints.\n`,
    exitCode: 1,
  };
}
