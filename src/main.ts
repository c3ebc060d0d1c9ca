/** From arguments to an exit code; the only place that ends the process, and that shows an error. */

import { explainSystemError } from './lib/errors/errors.ts';
import { createRedactor, secretsOf } from './lib/errors/redact.ts';
import { runPlainLine, startWorkerEarly } from './program-plain.ts';

async function run(): Promise<void> {
  const args = process.argv.slice(2);
  const done = runPlainLine(args);
  if (done) return await done;
  await startWorkerEarly(args);
  const { createProgram } = await import('./program.ts');
  await createProgram().parseAsync(process.argv);
}

async function main(): Promise<void> {
  try {
    await run();
  } catch (error) {
    // commander has printed its own message already; its usage errors all count as 2.
    if ((error as { code?: string }).code?.startsWith('commander.')) {
      process.exitCode = (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
      return;
    }
    const { renderError } = await import('./lib/errors/render-error.ts');
    const path = (error as { path?: string }).path ?? 'the home folder';
    const { text, exitCode } = renderError(explainSystemError(error, path), process.argv.includes('--verbose'));
    process.stderr.write(createRedactor(secretsOf(process.env))(text));
    process.exitCode = exitCode;
  }
}

void main();
