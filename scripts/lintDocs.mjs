// Writes what the lint rules say of themselves: docs/lint.md, and the schema of .bllossomlint.json. `node scripts/lintDocs.mjs`
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { root } from './lib/places.mjs';
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
    const schema = path.join(root, 'engine/schemas/lint.schema.json');
    const options = { ...(await resolveConfig(schema)), filepath: schema };
    await writeFile(schema, await format(JSON.stringify(configSchema(), null, 2), options));
    await writeFile(path.join(root, 'docs/lint.md'), wholeDocumentation('en'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
