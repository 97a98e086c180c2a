// Before any test: the backend `native` as the sources are now, or a line that says why its tests are skipped.
import { buildNative } from '../engine/native/build.mjs';

export default async function setup() {
  const built = await buildNative();
  if ('absent' in built) process.stderr.write(`tests of the backend native are skipped: ${built.absent}\n`);
}
