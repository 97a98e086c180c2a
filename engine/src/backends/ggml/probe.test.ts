/** That libraries for GPUs are tried in a process of its own: here one that ends whoever opens it, built on the spot. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { findInstallations, installationAt } from './places.ts';
import type { Installation } from './places.ts';
import { probe, whyNoGpu } from './probe.ts';
import { ggmlBackend } from './provider.ts';

const here = findInstallations(import.meta.dirname);
const compiler = spawnSync('g++', ['--version']).status === 0;
const folder = mkdtempSync(path.join(os.tmpdir(), 'probe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { ...process.env, BLLOSSOM_DATA_DIR: path.join(folder, 'data') };

/** ggml's own libraries beside one for Vulkan that is made of `source`. */
function installationWith(name: string, source: string): Installation {
  const { libraries } = unwrap(here).at(-1)!;
  const at = path.join(folder, name);
  mkdirSync(at);
  for (const file of readdirSync(libraries))
    if (/^libggml/.test(file)) symlinkSync(path.join(libraries, file), path.join(at, file));
  writeFileSync(path.join(folder, `${name}.cpp`), source);
  const library = path.join(at, 'libggml-vulkan.so');
  const built = spawnSync('g++', ['-shared', '-fPIC', '-o', library, path.join(folder, `${name}.cpp`)]);
  expect(built.status, built.stderr.toString()).toBe(0);
  return installationAt(at, 'vulkan', import.meta.dirname)!;
}

describe.skipIf(!here.ok || !compiler || process.platform !== 'linux')(
  'a library for GPUs (needs ggml and a C++ compiler)',
  () => {
    const aborting = `
    #include <cstdio>
    #include <cstdlib>
    __attribute__((constructor)) void begin() { fputs("no driver that I know\\n", stderr); abort(); }`;

    it('that ends the process does not end the one that asks, and is not tried again until something changes', async () => {
      const installation = installationWith('aborting', aborting);
      const verdict = await probe(installation, { env });
      expect(verdict).toMatchObject({ state: 'crashed', by: 'SIGABRT', said: 'no driver that I know' });
      expect(whyNoGpu(verdict!)).toMatch(/^opening .*libggml-vulkan\.so ended the process that tried it \(SIGABRT\)/);
      // A second probe would say otherwise: the answer is the first one's.
      const file = path.join(env.BLLOSSOM_DATA_DIR, 'ggml/probes.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('SIGABRT', 'memory'));
      expect(await probe(installation, { env })).toMatchObject({ by: 'memory' });
      expect(await probe(installation, { env, fresh: true })).toMatchObject({ by: 'SIGABRT' });
      // Another library under the same name is another question.
      const other = installationWith('harmless', 'extern "C" int nothing() { return 0; }');
      rmSync(path.join(installation.libraries, 'libggml-vulkan.so'));
      const [from, to] = [other, installation].map(({ libraries }) => path.join(libraries, 'libggml-vulkan.so'));
      copyFileSync(from!, to!);
      const mended = await probe(installation, { env });
      expect(mended).toMatchObject({ state: 'opened', devices: [{ name: 'CPU', kind: 'cpu' }], missing: [] });
      expect(whyNoGpu(mended!)).toBe('its library finds no GPU');
    });

    it('that ended the process when its memory was asked for, as one may whose card is full, stays one that opens', async () => {
      const full = path.join(folder, 'full');
      const installation = installationWith(
        'filled',
        `
        #include <cstdlib>
        #include <unistd.h>
        __attribute__((constructor)) void begin() { if (access(${JSON.stringify(full)}, F_OK) == 0) abort(); }`,
      );
      const opened = await probe(installation, { env });
      expect(opened).toMatchObject({ state: 'opened', devices: [{ name: 'CPU', free: expect.any(Number) as number }] });
      // Asked again, it tells what is free now.
      expect(await probe(installation, { env, asksFree: true })).toMatchObject({
        devices: [{ name: 'CPU', free: expect.any(Number) as number }],
      });
      writeFileSync(full, '');
      const asked = await probe(installation, { env, asksFree: true });
      expect(asked).toMatchObject({ state: 'opened', devices: [{ name: 'CPU' }] });
      expect(asked).toHaveProperty('devices.0.free', undefined);
      expect(await probe(installation, { env })).toEqual(opened);
    });

    it('that lacks another library is told in the words of the system', async () => {
      // Like a driver's library that is not installed.
      spawnSync('g++', ['-shared', '-fPIC', '-x', 'c++', '-', '-Wl,-soname,libdriver.so.9', '-o', 'libdriver.so.9'], {
        cwd: folder,
        input: 'extern "C" int drive() { return 1; }',
      });
      const installation = installationWith('lacking', 'extern "C" int drive(); int x = drive();');
      const library = path.join(installation.libraries, 'libggml-vulkan.so');
      spawnSync('g++', ['-shared', '-fPIC', path.join(folder, 'lacking.cpp'), 'libdriver.so.9', '-o', library], {
        cwd: folder,
      });
      rmSync(path.join(folder, 'libdriver.so.9'));
      const verdict = await probe(installation, { env });
      expect(whyNoGpu(verdict!)).toMatch(/libdriver\.so\.9/);
    });

    it('that hangs is ended', async () => {
      const source = '#include <unistd.h>\n__attribute__((constructor)) void begin() { for (;;) pause(); }';
      const verdict = await probe(installationWith('hanging', source), { env, limit: 3000 });
      expect(verdict).toMatchObject({ state: 'crashed', by: 'no answer for 3 s' });
    });

    it('that ends the process is passed over by the backend, which says why', async () => {
      const installation = installationWith('named', aborting);
      process.env['BLLOSSOM_GGML'] = installation.libraries;
      process.env['BLLOSSOM_DATA_DIR'] = env.BLLOSSOM_DATA_DIR;
      try {
        const opened = await ggmlBackend.open({});
        expect(opened).toMatchObject({ ok: false, problem: { what: expect.stringMatching(/SIGABRT/) as string } });
      } finally {
        delete process.env['BLLOSSOM_GGML'];
        delete process.env['BLLOSSOM_DATA_DIR'];
      }
    });
  },
);

it('an installation for the CPU alone needs no probe', async () => {
  const cpu = here.ok ? here.value.find(({ variant }) => variant === 'cpu') : undefined;
  if (cpu !== undefined) expect(await probe(cpu, { env })).toBeUndefined();
});
