// Writes what the lint rules say of themselves: docs/lint.md, and the schemas of .bllossomlint.json. `node scripts/lintDocs.mjs`
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/places.mjs';
import { writeJson } from './lib/schemas.mjs';
import { main } from './lib/steps.mjs';

await main(async () => {
  // Inside the project, so that packages are found.
  const folder = await mkdtemp(path.join(root, 'node_modules/.lint-docs-'));
  try {
    const outfile = path.join(folder, 'lint.mjs');
    const contents = `export * from './index.ts'; export * from './configSchema.ts';`;
    await build({
      stdin: { contents, resolveDir: path.join(root, 'engine/src/lint'), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile,
    });
    const { wholeDocumentation, configSchema } = await import(pathToFileURL(outfile).href);
    await writeJson('engine/schemas/lint.schema.json', configSchema('en'));
    await writeJson('engine/schemas/ko/lint.schema.json', configSchema('ko'));
    await writeFile(path.join(root, 'docs/lint.md'), wholeDocumentation('en'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
