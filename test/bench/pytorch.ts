/** PyTorch as a peer: the shared script that trains a small Llama, and whether it can be relied on here. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.ts';

export const peerScript = path.resolve(root, '../shared/tools/peer-torch-train.py');
export const python = process.env['PYTHON'] ?? '/usr/bin/python3';

/** Its matrix library has threads of its own; left to themselves they get in each other's way. */
export const peerThreads = (threads: number): Record<string, string> => ({
  OMP_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
});

/** Why the script cannot be compared with, or undefined. */
export const peerAbsent = (): string | undefined =>
  existsSync(peerScript) ? torchAbsent() : `PyTorch: there is no ${path.relative(root, peerScript)}`;

/** Why there is no PyTorch to compare with, or undefined. One without a fast matrix library is none: it takes fifty times as long. */
export function torchAbsent(): string | undefined {
  const look = "import torch; torch.rand(64, 64) @ torch.rand(64, 64); print(open('/proc/self/maps').read())";
  const { status, stdout } = spawnSync(python, ['-c', look], { encoding: 'utf8' });
  if (status !== 0) return `PyTorch: ${python} cannot import torch (on Debian: apt-get install python3-torch)`;
  if (!/openblas|libmkl/.test(stdout))
    return 'PyTorch: it computes with a plain matrix library (on Debian: apt-get install libopenblas0-pthread)';
  return undefined;
}
