/** `ccdispatch config validate`: all faults of the settings at once. */

import type { App } from '../app.ts';
import { type CheckedSettings, checkSettings } from '../lib/config/load.ts';
import { CcdispatchError, exitCodes } from '../lib/errors/errors.ts';
import { renderCount } from '../lib/format/amount.ts';
import { printJson } from './output.ts';

export interface ConfigValidateFlags {
  /** The global `--config`. */
  config?: string;
  json?: boolean;
}

/** A file that cannot be read at all is one fault. */
async function check(app: App, configPath: string | undefined): Promise<CheckedSettings> {
  try {
    return await checkSettings({ env: app.env, home: app.paths.home, configPath });
  } catch (error) {
    if (error instanceof CcdispatchError) return { settings: null, faults: [error.message], path: null };
    throw error;
  }
}

export async function run(app: App, flags: ConfigValidateFlags): Promise<number> {
  const { faults, path } = await check(app, flags.config);
  const exitCode = faults.length > 0 ? exitCodes.config : 0;
  if (flags.json) {
    printJson(app, { is_valid: faults.length === 0, path, faults });
    return exitCode;
  }
  const where = path ?? 'no config file, defaults and environment';
  if (faults.length === 0) {
    app.terminal.print(`The settings are valid (${where}).\n`);
    return 0;
  }
  const list = faults.map((fault) => `  - ${fault}\n`).join('');
  app.terminal.say(app.redact(`${renderCount(faults.length, 'fault')} in the settings (${where}):\n${list}`));
  app.terminal.say('  Mend them in: $EDITOR "$(ccdispatch config path)"\n');
  return exitCode;
}
