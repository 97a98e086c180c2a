/** For tests: the packages that GPUs need, as the set-up for tests installs them, and a software device for WebGPU. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { gpuPackagesFolder } from '../../../../scripts/lib/places.mjs';

/** SwiftShader, as Debian's chromium brings it. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The folder of a package, or why a test that needs it is skipped. */
export function gpuPackage(name: string): { readonly folder: string } | { readonly missing: string } {
  const folder = path.join(gpuPackagesFolder, 'node_modules', name);
  return existsSync(path.join(folder, 'package.json'))
    ? { folder }
    : { missing: `${name} is not there: npm run setup -- --tests installs it` };
}

/**
 * Sets this process's environment so that WebGPU is found, and computes on SwiftShader. Answers with why it cannot where it
 * cannot. BLLOSSOM_TEST_GPU=1 leaves the system's own GPU in place.
 */
export function useSoftwareWebGpu(): string | undefined {
  const found = gpuPackage('webgpu');
  if ('missing' in found) return found.missing;
  process.env['BLLOSSOM_WEBGPU'] = found.folder;
  if (process.env['BLLOSSOM_TEST_GPU'] === '1') return undefined;
  if (!existsSync(swiftShader)) return `no SwiftShader: ${path.dirname(swiftShader)} of Debian's chromium is missing`;
  process.env['VK_ICD_FILENAMES'] = swiftShader;
  return undefined;
}
