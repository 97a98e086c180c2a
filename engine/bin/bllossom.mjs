#!/usr/bin/env node
// Starts the bundled command line, building it first where the sources are newer than the bundle.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '../..');
const bundle = path.join(root, 'dist/bllossom.cjs');
const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .reduce((latest, entry) => Math.max(latest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs), 0);

if (!existsSync(bundle) || newest(path.join(root, 'engine/src')) > statSync(bundle).mtimeMs) {
  process.stderr.write('bllossom: building the command line\n');
  const built = spawnSync(process.execPath, [path.join(root, 'esbuild.mjs'), '--engine'], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(1);
}
await import(pathToFileURL(bundle).href);
