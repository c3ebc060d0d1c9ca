// The unit for systemd, with words that its quoting must get through whole.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderUnit } from '../../../src/lib/setup/systemd.ts';
import { makeHome } from '../../support/home.ts';

describe('renderUnit', () => {
  it('runs the worker with absolute paths, and ends nothing but it', () => {
    const unit = renderUnit({
      name: 'worker',
      program: { command: '/usr/bin/node', args: ['/opt/my apps/$x/100%/"q"\\/ccdispatch.js'] },
      home: '/home/ali/.ccdispatch',
      path: '/home/ali/bin:/usr/bin',
    });
    expect(unit).toMatchInlineSnapshot(`
      "[Unit]
      Description=ccdispatch worker: runs coding agents for people who are away from their desk

      [Service]
      ExecStart="/usr/bin/node" "/opt/my apps/$$x/100%%/\\"q\\"\\\\/ccdispatch.js" "worker"
      Environment="CCDISPATCH_HOME=/home/ali/.ccdispatch"
      Environment="PATH=/home/ali/bin:/usr/bin"
      # Only the worker itself is stopped: its agents go on, and the next worker takes them over.
      KillMode=process
      Restart=always
      RestartSec=5
      # Faulty settings do not mend themselves.
      RestartPreventExitStatus=3

      [Install]
      WantedBy=default.target
      "
    `);
  });

  it('runs the bot, which leaves the worker alone that it has started', () => {
    const unit = renderUnit({ name: 'bot', program: { command: '/n', args: ['/c.js'] }, home: '/h', path: '/bin' });
    expect(unit).toContain('ExecStart="/n" "/c.js" "bot"\n');
    expect(unit).toMatch(/^# Only the bot itself is stopped: .*\nKillMode=process$/m);
  });

  it('is understood by systemd', (context) => {
    const { outside } = makeHome();
    const program = { command: '/bin/echo', args: [join(outside, 'a $b %c', 'ccdispatch.js')] };
    const unit = renderUnit({ name: 'bot', program, home: join(outside, 'a "b'), path: '/bin' });
    // Where systemd is not there, or cannot check anything, it finds no fault in nonsense either.
    if (complaints(outside, unit.replace('KillMode=process', 'KillMode=nonsense')).length === 0) {
      console.warn('systemd-analyze does not work here: the unit is NOT checked by it.');
      context.skip();
    }
    expect(complaints(outside, unit)).toEqual([]);
  });
});

/** What systemd says about a unit. */
function complaints(folder: string, unit: string): string[] {
  const file = join(folder, 'ccdispatch.service');
  writeFileSync(file, unit);
  const env = { ...process.env, XDG_RUNTIME_DIR: folder };
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--user', file], { encoding: 'utf8', env });
  return (stderr ?? '').split('\n').filter((line) => line.includes('ccdispatch.service'));
}
