/** Before the tests in the editor: what they run on is packaged and a sample workspace is made, once for all of them. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { vsix } from '../../scripts/lib/places.mjs';
import { packageExtension } from '../../scripts/package.mjs';
import { makeSample } from '../../scripts/sample.mjs';
import { setup } from '../../scripts/setup.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder with the packaged extension and a fresh sample workspace; each test file works on copies. */
    ready: { readonly vsix: string; readonly sample: string };
  }
}

export default async function prepare(project: TestProject): Promise<() => Promise<void>> {
  await setup({ tests: true });
  // `npm test` has just packaged it; alone, these tests package what the sources are now.
  if (process.env['BLLOSSOM_PACKAGED'] !== '1' || !existsSync(vsix)) await packageExtension();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bw-'));
  const sample = await makeSample({ folder: path.join(folder, 'sample') });
  project.provide('ready', { vsix, sample });
  return () => rm(folder, { recursive: true, force: true });
}
