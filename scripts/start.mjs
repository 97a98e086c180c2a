// `npm start`: sets up, builds, packages, installs the .vsix into the editor, makes the sample workspace, starts the
// editor and prints its address. Ctrl-C ends it. `npm start -- [--port N] [--host ADDRESS] [--fresh]`
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  endEngines,
  freePort,
  installExtension,
  quietSettings,
  startEditor,
  windowAddress,
  writeSettings,
} from './lib/editor.mjs';
import { extensions, userData, vsix } from './lib/places.mjs';
import { main, step } from './lib/steps.mjs';
import { packageExtension } from './package.mjs';
import { makeSample } from './sample.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      host: { type: 'string', default: '127.0.0.1' },
      fresh: { type: 'boolean', default: false },
    },
  });
  await setup();
  await packageExtension();
  const folders = { userData, extensions };
  await step('installing the .vsix into the editor', async () => {
    await rm(extensions, { recursive: true, force: true });
    await installExtension(folders, vsix);
    await writeSettings(folders, quietSettings);
  });
  const sample = await makeSample({ fresh: values.fresh });
  const port = await freePort(values.host, Number(values.port));
  const editor = await startEditor({ folders, host: values.host, port });

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      process.stdout.write('\nending the editor\n');
      void editor.stop();
    });
  }
  const everywhere = values.host === '0.0.0.0' || values.host === '::';
  if (everywhere) process.stdout.write('\n! No password is asked: whoever reaches this machine can use the editor.\n');
  const origin = `http://${everywhere ? os.hostname() : values.host}:${port}`;
  const files = ['reading.ko.md', 'README.md']
    .map((name) => path.join(sample, name))
    .filter((file) => existsSync(file));
  process.stdout.write(`\nBllossom Workbench runs; Ctrl-C ends it. Open this address in a browser:\n\n`);
  process.stdout.write(`  ${windowAddress(origin, sample, { files: files.slice(0, 1) })}\n\n`);
  const status = await editor.exited;
  // A training run goes on, as it does when a window is closed; nobody asks the inference host anything any more.
  await endEngines(extensions, ([command]) => command === 'host');
  process.exitCode = status === null || status === 0 || status === 143 ? 0 : 1;
});
