/** The script of the demo's model: it writes the file that the prompt asks for. */

import { basename, resolve } from 'node:path';
import type { ModelScript } from './model-server.ts';

const WRITE_REQUEST = /(?:write|写入?|创建)\s+(?:to\s+)?["'`]?([^\s:："'`]+)["'`]?\s*[:：]\s*([\s\S]+)/i;

/**
 * A script for prompts such as `write hello.txt: some text` (or `写 hello.txt：…`): one `Write` call with an absolute
 * path in the agent's working folder, then a sentence that says so. Other prompts get an answer that repeats them.
 */
export function writeFileScript(): ModelScript {
  return (request) => {
    const [, name, content] = WRITE_REQUEST.exec(request.sessionText) ?? [];
    if (name === undefined || content === undefined) return { text: `You said: ${request.sessionText.slice(0, 200)}` };
    if (request.toolResults > 0) return { text: `I wrote ${basename(name)} (${content.length} characters).` };
    if (request.cwd === null) return { text: `I do not know where to write ${name}.` };
    const path = resolve(request.cwd, name);
    return {
      text: `I will write ${basename(name)}.`,
      toolUses: [{ name: 'Write', input: { file_path: path, content } }],
    };
  };
}
