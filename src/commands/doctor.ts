/** `ccdispatch doctor`: what is wrong with this installation, and which command mends it. */

import type { App } from '../app.ts';
import { agentPaths, openOutbox } from '../app-runs.ts';
import { checkSettings } from '../lib/config/load.ts';
import { version } from '../lib/config/version.ts';
import { examine } from '../lib/doctor/doctor.ts';
import type { Finding } from '../lib/doctor/finding.ts';
import { renderCount } from '../lib/format/amount.ts';
import { type Colours, coloursOf, printJson, printText } from './output.ts';

export interface DoctorFlags {
  /** The global `--config`. */
  config?: string;
  json?: boolean;
}

function renderFinding({ level, what, hint }: Finding, colours: Colours): string {
  const mark = { ok: colours.good('ok     '), warning: colours.doubtful('warning'), error: colours.bad('error  ') }[
    level
  ];
  return `${mark}  ${what}\n${hint ? `         ${colours.faint('→')} ${hint}\n` : ''}`;
}

function summary(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'All is well.\n';
  const parts = [
    ...(errors > 0 ? [renderCount(errors, 'error')] : []),
    ...(warnings > 0 ? [renderCount(warnings, 'warning')] : []),
  ];
  return `${parts.join(', ')}.\n`;
}

export async function run(app: App, flags: DoctorFlags): Promise<number> {
  const findings = await examine({
    ...app,
    tasks: await app.openTasks(),
    queue: app.queue,
    uid: process.getuid?.() ?? null,
    version,
    nodeVersion: process.versions.node,
    checkSettings: () => checkSettings({ env: app.env, home: app.paths.home, configPath: flags.config }),
    agentPaths,
    openOutbox: (settings) => openOutbox(app, settings),
  });
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (flags.json) {
    printJson(app, { version, home: app.paths.home, errors, warnings, findings });
  } else {
    const colours = await coloursOf(app);
    printText(app, findings.map((finding) => renderFinding(finding, colours)).join('') + summary(errors, warnings));
  }
  return errors > 0 ? 1 : 0;
}
