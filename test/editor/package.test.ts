/** What the .vsix holds once installed: what runs, nothing of the sources, and no path of the machine that built it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installExtension } from '../../scripts/lib/editor.mjs';
import { root } from '../../scripts/lib/places.mjs';

let temporary: string;
let installed: string;
let files: string[];

beforeAll(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'bw-'));
  const extensions = path.join(temporary, 'extensions');
  await installExtension({ userData: path.join(temporary, 'data'), extensions }, inject('ready').vsix);
  const [name = ''] = (await readdir(extensions)).filter((entry) => entry.startsWith('bllossom-workbench.'));
  installed = path.join(extensions, name);
  files = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

describe('the package', () => {
  it('holds a bundle for each process', () => {
    expect(files).toEqual(expect.arrayContaining(['dist/client.cjs', 'dist/server.cjs', 'dist/bllossom.cjs']));
  });

  it('holds every file that its manifest names', async () => {
    const manifest = await readFile(path.join(installed, 'package.json'), 'utf8');
    const named = [...manifest.matchAll(/"(?:\.\/)?((?:dist|client|syntaxes|engine)\/[^"]+\.[a-z]+)"/g)].map(
      (m) => m[1],
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((file) => file === undefined || !files.includes(file))).toEqual([]);
  });

  it('holds no sources, no source maps, no models', () => {
    expect(files.filter((file) => /\.(ts|map|model|safetensors)$|node_modules|\bsample\b/.test(file))).toEqual([]);
  });

  it('names no path of the machine it was built on', async () => {
    const text = await Promise.all(
      files.map(async (file) => [file, await readFile(path.join(installed, file), 'latin1')]),
    );
    expect(text.filter(([, content]) => content?.includes(`${root}/`)).map(([file]) => file)).toEqual([]);
  });
});
