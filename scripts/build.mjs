// Bundles src/main.ts into dist/ (one chunk per lazily imported module) and knows whether dist/ still matches the sources.
// What Node runs is CommonJS: it loads a third faster than ES modules, and every hook and command pays for its start.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the last build wrote, kept outside dist/ so that it is not published.
 * @typedef {object} BuildStamp
 * @property {string} inputs hash of everything the build depends on
 * @property {string[]} outputs file names inside dist/
 * @property {Record<string, number>} retired files of earlier builds, with the instant (ms) they were replaced
 */

/** The checkout this script belongs to. */
export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** A worker of an earlier build may still import its chunks when it needs them, so they outlive the build for a while. */
const keepRetiredMs = 60 * 60 * 1000;

/** @param {string} root */
function stampPath(root) {
  return path.join(root, 'node_modules', '.cache', 'ccdispatch', 'build.json');
}

/**
 * @param {string} root
 * @returns {BuildStamp | undefined}
 */
function loadStamp(root) {
  try {
    return JSON.parse(fs.readFileSync(stampPath(root), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Replaces a file in one step, so that whoever starts the program meanwhile sees the old or the new one, never half of it.
 * @param {string} file
 * @param {string | Uint8Array} content
 */
function replaceFile(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, content);
  fs.renameSync(temporary, file);
}

/**
 * Hash of all that decides what a build gives: the sources, the dependencies and this script.
 * @param {string} root
 */
function hashInputs(root) {
  const hash = createHash('sha256');
  const sources = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|json)$/.test(name))
    .sort()
    .map((name) => path.join('src', name));
  for (const name of [...sources, 'package.json', 'package-lock.json', 'scripts/build.mjs']) {
    const content = fs.readFileSync(path.join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {string} root */
function readVersion(root) {
  return JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}

/**
 * Tells whether dist/ holds, completely, what the present sources give. Costs one read of the sources, a few milliseconds.
 * @param {string} [root]
 */
export function isBuilt(root = projectRoot) {
  const stamp = loadStamp(root);
  if (!stamp?.outputs.every((name) => fs.existsSync(path.join(root, 'dist', name)))) return false;
  return stamp.inputs === hashInputs(root);
}

/**
 * Removes what neither this build nor a recent one needs and gives the files that are kept for processes still running.
 * @param {string} dist
 * @param {string[]} outputs
 * @param {BuildStamp | undefined} previous
 */
function retireStaleFiles(dist, outputs, previous) {
  const now = Date.now();
  /** @type {Record<string, number>} */
  const retired = {};
  for (const name of fs.readdirSync(dist)) {
    if (outputs.includes(name)) continue;
    const retiredAt = previous?.retired[name] ?? (previous?.outputs.includes(name) ? now : 0);
    if (now - retiredAt < keepRetiredMs) retired[name] = retiredAt;
    else fs.rmSync(path.join(dist, name), { recursive: true, force: true });
  }
  return retired;
}

/**
 * commander loads `child_process` for subcommands that are programs of their own. We have none, and it takes longer to
 * load than commander itself.
 * @type {import('esbuild').Plugin}
 */
const commanderAlone = {
  name: 'commander-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }));
  },
};

/**
 * The program as ES modules, the only format that is split into chunks, with their source maps inside.
 * @param {string} root
 */
async function bundle(root) {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // The first is only loaded for settings files in TypeScript, which are not read; the second is a native addon.
    external: ['typescript', 'fs-native-extensions'],
    plugins: [commanderAlone],
    define: { CCDISPATCH_VERSION: JSON.stringify(readVersion(root)), 'import.meta.url': '__fileUrl' },
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  const warnings = await esbuild.formatMessages(result.warnings, { kind: 'warning' });
  for (const warning of warnings) console.warn(warning);
  return result.outputFiles;
}

/**
 * A chunk as CommonJS, and its source map.
 * @param {{ path: string, text: string }} chunk
 */
async function toCommonJs({ path: file, text }) {
  const esbuild = await import('esbuild');
  const { code, map } = await esbuild.transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    // An `import()` becomes a `require` when it is reached.
    supported: { 'dynamic-import': false },
    banner: text.includes('__fileUrl') ? "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" : '',
    // Node reads the maps only when asked to (--enable-source-maps), so they cost nothing at start-up.
    sourcemap: 'external',
    sourcefile: path.basename(file),
    sourcesContent: false,
    legalComments: 'none',
  });
  return [
    { path: file, text: `${code}//# sourceMappingURL=${path.basename(file)}.map\n` },
    { path: `${file}.map`, text: map },
  ];
}

/**
 * Bundles the program into dist/. Throws with the bundler's messages when a source does not parse or resolve.
 * @param {{ root?: string, clean?: boolean }} [options] `clean` removes every file of earlier builds, as a release needs it
 */
export async function build({ root = projectRoot, clean = false } = {}) {
  const dist = path.join(root, 'dist');
  const inputs = hashInputs(root);
  const chunks = await bundle(root);
  const files = (await Promise.all(chunks.map(toCommonJs))).flat();
  // Entry point last: until then the earlier build is complete.
  files.sort((a, b) => Number(a.path.endsWith('main.cjs')) - Number(b.path.endsWith('main.cjs')));
  for (const file of files) replaceFile(file.path, file.text);
  const outputs = files.map((file) => path.relative(dist, file.path));
  const retired = retireStaleFiles(dist, outputs, clean ? undefined : loadStamp(root));
  replaceFile(stampPath(root), JSON.stringify({ inputs, outputs, retired }));
}
