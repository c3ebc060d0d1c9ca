// What the machine has left and what its file systems say, held against what Node itself knows.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemDisk } from '../../../src/lib/adapters/disk.ts';
import { thisMachine } from '../../../src/lib/adapters/machine.ts';
import { startMarkByPs } from '../../../src/lib/adapters/process-table.ts';
import { makeHome } from '../../support/home.ts';

describe('the machine', () => {
  it('has some memory left, but not more than there is', () => {
    expect(thisMachine.freeMemory()).toBeGreaterThan(1024 * 1024);
    expect(thisMachine.freeMemory()).toBeLessThan(os.totalmem());
  });

  it('has some room on its disk, and none where there is no folder', () => {
    const { bavail, bsize } = fs.statfsSync(os.tmpdir());
    const free = thisMachine.freeDisk(os.tmpdir()) ?? 0;
    expect(Math.abs(free - bavail * bsize)).toBeLessThan(512 * 1024 * 1024);
    expect(thisMachine.freeDisk('/nowhere/at/all')).toBe(null);
  });
});

describe('the disk', () => {
  it('gives rights, and null where there is nothing', () => {
    const { outside } = makeHome();
    fs.writeFileSync(path.join(outside, 'a'), '');
    fs.chmodSync(path.join(outside, 'a'), 0o640);
    expect(systemDisk.modeOf(path.join(outside, 'a'))).toBe(0o640);
    expect(systemDisk.modeOf(path.join(outside, 'b'))).toBe(null);
  });

  it('takes a local file system for none of the network, and what is not there too', () => {
    expect(systemDisk.networkKind('/proc')).toBe(null);
    expect(systemDisk.networkKind('/nowhere/at/all')).toBe(null);
  });
});

describe.runIf(fs.existsSync('/bin/ps') || fs.existsSync('/usr/bin/ps'))('the process table by ps', () => {
  it('tells when a process started, always the same', () => {
    expect(startMarkByPs(process.pid)).toMatch(/\d{2}:\d{2}:\d{2} \d{4}$/);
    expect(startMarkByPs(process.pid)).toBe(startMarkByPs(process.pid));
  });

  it('knows none that is not there', () => expect(startMarkByPs(2 ** 22 + 1)).toBe(null));
});
