/** `bllossom backend install ggml`: libraries that compute on a GPU, or on a CPU without a compiler, fetched on the user's word. */
import { bad, ok } from '../../base/problem.ts';
import type { CudaVersion } from '../../backends/ggml/install.ts';
import { describeGpus, ggmlVariants, installGgml, planInstall } from '../../backends/index.ts';
import type { Command } from '../command.ts';

export const backendInstall: Command = {
  path: ['backend', 'install'],
  summary: "Fetch a backend's libraries by npm: ggml, for GPUs, and for CPUs without a compiler",
  positionals: 'ggml',
  options: {
    device: { type: 'string', placeholder: ggmlVariants.join('|'), description: 'cpu by default', default: 'cpu' },
    cuda: {
      type: 'string',
      placeholder: '13|12',
      description: 'the CUDA that the driver knows, 13 by default',
      default: '13',
    },
    'dry-run': { type: 'boolean', description: 'tell what would be fetched, from where to where, and fetch nothing' },
  },
  async run({ values, positionals, json, print, work }) {
    if (positionals.length !== 1 || positionals[0] !== 'ggml')
      return bad('there is one backend to install, ggml', undefined, 'Write: bllossom backend install ggml.');
    const device = ggmlVariants.find((known) => known === values['device']);
    if (device === undefined)
      return bad(
        `there is no ${JSON.stringify(values['device'])}`,
        { name: '--device' },
        `Take ${ggmlVariants.join(', ')}.`,
      );
    const cuda = (['12', '13'] as const satisfies readonly CudaVersion[]).find((known) => known === values['cuda']);
    if (cuda === undefined)
      return bad(`there is no CUDA ${JSON.stringify(values['cuda'])} for it`, { name: '--cuda' }, 'Take 13 or 12.');
    const plan = planInstall(device, { cuda });
    if (!plan.ok) return plan;
    if (values['dry-run'] === true) {
      const { packages, root, size } = plan.value;
      print(json ? JSON.stringify(plan.value) : `npm would fetch ${packages.join(', ')} into ${root}: ${size}`);
      return ok({ exitCode: 0 });
    }
    const installed = await installGgml(plan.value, work);
    if (!installed.ok) return installed;
    const gpu = (await describeGpus()).find(({ name }) => name === device);
    print(
      json
        ? JSON.stringify({ root: plan.value.root, ...(gpu === undefined ? {} : { gpu }) })
        : `installed in ${plan.value.root}${gpu === undefined ? '' : `; ${[gpu.state, ...gpu.devices, gpu.problem, gpu.remedy].filter((text) => text !== undefined).join('. ')}`}`,
    );
    return ok({ exitCode: 0 });
  },
};
