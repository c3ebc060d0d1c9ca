/** Files that two tasks may change without being in each other's way, by patterns such as `.gitignore` holds. */

import ignore from 'ignore';

/** Whether a path, relative to its repository, fits one of the patterns; later ones that begin with `!` take it out again. */
export function matchFiles(patterns: readonly string[]): (file: string) => boolean {
  const rules = ignore().add([...patterns]);
  return (file) => ignore.isPathValid(file) && rules.ignores(file);
}
