/** `ccdispatch config show`: every setting with its value and where it comes from. */

import type { App } from '../app.ts';
import { describeSettings } from '../lib/setup/describe-settings.ts';
import { coloursOf, printJson, printTable } from './output.ts';

export interface ConfigShowFlags {
  json?: boolean;
}

export async function run(app: App, flags: ConfigShowFlags): Promise<void> {
  const { settings, path } = await app.loaded();
  const described = describeSettings(settings, path, app.env);
  if (flags.json) {
    const entries = described.map(({ key, value, from }) => [key, { value: value ?? null, from }]);
    return printJson(app, { home: app.paths.home, path, settings: Object.fromEntries(entries) });
  }
  app.terminal.say(path ? `Settings from ${path}\n` : 'No config file; make one with: ccdispatch init\n');
  const colours = await coloursOf(app);
  const render = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '(not set)'));
  await printTable(
    app,
    [{ title: 'SETTING' }, { title: 'VALUE', canShrink: true }, { title: 'FROM', canShrink: true }],
    described.map(({ key, value, from }) => [
      key,
      render(value),
      { text: from, paint: from === 'default' ? colours.faint : colours.good },
    ]),
  );
}
