/** `bllossom diagnostics`: what a person is asked for when something is wrong with the engine. */
import { ok, problemLine } from '../../base/problem.ts';
import { describeBackends, describeGpus, openBackend } from '../../backends/index.ts';
import type { Command } from '../command.ts';
import { computeOptions, readComputeOptions } from '../computeOptions.ts';
import { engineVersion } from '../../version.ts';

export const diagnostics: Command = {
  path: ['diagnostics'],
  summary: 'Tell which backends work here, and which one is taken and why',
  options: computeOptions,
  async run({ values, json, print }) {
    const compute = readComputeOptions(values);
    if (!compute.ok) return compute;
    const { backend: asked = 'auto', ...options } = compute.value;
    // First: what opens now is opened by what follows, even where it ended a process before.
    const gpus = await describeGpus();
    const chosen = await openBackend(asked, options);
    const taken = chosen.ok
      ? `${chosen.value.backend.name} on ${chosen.value.backend.device}: ${chosen.value.reason}`
      : problemLine(chosen.problem);
    if (chosen.ok) chosen.value.backend.dispose();
    const backends = await describeBackends(options);
    if (json) {
      print(
        JSON.stringify({
          version: engineVersion,
          node: process.version,
          program: process.argv[1],
          backend: taken,
          backends,
          gpus,
        }),
      );
      return ok({ exitCode: 0 });
    }
    print(`bllossom: ${engineVersion}`);
    print(`node: ${process.version}`);
    print(`backend: ${taken}`);
    for (const { name, device, precisions, milliseconds, problem } of backends)
      print(
        `  ${name}: ${problem ?? `${String(device)}; ${String(precisions?.join(', '))}; opened and checked in ${String(milliseconds)} ms`}`,
      );
    print('GPUs, by ggml:');
    for (const { name, state, devices, problem, remedy } of gpus)
      print(
        `  ${name}: ${devices.length > 0 ? `${state}; ${devices.join('; ')}` : `${problem ?? state}. ${remedy ?? ''}`}`,
      );
    return ok({ exitCode: 0 });
  },
};
