/** From arguments to an exit code; the only place that ends the process, and that shows an error. */

import { explainSystemError } from './lib/errors/errors.ts';
import { createRedactor, secretsOf } from './lib/errors/redact.ts';
import { renderError } from './lib/errors/render-error.ts';
import { createProgram } from './program.ts';

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
    const path = (error as { path?: string }).path ?? 'the home folder';
    const { text, exitCode } = renderError(explainSystemError(error, path), process.argv.includes('--verbose'));
    process.stderr.write(createRedactor(secretsOf(process.env))(text));
    process.exitCode = exitCode;
  }
}

void main();
