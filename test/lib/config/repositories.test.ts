// The settings of repositories: by path, by name, and what follows from them.

import { describe, expect, it } from 'vitest';
import { conflictPolicyOf, repositoryNamed, repositorySettingsOf } from '../../../src/lib/config/repositories.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';

const settings = configSchema.parse({
  repos: {
    '/srv/shop': { name: 'shop', onEnd: 'merge' },
    '/srv/link': { onConflict: 'ignore' },
  },
});
const real = (path: string) => (path === '/srv/link' ? '/disk/site' : path);

describe('a repository', () => {
  it('is found by its path, also behind a link, and by its name', () => {
    expect(repositorySettingsOf(settings, '/srv/shop', real)).toMatchObject({ name: 'shop', onEnd: 'merge' });
    expect(repositorySettingsOf(settings, '/disk/site', real)).toMatchObject({ onConflict: 'ignore', onEnd: 'keep' });
    expect(repositorySettingsOf(settings, '/elsewhere', real)).toEqual({ trusted: false, onEnd: 'keep' });
    expect([repositoryNamed(settings, 'shop'), repositoryNamed(settings, 'site')]).toEqual(['/srv/shop', null]);
  });

  it.each([
    [{}, 'warn'],
    [{ onEnd: 'pr' }, 'warn'],
    [{ onEnd: 'merge' }, 'pause'],
    [{ onEnd: 'merge', onConflict: 'warn' }, 'warn'],
    [{ onEnd: 'merge', onConflict: 'ignore' }, 'ignore'],
    [{ onConflict: 'pause' }, 'pause'],
  ])('with %j lets a task that meets another one: %s', (repository, policy) => {
    const { repos } = configSchema.parse({ repos: { '/r': repository } });
    expect(conflictPolicyOf(repositorySettingsOf({ repos }, '/r', real))).toBe(policy);
  });
});
