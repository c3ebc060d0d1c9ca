/** Asks a person at the terminal for a secret, without showing what is typed. */

export interface SecretPrompt {
  /** Whether there is a person to ask: standard input is a terminal. */
  readonly isPossible: boolean;
  /** What was typed up to the end of the line; null where it was given up (Ctrl-C, Ctrl-D on an empty line). */
  ask(question: string): Promise<string | null>;
}

const enter = /[\r\n]/;
const [interrupt, endOfInput, backspace, del] = ['\u0003', '\u0004', '\b', '\u007f'];

function ask(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  // First nothing is shown, then it is asked: who pastes at once must not see it.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8').resume();
  let typed = '';
  return new Promise((resolve) => {
    const finish = (value: string | null) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(value);
    };
    // A pasted key comes in one piece, typed letters one by one.
    const onData = (text: string) => {
      for (const char of text) {
        if (enter.test(char)) return finish(typed);
        if (char === interrupt || (char === endOfInput && typed === '')) return finish(null);
        if (char === backspace || char === del) typed = typed.slice(0, -1);
        else typed += char;
      }
    };
    stdin.on('data', onData);
  });
}

export const terminalPrompt: SecretPrompt = {
  get isPossible() {
    return process.stdin.isTTY === true;
  },
  ask,
};
