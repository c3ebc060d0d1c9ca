/** The agent's own commands in messages to a session: those of a list pass, any other slash is text to the agent. */

/** Put before a message whose slash is none of the agent's: at its very beginning it would be taken for a command. */
const asText = 'Message: ';

/** The name of the command that the text begins with, in lower case; null for none. */
function slashCommandOf(text: string): string | null {
  return /^\s*\/([A-Za-z][\w:-]*)(?=\s|$)/.exec(text)?.[1]?.toLowerCase() ?? null;
}

export function isAllowedSlash(text: string, allowed: readonly string[]): boolean {
  const name = slashCommandOf(text);
  return name !== null && allowed.some((one) => one.replace(/^\//, '').toLowerCase() === name);
}

/** The text as the agent is to get it. */
export function guardSlash(text: string, allowed: readonly string[]): string {
  return /^\s*\//.test(text) && !isAllowedSlash(text, allowed) ? `${asText}${text.trimStart()}` : text;
}
