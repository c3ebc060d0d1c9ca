/** Checks the home folder: whose it is, who may look into it, and whether it can really be written. */

import { join } from 'node:path';
import type { Disk } from '../adapters/disk.ts';
import type { Files } from '../adapters/files.ts';
import type { Machine } from '../adapters/machine.ts';
import type { Paths } from '../config/paths.ts';
import { explainSystemError } from '../errors/errors.ts';
import { renderSize } from '../format/duration.ts';
import { error, type Finding, ok, warning } from './finding.ts';

export interface HomeCheck {
  files: Files;
  disk: Disk;
  machine: Machine;
  paths: Paths;
  /** The file of the settings, or null. */
  configPath: string | null;
  /** Our number, or null where the system has none. */
  uid: number | null;
}

const megabyte = 1024 * 1024;
const tooLittle = 100 * megabyte;
const little = 1024 * megabyte;

async function checkWriting({ files, paths }: HomeCheck): Promise<Finding[]> {
  const probe = join(paths.home, `.tmp-doctor-${process.pid}`);
  try {
    await files.replace(probe, 'A test whether this folder can be written.\n');
    return [];
  } catch (cause) {
    const reason = explainSystemError(cause, paths.home);
    const text = reason instanceof Error ? reason.message : String(reason);
    return [error(`The home cannot be written: ${text}`, `Look at: ls -ld ${paths.home}; df -h ${paths.home}`)];
  } finally {
    try {
      files.remove(probe);
    } catch {
      // What cannot be written cannot be removed either; there is nothing then.
    }
  }
}

function checkSpace({ machine, paths }: HomeCheck): Finding {
  const free = machine.freeDisk(paths.home);
  if (free === null) return warning('It cannot be told how much disk space is free.', `Look at: df -h ${paths.home}`);
  const what = `${renderSize(free)} of disk space are free`;
  const hint = 'See what can go: ccdispatch cleanup --dry-run';
  if (free < tooLittle) return error(`Only ${what}.`, hint);
  return free < little ? warning(`Only ${what}.`, hint) : ok(what);
}

/** Files with tokens and keys, and the home itself, are for their owner alone. */
function checkRights({ disk, paths, configPath }: HomeCheck): Finding[] {
  const kept: [string, number][] = [[paths.home, 0o700]];
  for (const path of [configPath, paths.env]) if (path) kept.push([path, 0o600]);
  return kept.flatMap(([path, wanted]) => {
    const mode = disk.modeOf(path);
    if (mode === null || (mode & 0o077) === 0) return [];
    return [
      warning(
        `Others on this machine may use ${path} (mode ${mode.toString(8)}).`,
        `chmod ${wanted.toString(8)} ${path}`,
      ),
    ];
  });
}

export async function checkHome(check: HomeCheck): Promise<Finding[]> {
  const { files, disk, paths, uid } = check;
  const found = files.stat(paths.home);
  if (!found) return [warning(`There is no home at ${paths.home} yet.`, 'Make it: ccdispatch init')];
  if (!found.isFolder) {
    return [error(`${paths.home} is not a folder.`, 'Move it away, or set CCDISPATCH_HOME to another folder.')];
  }
  if (uid !== null && found.uid !== uid) {
    const hint = 'Use the account that owns it, or set CCDISPATCH_HOME to a folder of your own.';
    return [error(`The home ${paths.home} belongs to another user (number ${found.uid}, this is ${uid}).`, hint)];
  }
  const kind = disk.networkKind(paths.home);
  const network = kind
    ? [
        warning(
          `The home is on a network file system (${kind}), where locks cannot be relied on.`,
          'Set CCDISPATCH_HOME to a folder on a local disk.',
        ),
      ]
    : [];
  return [
    ok(`Home: ${paths.home}`),
    ...(await checkWriting(check)),
    checkSpace(check),
    ...checkRights(check),
    ...network,
  ];
}
