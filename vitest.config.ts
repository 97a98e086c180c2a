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
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
