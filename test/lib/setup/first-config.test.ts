// The first config file works as it is, and with every setting in it switched on; and it names them all.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../src/lib/config/load.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { describeSettings } from '../../../src/lib/setup/describe-settings.ts';
import { firstConfig } from '../../../src/lib/setup/first-config.ts';
import { makeHome } from '../../support/home.ts';

async function check(text: string) {
  const home = makeHome();
  writeFileSync(join(home.home, 'config.yaml'), text);
  return await checkSettings({ env: {}, home: home.home });
}

/** Settings begin with `#` and their name or indentation, explanations with `# `. */
const switchedOn = firstConfig.replace(/^#(?=[a-z]| {2})/gm, '');

describe('the first config file', () => {
  it('is valid, and sets nothing but defaults', async () => {
    const { settings, faults } = await check(firstConfig);
    expect(faults).toEqual([]);
    expect(settings).toEqual(configSchema.parse({}));
  });

  it('is valid when everything in it is switched on, placeholders included', async () => {
    const { settings, faults } = await check(switchedOn);
    expect(faults).toEqual([]);
    expect(settings?.profiles.ali?.model).toBe('name-of-a-model');
    expect(settings?.agents.custom.shout?.command).toEqual(['tr', 'a-z', 'A-Z']);
  });

  it('names every setting there is, with its default', async () => {
    const { settings } = await check(switchedOn);
    const keysOf = (described: ReturnType<typeof describeSettings>) =>
      new Map(described.map(({ key, value }) => [key, value]));
    const named = keysOf(describeSettings(settings ?? configSchema.parse({}), 'config.yaml', {}));
    const all = keysOf(describeSettings(configSchema.parse({}), null, {}));
    // Groups that a person fills have examples in the file.
    for (const key of ['profiles', 'agents.custom', 'repos']) all.delete(key);
    expect([...all.keys()].filter((key) => !named.has(key))).toEqual([]);
    const changed = [...all].filter(
      ([key, value]) => value !== undefined && JSON.stringify(named.get(key)) !== JSON.stringify(value),
    );
    expect(changed.map(([key]) => key)).toEqual(['agents.passEnv']);
  });
});
