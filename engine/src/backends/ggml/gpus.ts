/** What diagnostics tell of GPUs: what is installed for each kind, what was found when it was tried, and what to do where it is missing. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sizeOf } from './install.ts';
import { findInstallations, packageOf, variants } from './places.ts';
import type { Installation, Variant } from './places.ts';
import { probe, whyNoGpu } from './probe.ts';
import type { Verdict } from './probe.ts';

export interface GpuDescription {
  /** `cuda`, `vulkan`, `metal`. */
  readonly name: string;
  readonly state: 'works' | 'not installed' | 'fails';
  /** GPUs found, with their memory. */
  readonly devices: readonly string[];
  /** Why there is none. */
  readonly problem?: string;
  readonly remedy?: string;
}

/** Each kind of GPU that there are libraries for on this machine. What is installed is tried anew, in a process of its own. */
export async function describeGpus({
  installations = found(),
  env = process.env,
  machine = process,
}: {
  readonly installations?: readonly Installation[];
  readonly env?: NodeJS.ProcessEnv;
  readonly machine?: { readonly platform: string; readonly arch: string };
} = {}): Promise<GpuDescription[]> {
  const descriptions: GpuDescription[] = [];
  for (const variant of variants) {
    if (variant === 'cpu' || packageOf(variant, machine) === undefined) continue;
    const installation = installations.find((one) => one.variant === variant);
    const verdict = installation === undefined ? undefined : await probe(installation, { fresh: true, env });
    descriptions.push(
      verdict === undefined
        ? {
            ...{ name: variant, state: 'not installed', devices: [], problem: 'its libraries are not installed' },
            remedy: `Where there is ${hardware[variant]}: bllossom backend install ggml --device ${variant} (${sizeOf(variant)}).`,
          }
        : describe(variant, verdict),
    );
  }
  return descriptions;
}

function found(): readonly Installation[] {
  const all = findInstallations(path.dirname(fileURLToPath(import.meta.url)));
  return all.ok ? all.value : [];
}

const hardware = {
  cuda: 'an NVIDIA card and its driver',
  vulkan: 'a graphics card with a Vulkan driver',
  metal: "one of Apple's processors",
} as const;

export function describe(variant: Exclude<Variant, 'cpu'>, verdict: Verdict): GpuDescription {
  const problem = whyNoGpu(verdict);
  if (problem !== undefined)
    return { name: variant, state: 'fails', devices: [], problem, remedy: remedyFor(variant, problem) };
  const gpus = verdict.state === 'opened' ? verdict.devices.filter(({ kind }) => kind === 'gpu') : [];
  const text = gpus.map(({ name, description, total, wrong }) => {
    return `${name}, ${description}, ${(total / 2 ** 30).toFixed(1)} GiB${wrong === undefined ? '' : `: ${wrong}`}`;
  });
  return { name: variant, state: 'works', devices: text };
}

/** What to install or mend, after the system's words. */
function remedyFor(variant: Exclude<Variant, 'cpu'>, problem: string): string {
  switch (variant) {
    case 'cuda': {
      if (/libcuda\.so|nvcuda/.test(problem)) return "Install NVIDIA's driver, so that nvidia-smi lists the card.";
      const missing = /(?:lib)?(?:cudart|cublas)\w*\.so\.(\d+)|(?:cudart|cublas)64_(\d+)\.dll/.exec(problem);
      if (missing !== null)
        return (
          `Install CUDA ${missing[1] ?? missing[2] ?? '13'}'s libraries cudart and cublas, or name the folder that holds them in LD_LIBRARY_PATH; ` +
          'for a driver that knows CUDA 12 at most: bllossom backend install ggml --device cuda --cuda 12.'
        );
      return 'Bring the driver up to date, or for CUDA 12: bllossom backend install ggml --device cuda --cuda 12.';
    }
    case 'vulkan':
      return /libvulkan|vulkan-1/.test(problem)
        ? "Install Vulkan's loader and the card's driver (Debian, Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers)."
        : "Install the card's Vulkan driver, so that vulkaninfo lists it (Debian, Ubuntu: apt-get install mesa-vulkan-drivers).";
    case 'metal':
      return 'Bring macOS up to date.';
    default:
      return variant satisfies never;
  }
}
