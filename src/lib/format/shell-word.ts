/** Words of a command line, so that a person can copy it into a shell. */

/** A word as a shell takes it. */
export const shellWord = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
