/** `ccdispatch init`: a first config file, hooks for sessions started by hand, and a unit for systemd. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { ownProgram } from '../app-program.ts';
import { hookCommand } from '../app-runs.ts';
import { quoteForShell } from '../lib/agents/claude/settings.ts';
import { homeFolder } from '../lib/config/paths.ts';
import { fail } from '../lib/errors/errors.ts';
import { firstConfig } from '../lib/setup/first-config.ts';
import { changeHooks, type HookChange, planHooks } from '../lib/setup/install-hooks.ts';
import { renderUnit, type UnitName, unitFile } from '../lib/setup/systemd.ts';
import { type WrittenConfig, writeFirstConfig } from '../lib/setup/write-config.ts';
import { printJson } from './output.ts';

export interface InitFlags {
  configPath?: string;
  claudeSettings?: string;
  undo?: boolean;
  systemd?: UnitName;
  print?: boolean;
  force?: boolean;
  json?: boolean;
}

/** The hook's command line; a home that is not the usual one is named, because a person's shell may not know it. */
function handHookCommand({ paths, env }: App): string {
  const command = hookCommand(ownProgram());
  const usual = homeFolder({ ...env, CCDISPATCH_HOME: undefined });
  return paths.home === usual ? command : `env ${quoteForShell(`CCDISPATCH_HOME=${paths.home}`)} ${command}`;
}

function printUnit(app: App, name: UnitName): void {
  const file = unitFile(name);
  const flag = name === 'worker' ? '--systemd' : `--systemd ${name}`;
  app.terminal.print(renderUnit({ name, program: ownProgram(), home: app.paths.home, path: app.env.PATH ?? '' }));
  app.terminal.say(`Keep it:    ccdispatch init ${flag} > ~/.config/systemd/user/${file}.service
Start it:   systemctl --user daemon-reload && systemctl --user enable --now ${file}
Let it run while you are logged out: loginctl enable-linger
`);
}

function printPlan(app: App, settingsFile: string | null, command: string | null): void {
  if (settingsFile !== null) app.terminal.print(planHooks(app, settingsFile, command).text);
  else app.terminal.print(firstConfig);
}

function tellConfig({ path, outcome, backup }: WrittenConfig): string {
  if (outcome === 'kept') return `Kept the config file that is there: ${path} (--force replaces it)\n`;
  const old = backup ? `The old one: ${backup}\n` : '';
  return `Wrote ${path}\n${old}Next: set telegram.token in it, then look around with: ccdispatch doctor
For a chat: name yourself in telegram.adminIds, start ccdispatch bot, and write to your bot what is to be done.\n`;
}

function tellHooks({ path, changed, backup }: HookChange, isUndo: boolean): string {
  if (!changed) return isUndo ? `No hooks of ours are in ${path}\n` : `The hooks are in ${path} already\n`;
  const old = backup ? `The file as it was: ${backup}\n` : '';
  if (isUndo) return `Took our hooks out of ${path}\n${old}`;
  const use = 'Sessions started by hand now tell the chat telegram.defaultChat when they stop or ask.\n';
  return `Put our hooks into ${path}\n${old}${use}`;
}

export async function run(app: App, flags: InitFlags): Promise<void> {
  const settingsFile = flags.claudeSettings === undefined ? null : resolve(app.cwd, flags.claudeSettings);
  if (flags.undo && settingsFile === null) {
    fail(
      'usage',
      '--undo needs the file to take our hooks out of.',
      'ccdispatch init --undo --claude-settings ~/.claude/settings.json',
    );
  }
  if (flags.systemd) return printUnit(app, flags.systemd);
  const command = flags.undo ? null : handHookCommand(app);
  if (flags.print) return printPlan(app, settingsFile, command);
  // Faults of the file that is to be changed come before anything is written.
  if (settingsFile !== null) planHooks(app, settingsFile, command);
  const path = flags.configPath === undefined ? null : resolve(app.cwd, flags.configPath);
  const config = flags.undo
    ? null
    : await writeFirstConfig({ ...app, home: app.paths.home, path, force: Boolean(flags.force) });
  const hooks = settingsFile === null ? null : await changeHooks(app, settingsFile, command);
  if (flags.json) {
    const changed = hooks && { path: hooks.path, is_changed: hooks.changed, backup: hooks.backup };
    return printJson(app, { config, claude_settings: changed });
  }
  app.terminal.say(`${config ? tellConfig(config) : ''}${hooks ? tellHooks(hooks, Boolean(flags.undo)) : ''}`);
}
