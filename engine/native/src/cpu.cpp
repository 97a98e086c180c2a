// Reads the processor's own description, and the limits that the system has set.
#include "cpu.h"

#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace bllossom {

#if defined(__x86_64__)
extern const Kernels* const kernels_baseline;
extern const Kernels* const kernels_avx2;
extern const Kernels* const kernels_avx512;
extern const Kernels* const kernels_avx512bf16;
extern const Kernels* const kernels_amx;

namespace {

struct Leaf {
  unsigned a = 0, b = 0, c = 0, d = 0;
  Leaf(unsigned leaf, unsigned sub) { __get_cpuid_count(leaf, sub, &a, &b, &c, &d); }
};

bool bit(unsigned word, int i) { return (word >> i & 1) != 0; }

/** The system saves these registers when threads change. */
bool systemSaves(unsigned long long registers) {
  if (!bit(Leaf(1, 0).c, 27)) return false;
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (((static_cast<unsigned long long>(high) << 32) | low) & registers) == registers;
}

bool hasAvx2() {
  const Leaf one(1, 0), seven(7, 0), extended(0x80000001, 0);
  // FMA, MOVBE, F16C; AVX2, BMI1, BMI2; LZCNT: all of x86-64-v3.
  return systemSaves(0x6) && bit(one.c, 12) && bit(one.c, 22) && bit(one.c, 29) && bit(seven.b, 5) && bit(seven.b, 3) &&
         bit(seven.b, 8) && bit(extended.c, 5);
}

bool hasAvx512() {
  const Leaf seven(7, 0);
  // F, DQ, CD, BW, VL: all of x86-64-v4.
  return hasAvx2() && systemSaves(0xe6) && bit(seven.b, 16) && bit(seven.b, 17) && bit(seven.b, 28) && bit(seven.b, 30) &&
         bit(seven.b, 31);
}

/** Has instructions for products of bfloat16. */
bool hasAvx512Bfloat16() { return hasAvx512() && bit(Leaf(7, 1).a, 5); }

/** Has tiles, and the system's leave to use them, which is asked for once. */
bool hasAmx() {
  const Leaf seven(7, 0);
  if (!hasAvx512Bfloat16() || !systemSaves(0x600e6) || !bit(seven.d, 22) || !bit(seven.d, 24)) return false;
#if defined(__linux__)
  // ARCH_REQ_XCOMP_PERM for the tiles' data: threads started later have it too.
  static const bool allowed = syscall(SYS_arch_prctl, 0x1023, 18) == 0;
  return allowed;
#else
  return false;
#endif
}

}  // namespace

std::vector<const Kernels*> usableKernels() {
  std::vector<const Kernels*> found;
  if (hasAmx()) found.push_back(kernels_amx);
  if (hasAvx512Bfloat16()) found.push_back(kernels_avx512bf16);
  if (hasAvx512()) found.push_back(kernels_avx512);
  if (hasAvx2()) found.push_back(kernels_avx2);
  found.push_back(kernels_baseline);
  return found;
}

#else

#if defined(__aarch64__)
#define BLLOSSOM_ONLY kernels_neon
#else
#define BLLOSSOM_ONLY kernels_baseline
#endif
extern const Kernels* const BLLOSSOM_ONLY;

/** Has instructions for products of bfloat16. */
std::vector<const Kernels*> usableKernels() { return {BLLOSSOM_ONLY}; }

#endif

namespace {

/** Processors that the quota of the process's control group is worth; 0: no quota, or none that can be read. */
double quotaOf(const char* file) {
  double quota = 0, period = 0;
  if (FILE* f = std::fopen(file, "r")) {
    const bool limited = std::fscanf(f, "%lf %lf", &quota, &period) == 2;
    std::fclose(f);
    if (limited && quota > 0 && period > 0) return quota / period;
  }
  return 0;
}

double groupQuota() {
  double least = 0;
  if (FILE* f = std::fopen("/proc/self/cgroup", "r")) {
    char line[4096];
    while (std::fgets(line, sizeof line, f)) {
      line[std::strcspn(line, "\n")] = 0;
      if (std::strncmp(line, "0::", 3) != 0) continue;
      for (std::string group = line + 3; !group.empty(); group.resize(group.rfind('/') == 0 ? 0 : group.rfind('/'))) {
        const double cores = quotaOf(("/sys/fs/cgroup" + group + "/cpu.max").c_str());
        if (cores > 0 && (least == 0 || cores < least)) least = cores;
      }
    }
    std::fclose(f);
  }
  const double root = quotaOf("/sys/fs/cgroup/cpu.max");
  return root > 0 && (least == 0 || root < least) ? root : least;
}

}  // namespace

int usableCores() {
  int cores = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
#endif
  const double quota = groupQuota();
  if (quota > 0 && quota < cores) cores = static_cast<int>(quota + 0.999);
  return cores < 1 ? 1 : cores;
}

}  // namespace bllossom
