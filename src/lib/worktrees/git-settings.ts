/** The settings that our git works with: the person's own count, programs that a repository names are never run. */

import type { Git, GitSetting } from '../adapters/git.ts';
import { refuse } from '../errors/errors.ts';
import { folderRefusals } from './refusals.ts';

/** Settings of the person that go into effect where the repository does not set them itself. */
const passedOn = new Set([
  'user.name',
  'user.email',
  'core.autocrlf',
  'core.eol',
  'core.excludesfile',
  'core.attributesfile',
]);

/** Who signs commits where nobody is named. */
const nobody = { 'user.name': 'ccdispatch', 'user.email': 'ccdispatch@localhost' };

/** Programs that a repository's settings can name, each with the value that takes it away. */
const programs: readonly { pattern: RegExp; value: string }[] = [
  { pattern: /^filter\..*\.(?:clean|smudge|process)$/s, value: '' },
  { pattern: /^filter\..*\.required$/s, value: 'false' },
  // A driver that fails gives a conflict; an empty one would silently keep one side.
  { pattern: /^merge\..*\.driver$/s, value: 'false' },
  { pattern: /^diff\..*\.(?:textconv|command)$/s, value: '' },
];

const isProgram = ({ name }: GitSetting) => programs.some(({ pattern }) => pattern.test(name));

/**
 * What is set for every call in a repository with these settings of its own. Filters and drivers are what the person's files
 * say; one that only the repository names is taken away. Somebody is named for commits, at the worst ourselves.
 */
function planSettings(ofRepository: readonly GitSetting[], ofPerson: readonly GitSetting[]): GitSetting[] {
  const own = new Set(ofRepository.map(({ name }) => name));
  const settings: GitSetting[] = [...own].flatMap((name) => {
    const program = programs.find(({ pattern }) => pattern.test(name));
    return program ? [{ name, value: program.value }] : [];
  });
  for (const setting of ofPerson) {
    const { name } = setting;
    if (name === 'safe.directory' || isProgram(setting) || (passedOn.has(name) && !own.has(name)))
      settings.push(setting);
  }
  const named = new Set([...own, ...ofPerson.map(({ name }) => name)]);
  for (const [name, value] of Object.entries(nobody)) if (!named.has(name)) settings.push({ name, value });
  return settings;
}

/** Variables that set this for one call of git: names with any character can be given so. */
function settingsEnvironment(settings: readonly GitSetting[]): Record<string, string> {
  const pairs = settings.flatMap(({ name, value }, index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(settings.length) };
}

/** Who trusts a checkout trusts its git folder, where most of our calls are made. */
function withGitFolder(setting: GitSetting): GitSetting[] {
  const { name, value } = setting;
  const isChecked = name === 'safe.directory' && value !== '' && value !== '*';
  return isChecked ? [setting, { name, value: `${value}/.git` }] : [setting];
}

/**
 * The variables for calls in this folder; throws `failed` where its settings cannot be read. Ask again for each piece of work:
 * whoever works in the repository may change them.
 */
export async function gitEnvironment(git: Git, folder: string): Promise<Record<string, string>> {
  const person = (await git.personSettings()).flatMap(withGitFolder);
  const safe = settingsEnvironment(person.filter(({ name }) => name === 'safe.directory'));
  const repository = await git.repositorySettings(folder, { env: safe });
  if (repository !== null) return settingsEnvironment(planSettings(repository, person));
  return refuse(folderRefusals.settingsUnreadable(folder));
}
