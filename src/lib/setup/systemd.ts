/** The systemd unit for a worker that lives for good. */

export interface UnitRequest {
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

/** The unit's text, for `~/.config/systemd/user/ccdispatch.service`. */
export function renderUnit({ program, home, path }: UnitRequest): string {
  const command = [program.command, ...program.args, 'worker'].map((word) => quote(word, true)).join(' ');
  return `[Unit]
Description=ccdispatch worker: runs coding agents for people who are away from their desk

[Service]
ExecStart=${command}
Environment=${quote(`CCDISPATCH_HOME=${home}`, false)}
Environment=${quote(`PATH=${path}`, false)}
# Only the worker itself is stopped: its agents go on, and the next worker takes them over.
KillMode=process
Restart=always
RestartSec=5

[Install]
WantedBy=default.target
`;
}
