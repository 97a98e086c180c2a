// Builds for production and packages the .vsix as it is installed: small, without source maps, with nothing of the sources.
// `node scripts/package.mjs [--target TARGET] [--out FILE]`: a target as VS Code names it. The backend `native` is in what is made for
// this system, and for Linux on another processor where its cross compiler is; elsewhere others compute.
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, vsix, workbench } from './lib/places.mjs';
import { isMain, main, run, step, StepError } from './lib/steps.mjs';

const limit = 25 * 2 ** 20;

export async function packageExtension(file = vsix, target = 'linux-x64') {
  const [platform, processor = ''] = target.split('-');
  const native = platform === process.platform ? processor : 'none';
  await step('building the extension, the language server and the engine', () =>
    run(process.execPath, [path.join(root, 'esbuild.mjs'), '--production', '--native', native], {
      show: true,
      cwd: root,
      remedy: 'npx tsc -p . tells more of what is wrong in the sources',
    }),
  );
  await step(`packaging ${path.relative(root, file)}`, async () => {
    await mkdir(path.dirname(file), { recursive: true });
    await rm(file, { force: true });
    const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
    // Everything is bundled: no node_modules travel. The project has no public address that links could be led to.
    const bundled = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
    await run(process.execPath, [vsce, 'package', ...bundled, '--target', target, '--out', file], { cwd: root });
    const { size } = await stat(file);
    if (size > limit) {
      throw new StepError(
        `${file} has ${megabytes(size)}, more than ${megabytes(limit)}`,
        'npx vsce ls --no-dependencies --tree shows what is in it; .vscodeignore says what goes in',
      );
    }
    process.stdout.write(`  ${megabytes(size)}\n`);
  });
}

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

if (isMain(import.meta)) {
  await main(async () => {
    const { out, target } = parseArgs({ options: { out: { type: 'string' }, target: { type: 'string' } } }).values;
    const named = target === undefined ? vsix : path.join(workbench, `bllossom-workbench-${target}.vsix`);
    await packageExtension(out === undefined ? named : path.resolve(out), target);
  });
}
