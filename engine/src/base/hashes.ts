/** SHA-256 of files that may be larger than memory: weights, corpora. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** One piece of memory that files are read through: weights are large, and what was read is garbage at once. */
export const hashWindow = (): Uint8Array => new Uint8Array(1 << 20);

export interface HashedFile {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Throws the file system's errors and the signal's reason. */
export async function hashFile(file: string, window = hashWindow(), signal?: AbortSignal): Promise<HashedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(file);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(window, 0, window.length, bytes);
      if (bytesRead === 0) break;
      hash.update(window.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
