import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{client,server,engine}/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/editor/**', '**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
