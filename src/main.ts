/** From arguments to an exit code; the only place that ends the process, and that renders an error. */

import { CcdispatchError } from './lib/errors/errors.ts';
import { createRedactor, secretsOf } from './lib/errors/redact.ts';
import { createProgram } from './program.ts';

/** The text a person sees for an error; an unknown one is a bug of ours, with its stack only when asked for. */
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

async function main(): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    // commander has printed its own message already; its usage errors all count as 2.
    if ((error as { code?: string }).code?.startsWith('commander.')) {
      process.exitCode = (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
      return;
    }
    const { explainSystemError } = await import('./lib/errors/errors.ts');
    const path = (error as { path?: string }).path ?? 'the home folder';
    const { text, exitCode } = renderError(explainSystemError(error, path), process.argv.includes('--verbose'));
    process.stderr.write(createRedactor(secretsOf(process.env))(text));
    process.exitCode = exitCode;
  }
}

await main();
