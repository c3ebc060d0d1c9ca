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
}

/**
 * The command at the beginning of a text, or null. `/cad@otherbot` is another bot's: `name` is then null in a group. Bare
 * words (`任务`, `tasks`) count when nothing but an id follows: a sentence that begins with such a word is a request.
 */
export function parseCommand(
  text: string,
  botName: string,
  bareWords: ReadonlyMap<string, string>,
): ParsedCommand | null {
  const slash = /^\s*\/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?(?=\s|$)\s*([\s\S]*)$/.exec(text);
  if (slash) {
    const [, name, bot, rest] = slash;
    if (bot && bot.toLowerCase() !== botName.toLowerCase()) return null;
    return { name: (name as string).toLowerCase(), rest: (rest as string).trim() };
  }
  const bare = /^\s*(\S+)(?:\s+(\S+))?\s*$/.exec(text);
  const command = bare ? bareWords.get((bare[1] as string).toLowerCase()) : undefined;
  if (!bare || !command) return null;
  const id = bare[2] ?? '';
  return id === '' || /^(task-\S+|latest)$/.test(id) ? { name: command, rest: id } : null;
}

/** Phones turn two hyphens into one of these. */
const dashes = '(?:--|—|–|−−)';
const flagPattern = new RegExp(`(^|\\s)${dashes}(ali|agent-teams|yolo)(?=\\s|$)`, 'gi');
const valuePattern = new RegExp(
  `(^|\\s)${dashes}(priority|agent|model)(?:\\s*=\\s*|\\s+)([^\\s—–-][^\\s]*)(?=\\s|$)`,
  'gi',
);

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
        return without(before);
      })
      .replace(valuePattern, (_, before: string, name: string, value: string) => {
        options[name.toLowerCase() as 'priority' | 'agent' | 'model'] = value;
        return without(before);
      }),
  );
  return { options, prompt: prompt.trim() };
}
