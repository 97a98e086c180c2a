/** The tests in a real editor: slow, one after another, and never among the unit tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [`test/editor/*.${process.env['BLLOSSOM_EDITOR_LANE'] ?? 'test'}.ts`],
    globalSetup: 'test/editor/prepare.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
  },
});
