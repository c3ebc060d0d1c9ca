/** What a message asks for: a command with its words, or plain text; options may stand in any place, with any dashes. */

/** A message read as a command. */
export interface ParsedCommand {
  /** Without slash and bot name, in lower case: `cad`. */
  name: string;
  /** What follows, as it was written. */
  rest: string;
}

/** Options of a task in a message, by their names on the command line. */
export interface MessageOptions {
  ali?: true;
  agentTeams?: true;
  yolo?: true;
  priority?: string;
  agent?: string;
  model?: string;
  at?: string;
  after?: string;
  ifFailed?: string;
  repo?: string;
  base?: string;
  branch?: string;
  /** False: in the repository's own checkout. */
  worktree?: false;
}

/** What a person can say that is a command. */
export interface Vocabulary {
  /** Names of commands, as they stand behind the slash. */
  names: Pick<ReadonlySet<string>, 'has'>;
  /** Words that mean a command without a slash, with the command's name. */
  words: ReadonlyMap<string, string>;
}

/** An input method for Chinese makes the wide one. */
const slash = '^\\s*[/／]';
const called = new RegExp(`${slash}([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?(?=\\s|$)\\s*([\\s\\S]*)$`);
/** Chinese is written without blanks, and so is what stands behind a command. */
const joined = new RegExp(
  `${slash}([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?(?:[:：,，、]\\s*|(?=\\p{Script=Han}))([\\s\\S]*)$`,
  'u',
);
const inWords = new RegExp(`${slash}(\\p{Script=Han}+)(?=\\s|$)\\s*([\\s\\S]*)$`, 'u');

/**
 * The command at the beginning of a text, or null. `/cad@otherbot` is another bot's: null. Bare words (`任务`, `tasks`) count
 * when nothing but an id follows: a sentence that begins with such a word is a request; with a slash (`/任务`) they always do.
 * A known command may be joined to what follows (`/cad写一首诗`, `/cad: fix it`).
 */
export function parseCommand(text: string, botName: string, { names, words }: Vocabulary): ParsedCommand | null {
  const isOther = (bot: string | undefined) => bot !== undefined && bot.toLowerCase() !== botName.toLowerCase();
  const [isCalled, name = '', bot, rest = ''] = called.exec(text) ?? [];
  if (isCalled !== undefined) return isOther(bot) ? null : { name: name.toLowerCase(), rest: rest.trim() };
  const [, before = '', itsBot, after = ''] = joined.exec(text) ?? [];
  if (names.has(before.toLowerCase()) && !isOther(itsBot)) return { name: before.toLowerCase(), rest: after.trim() };
  const [, word = '', behind = ''] = inWords.exec(text) ?? [];
  const meant = words.get(word);
  if (meant !== undefined) return { name: meant, rest: behind.trim() };
  const bare = /^\s*(\S+)(?:\s+(\S+))?\s*$/.exec(text);
  const command = bare ? words.get((bare[1] as string).toLowerCase()) : undefined;
  if (!bare || !command) return null;
  const id = bare[2] ?? '';
  return id === '' || /^(task-\S+|latest)$/.test(id) ? { name: command, rest: id } : null;
}

/** Phones turn two hyphens into a dash, and input methods for Chinese make two of them, or wide hyphens. */
const dashes = '(?:[-‐‑−－]{2}|[‒–—―]{1,2})';
const flagPattern = new RegExp(`(^|\\s)${dashes}(ali|agent-teams|yolo|no-worktree)(?=\\s|$)`, 'gi');
const valuePattern = new RegExp(
  `(^|\\s)${dashes}(priority|agent|model|after|if-failed|repo|base|branch)(?:\\s*=\\s*|\\s+)([^\\s—–-][^\\s]*)(?=\\s|$)`,
  'gi',
);

/** A time may have a blank in it: `in 2h`, `2026-11-21 09:00`. */
const timePattern = new RegExp(
  `(^|\\s)${dashes}at(?:\\s*=\\s*|\\s+)(in\\s+\\S+|\\d{4}-\\d\\d-\\d\\d\\s+\\d\\d?:\\d\\d\\S*|[^\\s—–-]\\S*)(?=\\s|$)`,
  'gi',
);

const emptyOption = new RegExp(
  `^\\s*${dashes}(priority|agent|model|at|after|if-failed|repo|base|branch)\\s*=?\\s*$`,
  'i',
);

const valueNames = {
  priority: 'priority',
  agent: 'agent',
  model: 'model',
  after: 'after',
  'if-failed': 'ifFailed',
  repo: 'repo',
  base: 'base',
  branch: 'branch',
} as const;

const flagNames: Record<string, 'ali' | 'agentTeams' | 'yolo'> = {
  ali: 'ali',
  'agent-teams': 'agentTeams',
  yolo: 'yolo',
};

/** What goes where an option stood: a blank before it goes with it, the end of a line stays. */
const without = (before: string) => (before === '\n' ? before : '');

/** Text in backquotes is the person's own matter: options are looked for only outside of it. */
function outsideCode(text: string, change: (plain: string) => string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((piece, index) => (index % 2 === 0 ? change(piece) : piece))
    .join('');
}

/** Takes the options out of a prompt; the rest of it stays as it was written. */
export function takeOptions(text: string): { options: MessageOptions; prompt: string } {
  const options: MessageOptions = {};
  const prompt = outsideCode(text, (plain) =>
    plain
      .replace(flagPattern, (_, before: string, name: string) => {
        const option = flagNames[name.toLowerCase()];
        if (option) options[option] = true;
        else options.worktree = false;
        return without(before);
      })
      .replace(timePattern, (_, before: string, value: string) => {
        options.at = value.replace(/\s+/g, ' ');
        return without(before);
      })
      .replace(valuePattern, (_, before: string, name: string, value: string) => {
        options[valueNames[name.toLowerCase() as keyof typeof valueNames]] = value;
        return without(before);
      }),
  );
  // An option that says nothing is no request either.
  return { options, prompt: emptyOption.test(prompt) ? '' : prompt.trim() };
}
