import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/nativeSetup.mjs', 'test/vulkanSetup.mjs'],
    include: ['{client,server,engine}/src/**/*.test.ts', 'test/**/*.test.ts'],
    // test/full/ holds longer proofs: `npm run test:full` alone runs them.
    exclude: [
      'test/editor/**',
      '**/node_modules/**',
      ...(process.env['BLLOSSOM_TESTS'] === 'full' ? [] : ['test/full/**']),
    ],
    // Nobody's own answers are read or written, and none from one test to the next.
    env: { BLLOSSOM_CACHE_DIR: '' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
