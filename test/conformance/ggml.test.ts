/** The backend ggml, on the CPU, against PyTorch, and operation by operation against the reference. */
import { it } from 'vitest';
import { ggmlLibrary, openGgml } from '../../engine/src/backends/ggml/provider.ts';
import { describeConformance } from './conformance.ts';

const library = ggmlLibrary();
if (!library.ok) it.skip(`ggml (${library.problem.what})`);
else
  describeConformance({
    name: 'ggml',
    open: (options) => Promise.resolve(openGgml({ ...options, device: 'cpu' })),
  });
