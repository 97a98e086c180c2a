// `npm run bench`: how fast the project is, as ratios to named peers in the same run. `node test/bench/run.mjs [--json] [NAME…]`;
// a section is a file NAME.bench.ts beside this one that exports a function `bench`, run in a process of its own.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const root = path.resolve(import.meta.dirname, '../..');
const suffix = '.bench.ts';
const known = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length));
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no section ${unknown.join(', ')}; sections are ${known.join(', ')}\n`);
  process.exit(2);
}

/**
 * @param {string} name
 * @returns {Promise<import('./section.ts').Section>}
 */
async function measure(name) {
  // Inside the project, so that packages are found; ignored by git.
  const folder = path.join(root, 'test/output/bench');
  await mkdir(folder, { recursive: true });
  // The addon lies beside the bundle, as where it is shipped.
  await symlink(path.join(root, 'dist/native'), path.join(folder, 'native')).catch(() => undefined);
  const outfile = path.join(folder, `${name}.mjs`);
  const contents = `import { bench } from './${name}${suffix}'; process.send(await bench()); process.disconnect();`;
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: `${name}.entry.ts`, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
  });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', outfile], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, BLLOSSOM_ROOT: root },
    });
    child.once('message', (section) => resolve(/** @type {import('./section.ts').Section} */ (section)));
    child.once('exit', (code) => {
      void rm(outfile, { force: true });
      reject(new Error(`section ${name} ended with ${code}`));
    });
  });
}

/** @type {Record<string, import('./section.ts').Section>} */
const sections = {};
for (const name of positionals.length > 0 ? positionals : known) {
  const section = await measure(name);
  sections[name] = section;
  if (values.json) continue;
  process.stdout.write(`\n${name}: ${section.how}\n`);
  for (const { what, allowedMs, p50, p95, p99, max, count } of section.times ?? []) {
    const met = p95 <= allowedMs ? 'met' : 'not met';
    process.stdout.write(
      `  ${what}: ${p50} ms, 95 % within ${p95} ms (goal ${allowedMs}: ${met}), 99 % within ${p99}, at most ${max}, of ${count}\n`,
    );
  }
  for (const { what, peer, ratio, lowest, highest, rounds } of section.ratios) {
    process.stdout.write(`  ${what}: ${ratio} times ${peer} (${lowest} to ${highest} in ${rounds} rounds)\n`);
  }
  for (const line of section.skipped) process.stdout.write(`  not measured: ${line}\n`);
}
if (values.json) process.stdout.write(JSON.stringify(sections, null, 2) + '\n');
