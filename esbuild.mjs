// Bundles one file per process into dist/: the extension, the language server, the engine's command line; the webviews'
// scripts; and builds or copies what they load at run time.
// `node esbuild.mjs [--watch] [--production] [--engine] [--server] [--outdir DIR] [--native ARCH|none]`
import * as esbuild from 'esbuild';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildNative } from './engine/native/build.mjs';

const root = import.meta.dirname;
const production = process.argv.includes('--production');
const outdir = process.argv.indexOf('--outdir');
const out = path.resolve(root, outdir < 0 ? 'dist' : process.argv[outdir + 1]);
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const require = createRequire(path.join(root, 'engine/package.json'));

/** What tokenizers are verified against tells no version of its own. @type {Record<string, string>} */
const peers = {};
for (const name of ['sentencepiece-js', '@huggingface/tokenizers']) {
  // Found by its main file: not every package lets its package.json be asked for.
  const inside = require.resolve(name).split(path.normalize(`node_modules/${name}/`))[0];
  const file = path.join(inside, 'node_modules', name, 'package.json');
  peers[name] = JSON.parse(await readFile(file, 'utf8')).version;
}

/** Bundles for Node: CJS, since the editor's extension host and Electron's Node load nothing else everywhere. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  sourcemap: !production,
  minify: production,
  keepNames: true,
  logLevel: 'warning',
  // Its CommonJS form loads its parts by names that no bundler can follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  define: {
    BLLOSSOM_VERSION: JSON.stringify(version),
    PEER_VERSIONS: JSON.stringify(peers),
    'import.meta.url': 'bundleUrl',
  },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const builds = [
  { ...node, entryPoints: { client: 'client/src/extension.ts' }, external: ['vscode'] },
  { ...node, entryPoints: { server: 'server/src/server.ts' } },
  { ...node, entryPoints: { bllossom: 'engine/src/bllossom.ts' } },
  {
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    sourcemap: production ? false : 'inline',
    minify: production,
    logLevel: 'warning',
    entryPoints: (await readdir(path.join(root, 'client/src/webview')).catch(() => []))
      .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name) && !name.startsWith('_'))
      .map((name) => `client/src/webview/${name}`),
    outdir: path.join(out, 'webview'),
    outbase: 'client/src/webview',
  },
].map((options) => (options.outdir ? options : { ...options, outdir: out }));

/** `--engine`, `--server`: these processes alone, for those who work on them without the editor. */
const alone = ['bllossom', 'server'].filter((_, i) => process.argv.includes(['--engine', '--server'][i]));
const chosen = alone.length === 0 ? builds : builds.filter((b) => alone.some((name) => name in b.entryPoints));
if (chosen === builds) await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, 'native'), { recursive: true });
const wasm = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
for (const name of await readdir(path.join(wasm, 'wasm-out'))) {
  if (name.endsWith('.wasm')) await cp(path.join(wasm, 'wasm-out', name), path.join(out, 'native', name));
}

const processor = process.argv.indexOf('--native');
const arch = processor < 0 ? process.arch : process.argv[processor + 1];
if (arch !== 'none') {
  const native = await buildNative(path.join(out, 'native'), arch);
  if ('absent' in native) process.stderr.write(`${native.absent}\n`);
}

if (process.argv.includes('--watch')) {
  for (const options of chosen) await (await esbuild.context({ ...options, absWorkingDir: root })).watch();
} else {
  await Promise.all(chosen.map((options) => esbuild.build({ ...options, absWorkingDir: root })));
}
