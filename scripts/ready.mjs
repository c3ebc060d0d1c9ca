// Makes a checkout ready for use: installs from the lock file and builds, each only when it is missing or stale.
// It runs before anything is installed, so it uses nothing but Node, and only what old versions of Node can parse.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt, projectRoot } from './build.mjs';

const oldestNode = '20.19.0';

/** @param {string} version such as 20.19.0 */
export function isNewEnough(version, oldest = oldestNode) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * Tells whether node_modules holds what package-lock.json asks for, by the list that npm leaves in it as its last step.
 * Packages for other platforms may be absent; what somebody added by hand does no harm.
 * @param {string} root
 */
export function isInstalled(root) {
  try {
    const wanted = readPackages(path.join(root, 'package-lock.json'));
    const present = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(([name, want]) => {
      if (name === '') return true;
      const have = present[name];
      if (!have) return want.optional || want.devOptional;
      return have.integrity === want.integrity && fs.existsSync(path.join(root, name));
    });
  } catch {
    return false;
  }
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { integrity?: string, optional?: boolean, devOptional?: boolean }>}
 */
function readPackages(lockFile) {
  return JSON.parse(fs.readFileSync(lockFile, 'utf8')).packages;
}

/** @param {string} root */
function install(root) {
  console.error('Installing dependencies (once, about a minute)…');
  // Development packages too, whatever NODE_ENV says: the build needs them. Standard output stays free for data.
  const done = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.error || done.status !== 0) {
    const why = done.error ? done.error.message : `npm ci ended with exit code ${done.status}`;
    throw new Error(`${why}. Mend what it says above, then run the same command again.`);
  }
}

/**
 * Where npm does not run install scripts, the agent's package still holds a placeholder of a few hundred bytes in place
 * of its program; its own script puts the program there. Without it everything but runs of that agent still works.
 * @param {string} root
 */
function finishAgentInstall(root) {
  const folder = path.join(root, 'node_modules', '@anthropic-ai', 'claude-code');
  const program = path.join(folder, 'bin', 'claude.exe');
  const size = () => (fs.existsSync(program) ? fs.statSync(program).size : 0);
  const smallestProgram = 1024 * 1024;
  if (size() >= smallestProgram) return;
  spawnSync(process.execPath, [path.join(folder, 'install.cjs')], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (size() < smallestProgram) {
    console.error(
      'The claude program could not be installed for this system; the one on PATH is used, if there is one.',
    );
  }
}

/**
 * Runs `work` while no other process does so for the same checkout. The lock is a listening socket, because the system
 * frees it when its holder is killed; who finds it taken waits for the holder's end.
 * @param {string} root
 * @param {() => void | Promise<void>} work
 */
export async function runAlone(root, work) {
  const name = `ccdispatch-ready-${createHash('sha256').update(fs.realpathSync(root)).digest('hex').slice(0, 16)}`;
  const address = lockAddress(name);
  for (;;) {
    const release = await tryHold(address);
    if (release) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    await waitForHolder(address);
  }
}

/** @param {string} name */
function lockAddress(name) {
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return path.join(os.tmpdir(), name);
}

/**
 * Takes the lock and gives what frees it again, or undefined when another process holds it.
 * @param {string} address
 * @returns {Promise<(() => Promise<unknown>) | undefined>}
 */
function tryHold(address) {
  /** @type {net.Socket[]} */
  const waiting = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    waiting.push(socket);
  });
  const release = () =>
    new Promise((resolve) => {
      server.close(resolve);
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(release));
  });
}

/**
 * Resolves when the process that listens at the address is gone or has closed.
 * @param {string} address
 * @returns {Promise<void>}
 */
function waitForHolder(address) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      // Outside Linux the name is a file, and a killed holder leaves it behind.
      if (error.code === 'ECONNREFUSED' && path.isAbsolute(address)) fs.rmSync(address, { force: true });
    });
    socket.on('close', () => setTimeout(resolve, 20));
    socket.resume();
  });
}

/**
 * Brings the checkout up to date. Throws with what to do when that fails.
 * @param {{ root?: string, buildWhen?: 'stale' | 'always' | 'never', clean?: boolean }} [options]
 */
export async function makeReady({ root = projectRoot, buildWhen = 'stale', clean = false } = {}) {
  const needsBuild = () => buildWhen === 'always' || (buildWhen === 'stale' && !isBuilt(root));
  if (!isInstalled(root) || needsBuild()) {
    await runAlone(root, async () => {
      // Asked again, because another process may have done it while this one waited.
      if (!isInstalled(root)) install(root);
      if (needsBuild()) await build({ root, clean });
    });
  }
  finishAgentInstall(root);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!isNewEnough(process.versions.node)) {
    console.error(`ccdispatch needs Node ${oldestNode} or newer, this is ${process.versions.node}.`);
    console.error('Install a newer one (https://nodejs.org, or: nvm install 22), then run the same command again.');
    process.exit(3);
  }
  // `install` installs only, `build` builds in any case (`--clean`: without files of earlier builds), nothing does both as needed.
  const [task, ...flags] = process.argv.slice(2);
  const buildWhen = task === 'install' ? 'never' : task === 'build' ? 'always' : 'stale';
  await makeReady({ buildWhen, clean: flags.includes('--clean') }).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
