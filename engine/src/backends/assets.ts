/** Where the files are that backends load at run time: beside the bundle as shipped, or in node_modules when run from source. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bad, ok, type Result } from '../base/problem.ts';

/** The folder with the WebAssembly binaries of TensorFlow.js. */
export function tfjsWasmFolder(): Result<string> {
  const probe = 'tfjs-backend-wasm-simd.wasm';
  const shipped = path.join(path.dirname(fileURLToPath(import.meta.url)), 'native');
  if (existsSync(path.join(shipped, probe))) return ok(shipped);
  try {
    const require = createRequire(import.meta.url);
    const installed = path.join(
      path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
      'wasm-out',
    );
    if (existsSync(path.join(installed, probe))) return ok(installed);
  } catch {
    // Not installed as a package: only the shipped folder could have served.
  }
  return bad(
    `the WebAssembly runtime is missing`,
    { file: path.join(shipped, probe) },
    'Install the extension again, or run npm install in the project.',
  );
}
