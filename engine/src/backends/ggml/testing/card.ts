/**
 * A graphics card for tests where there is none: a library as ggml loads it for a card, made on the spot with a C++ compiler, whose device
 * hands every call on to the processor's own. It says that it is a GPU, and of its memory what a file says: free and total, bytes.
 * So opening, probing and asking go the way they go with a card; nothing of its computing shows how one computes.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Installation, findInstallations, installationAt } from '../places.ts';

/** ggml's structures, as far as they have stood still: the number of a device's functions is found at run time. */
const source = (cpu: string, memoryFile: string): string => `
#include <dlfcn.h>
#include <cstddef>
#include <cstdio>
#include <cstring>
struct Reg;
struct Device { void* calls[62]; };
struct Reg {
  int version;
  const char* (*name)(Reg*);
  size_t (*count)(Reg*);
  Device* (*device)(Reg*, size_t);
  void* (*address)(Reg*, const char*);
  void* context;
};
static Reg reg;
static Reg* cpuReg;
static Device device;
static Device* cpu;
static const char* name(Device*) { return "CARD0"; }
static const char* description(Device*) { return "a card for tests"; }
static int type(Device*) { return 1; }
static void memory(Device*, size_t* free, size_t* total) {
  *free = *total = 0;
  if (FILE* file = fopen(${JSON.stringify(memoryFile)}, "r")) {
    if (fscanf(file, "%zu %zu", free, total) != 2) *free = *total = 0;
    fclose(file);
  }
}
template <int N> static void* onward(Device*, void* a, void* b, void* c, void* d) {
  using Call = void* (*)(Device*, void*, void*, void*, void*);
  return cpu->calls[N] == nullptr ? nullptr : reinterpret_cast<Call>(cpu->calls[N])(cpu, a, b, c, d);
}
/** With one thread: by itself it takes four, which wait for each other turning in place. */
static void* open(Device* self, void* a, void* b, void* c, void* d) {
  void* backend = onward<5>(self, a, b, c, d);
  void* set = cpuReg->address(cpuReg, "ggml_backend_set_n_threads");
  if (backend != nullptr && set != nullptr) reinterpret_cast<void (*)(void*, int)>(set)(backend, 1);
  return backend;
}
template <int N> static void fill(int count) {
  if constexpr (N < 60) {
    if (N < count && cpu->calls[N] != nullptr) device.calls[N] = reinterpret_cast<void*>(&onward<N>);
    fill<N + 1>(count);
  }
}
extern "C" Reg* ggml_backend_init() {
  void* library = dlopen(${JSON.stringify(cpu)}, RTLD_NOW);
  if (library == nullptr) return nullptr;
  cpuReg = reinterpret_cast<Reg* (*)()>(dlsym(library, "ggml_backend_init"))();
  cpu = cpuReg->device(cpuReg, 0);
  int count = 4;
  while (cpu->calls[count] != cpuReg) count++; // behind a device's functions stands what it belongs to
  fill<4>(count);
  device.calls[0] = reinterpret_cast<void*>(&name);
  device.calls[1] = reinterpret_cast<void*>(&description);
  device.calls[2] = reinterpret_cast<void*>(&memory);
  device.calls[3] = reinterpret_cast<void*>(&type);
  device.calls[5] = reinterpret_cast<void*>(&open);
  device.calls[count] = &reg;
  reg.version = cpuReg->version;
  reg.name = [](Reg*) { return "CARD"; };
  reg.count = [](Reg*) -> size_t { return 1; };
  reg.device = [](Reg*, size_t) { return &device; };
  reg.address = [](Reg*, const char*) -> void* { return nullptr; };
  return &reg;
}
`;

/** Undefined where it cannot be made here: no ggml, no compiler, another system. */
export function makeCard(
  folder: string,
): { readonly installation: Installation; readonly setMemory: (free: number, total: number) => void } | undefined {
  const found = findInstallations(path.dirname(import.meta.dirname));
  const libraries = found.ok ? found.value.find(({ variant }) => variant === 'cpu')?.libraries : undefined;
  const cpu =
    libraries === undefined ? undefined : readdirSync(libraries).find((one) => /^libggml-cpu-x64\.so$/.test(one));
  if (libraries === undefined || cpu === undefined || process.platform !== 'linux') return undefined;
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(libraries))
    if (/^libggml/.test(file)) symlinkSync(path.join(libraries, file), path.join(folder, file));
  // Beside it, so that a bundle finds it too, which lies far from the project's packages.
  mkdirSync(path.join(folder, 'node_modules'));
  const main = createRequire(import.meta.url).resolve('koffi');
  const koffi = main.slice(0, main.lastIndexOf(`${path.sep}koffi${path.sep}`) + 6);
  symlinkSync(koffi, path.join(folder, 'node_modules/koffi'), 'dir');
  const memoryFile = path.join(folder, 'memory.txt');
  const code = path.join(folder, 'card.cpp');
  writeFileSync(code, source(path.join(libraries, cpu), memoryFile));
  const library = path.join(folder, 'libggml-vulkan.so');
  const built = spawnSync('g++', ['-std=c++17', '-shared', '-fPIC', '-o', library, code], { encoding: 'utf8' });
  if (built.error !== undefined) return undefined;
  if (built.status !== 0) throw new Error(built.stderr);
  const installation = installationAt(folder, 'vulkan', path.dirname(import.meta.dirname));
  const setMemory = (free: number, total: number): void => writeFileSync(memoryFile, `${free} ${total}\n`);
  return installation === undefined ? undefined : { installation, setMemory };
}
