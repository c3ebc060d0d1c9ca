// A home on a small disk of its own that can be filled to the last page, and given space again.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeHome, type TestHome } from './home.ts';

const pageBytes = 4096;

function mount(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'none', folder], { stdio: 'pipe' });
}

/** Why no small disk can be had here; null where one can. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'small disks are made with tmpfs, which only Linux has';
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  try {
    mount(folder, '64k');
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `a small disk cannot be mounted: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
  } finally {
    rmdirSync(folder);
  }
}

export interface SmallDisk {
  home: TestHome;
  /** Leaves room for so many pages of 4 KiB. */
  fill(pagesLeft: number): void;
  /** Gives all the space back. */
  free(): void;
}

function writeUntilFull(path: string): number {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(pageBytes, 1);
  let bytes = 0;
  try {
    for (;;) bytes += writeSync(file, page);
  } catch {
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** A home on a disk of its own, until the current test ends. */
export function makeSmallDisk(size: string): SmallDisk {
  const home = makeHome();
  mount(home.home, size);
  // Lazily: what still has a file open there is no reason to leave the mount behind.
  onTestFinished(() => void execFileSync('umount', ['-l', home.home], { stdio: 'pipe' }));
  const ballast = join(home.home, 'ballast');
  const free = () => rmSync(ballast, { force: true });
  return {
    home,
    free,
    fill(pagesLeft) {
      free();
      truncateSync(ballast, Math.max(0, writeUntilFull(ballast) - pagesLeft * pageBytes));
    },
  };
}
