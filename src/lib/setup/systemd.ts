/** The systemd units for processes that live for good: a worker, and the bot. */

const unitNames = ['worker', 'bot'] as const;
export type UnitName = (typeof unitNames)[number];

const descriptions: Record<UnitName, string> = {
  worker: 'ccdispatch worker: runs coding agents for people who are away from their desk',
  bot: 'ccdispatch bot: takes tasks from Telegram, and answers',
};

/** What is stopped with the process, and what is not. */
const stopping: Record<UnitName, string> = {
  worker: '# Only the worker itself is stopped: its agents go on, and the next worker takes them over.',
  bot: '# Only the bot itself is stopped: the worker that it has started, and its agents, go on.',
};

/** The worker has the product's own name. */
export const unitFile = (name: UnitName): string => (name === 'worker' ? 'ccdispatch' : `ccdispatch-${name}`);

export interface UnitRequest {
  name: UnitName;
  /** How this program is started: absolute paths. */
  program: { command: string; args: readonly string[] };
  /** Absolute. */
  home: string;
  /** Where the agents' programs and tools are found. */
  path: string;
}

/** A word in systemd's own quoting, in which `%` and, in commands, `$` have meanings too. */
function quote(word: string, isCommand: boolean): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%');
  return `"${isCommand ? escaped.replaceAll('$', '$$$$') : escaped}"`;
}

/** The unit's text, for a file in `~/.config/systemd/user` that is called like {@link unitFile}. */
export function renderUnit({ name, program, home, path }: UnitRequest): string {
  const command = [program.command, ...program.args, name].map((word) => quote(word, true)).join(' ');
  return `[Unit]
Description=${descriptions[name]}

[Service]
ExecStart=${command}
Environment=${quote(`CCDISPATCH_HOME=${home}`, false)}
Environment=${quote(`PATH=${path}`, false)}
${stopping[name]}
KillMode=process
Restart=always
RestartSec=5
# Faulty settings do not mend themselves.
RestartPreventExitStatus=3

[Install]
WantedBy=default.target
`;
}
