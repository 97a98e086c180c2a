/** The native backend against PyTorch, and operation by operation against the reference: each set of kernels that runs here. */
import { it } from 'vitest';
import { loadAddon } from '../../engine/src/backends/native/addon.ts';
import { openNative } from '../../engine/src/backends/native/provider.ts';
import { describeConformance } from './conformance.ts';

const addon = loadAddon();
if (!addon.ok) it.skip(`native (${addon.problem.what})`);
else
  for (const { isa } of addon.value.processor().kernels)
    describeConformance({
      name: `native, ${isa}`,
      open: (options) => Promise.resolve(openNative({ ...options, isa })),
    });
