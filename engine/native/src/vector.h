// The widths of one instruction set, and the few vector types and functions that its kernels are written in. Every header from
// here on is compiled once per instruction set, in a namespace of its own (ISA, given on the command line). Nothing of the C++
// library that would leave shared functions behind may be used in them: the linker keeps one copy, which another CPU may lack.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Width of a vector in floats; rows and vectors of a micro-kernel's tile, as many as the registers hold.
#if defined(__AVX512F__)
#define BLLOSSOM_WIDTH 16
#define BLLOSSOM_ROWS 8
#define BLLOSSOM_VECTORS 3
#elif defined(__AVX2__)
#define BLLOSSOM_WIDTH 8
#define BLLOSSOM_ROWS 6
#define BLLOSSOM_VECTORS 2
#elif defined(__aarch64__)
#define BLLOSSOM_WIDTH 4
#define BLLOSSOM_ROWS 8
#define BLLOSSOM_VECTORS 3
#else
#define BLLOSSOM_WIDTH 4
#define BLLOSSOM_ROWS 4
#define BLLOSSOM_VECTORS 2
#endif

namespace bllossom {
namespace ISA {

constexpr long width = BLLOSSOM_WIDTH;

typedef float Vector __attribute__((vector_size(BLLOSSOM_WIDTH * 4)));
/** The same anywhere in memory. */
typedef float LooseVector __attribute__((vector_size(BLLOSSOM_WIDTH * 4), aligned(4), may_alias));

constexpr long least(long a, long b) { return a < b ? a : b; }
constexpr long most(long a, long b) { return a > b ? a : b; }
constexpr long ceilDiv(long a, long b) { return (a + b - 1) / b; }
constexpr long roundUp(long a, long b) { return ceilDiv(a, b) * b; }

/** e^x within 2e-7 of itself for x in [-87, 88], held at the ends outside: the polynomial of Cephes' expf. NaN stays NaN. */
static inline float exponential(float x) {
  x = x < -87.f ? -87.f : x;
  x = x > 88.f ? 88.f : x;
  const float shifted = x * 1.44269504f + 12582912.f;  // 1.5 · 2^23: the sum's low bits are the rounded quotient
  const float n = shifted - 12582912.f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  int bits;
  memcpy(&bits, &shifted, 4);
  bits = (int)((unsigned)bits << 23) + 0x3f800000;
  float power;
  memcpy(&power, &bits, 4);
  return p * power;
}

static inline float sigmoid(float x) { return 1.f / (1.f + exponential(-x)); }

/** a · b + c, rounded as the vector kernels round it. */
static inline float multiplyAdd(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/** Its elements added up, in a fixed order. */
static inline float sumOf(Vector v) {
  float x[width];
  memcpy(x, &v, sizeof v);
#pragma GCC unroll 4
  for (long half = width / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (long i = 0; i < half; i++) x[i] += x[i + half];
  return x[0];
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define BLLOSSOM_SHUFFLES 1
#endif
#endif

/** out[i] = sumOf(v[i]) for four vectors, to the same bits. */
static inline void sumsOfFour(const Vector* v, float* out) {
#if BLLOSSOM_SHUFFLES
  typedef float Four __attribute__((vector_size(16)));
  Four q[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
#if BLLOSSOM_WIDTH == 16
    typedef float Eight __attribute__((vector_size(32)));
    const Eight half = __builtin_shufflevector(v[i], v[i], 0, 1, 2, 3, 4, 5, 6, 7) +
                       __builtin_shufflevector(v[i], v[i], 8, 9, 10, 11, 12, 13, 14, 15);
    q[i] = __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
#elif BLLOSSOM_WIDTH == 8
    q[i] = __builtin_shufflevector(v[i], v[i], 0, 1, 2, 3) + __builtin_shufflevector(v[i], v[i], 4, 5, 6, 7);
#else
    q[i] = v[i];
#endif
  }
  // Elements 0 and 1 of two vectors, and their elements 2 and 3, beside each other.
  const Four a = __builtin_shufflevector(q[0], q[1], 0, 4, 1, 5) + __builtin_shufflevector(q[0], q[1], 2, 6, 3, 7);
  const Four b = __builtin_shufflevector(q[2], q[3], 0, 4, 1, 5) + __builtin_shufflevector(q[2], q[3], 2, 6, 3, 7);
  const Four sums = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  memcpy(out, &sums, sizeof sums);
#else
  for (int i = 0; i < 4; i++) out[i] = sumOf(v[i]);
#endif
}

/** to = from, without taking `to` into the cache where the processor knows how. */
static inline void writeThrough(float* to, const float* from, long n) {
  long i = 0;
#if defined(__AVX512F__)
  if (reinterpret_cast<uintptr_t>(to) % 64 == 0)
    for (; i + 16 <= n; i += 16) _mm512_stream_ps(to + i, _mm512_loadu_ps(from + i));
#elif defined(__AVX2__)
  if (reinterpret_cast<uintptr_t>(to) % 32 == 0)
    for (; i + 8 <= n; i += 8) _mm256_stream_ps(to + i, _mm256_loadu_ps(from + i));
#elif defined(__x86_64__)
  if (reinterpret_cast<uintptr_t>(to) % 16 == 0)
    for (; i + 4 <= n; i += 4) _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
#endif
  if (i < n) memcpy(to + i, from + i, (n - i) * sizeof(float));
}

static inline float dot(const float* a, const float* b, long n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

}  // namespace ISA
}  // namespace bllossom
