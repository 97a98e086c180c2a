// Packing operands as bfloat16, two neighbours of what is summed over in one 32-bit word: what both AVX512-BF16 and AMX take.
#pragma once
#include "eights.h"
#include "float32.h"

namespace bllossom {
namespace ISA {

/** Words for a depth. */
static inline long pairsOf(long k) { return ceilDiv(k, 2); }

/** Swaps rows and columns of 16 by 16 words. */
static inline void transpose16(__m512i* rows) {
  typedef int Words16 __attribute__((vector_size(64)));
  typedef long long Pairs8 __attribute__((vector_size(64)));
  Words16 r[16], s[16];
  Pairs8 t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) r[i] = reinterpret_cast<Words16>(rows[i]);
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4)
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++) {
      const Pairs8 a = reinterpret_cast<Pairs8>(s[i + j]), b = reinterpret_cast<Pairs8>(s[i + j + 2]);
      t[i + 2 * j] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
      t[i + 2 * j + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const Pairs8 a = __builtin_shufflevector(t[i], t[4 + i], 0, 1, 4, 5, 8, 9, 12, 13);
    const Pairs8 b = __builtin_shufflevector(t[i], t[4 + i], 2, 3, 6, 7, 10, 11, 14, 15);
    const Pairs8 c = __builtin_shufflevector(t[8 + i], t[12 + i], 0, 1, 4, 5, 8, 9, 12, 13);
    const Pairs8 d = __builtin_shufflevector(t[8 + i], t[12 + i], 2, 3, 6, 7, 10, 11, 14, 15);
    rows[i] = reinterpret_cast<__m512i>(__builtin_shufflevector(a, c, 0, 1, 4, 5, 8, 9, 12, 13));
    rows[8 + i] = reinterpret_cast<__m512i>(__builtin_shufflevector(a, c, 2, 3, 6, 7, 10, 11, 14, 15));
    rows[4 + i] = reinterpret_cast<__m512i>(__builtin_shufflevector(b, d, 0, 1, 4, 5, 8, 9, 12, 13));
    rows[12 + i] = reinterpret_cast<__m512i>(__builtin_shufflevector(b, d, 2, 3, 6, 7, 10, 11, 14, 15));
  }
}

static inline __mmask16 firstLanes(long n) { return n >= 16 ? 0xffff : n <= 0 ? 0 : static_cast<__mmask16>((1u << n) - 1); }

/** 32 numbers side by side as 16 words. */
static inline __m512i asPairs(const float* from, long n) {
  const __m512 low = _mm512_maskz_loadu_ps(firstLanes(n), from), high = _mm512_maskz_loadu_ps(firstLanes(n - 16), from + 16);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

/** Words of neighbours from two rows of 16, one behind the other, element by element. */
static inline __m512i interleaved(__m512i evenThenOdd) {
  alignas(64) static const uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(order), evenThenOdd);
}
static inline __m512i interleaved(__m512 even, __m512 odd) {
  return interleaved(reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(odd, even)));
}

/** words[i] = the first 32 numbers of row i as pairs; zeros for rows from `rows` on and numbers from n on. */
static inline void pairsOfRows(__m512i* words, const float* from, long stride, long rows, long n) {
  if (rows >= 16 && n >= 32) {
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      const float* const row = from + i * stride;
      words[i] = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(_mm512_loadu_ps(row + 16), _mm512_loadu_ps(row)));
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) words[i] = i < rows ? asPairs(from + i * stride, n) : _mm512_setzero_si512();
}

/**
 * to[p · stride + i] = elements (i, 2p) and (i, 2p + 1) of `from`, for i below n; zeros for i in [n, stride) and beyond `depth`, up to
 * `pairs` words. One of `from`'s strides is 1.
 */
static inline void packPairs(uint32_t* to, long stride, long n, long depth, long pairs, Matrix from) {
  for (long i0 = 0; i0 < stride; i0 += 16) {
    const long lanes = least(16, stride - i0), valid = least(lanes, n - i0);
    const __mmask16 loaded = firstLanes(valid), stored = firstLanes(lanes);
    if (from.rows == 1) {
      for (long p = 0; p < pairs; p++) {
        const float* at = from.p + i0 + 2 * p * from.columns;
        const __m512 even = 2 * p < depth ? _mm512_maskz_loadu_ps(loaded, at) : _mm512_setzero_ps();
        const __m512 odd = 2 * p + 1 < depth ? _mm512_maskz_loadu_ps(loaded, at + from.columns) : _mm512_setzero_ps();
        _mm512_mask_storeu_epi32(to + p * stride + i0, stored, interleaved(even, odd));
      }
      continue;
    }
    for (long p = 0; p < pairs; p += 16) {
      __m512i rows[16];
      pairsOfRows(rows, from.p + i0 * from.rows + 2 * p, from.rows, valid, depth - 2 * p);
      transpose16(rows);
      const long some = least(16, pairs - p);
      for (long q = 0; q < some; q++) _mm512_mask_storeu_epi32(to + (p + q) * stride + i0, stored, rows[q]);
    }
  }
}

/**
 * What packPairs stores, of weights in eights: element (row, x) of a matrix of so many columns, where the depth goes over x from k on and
 * i over rows from j on, or the other way round where not `transposed`. All of it lies in whole turns of whole eights.
 */
static inline void packEights(uint32_t* to, long stride, long n, long depth, const uint16_t* eights, long columns, long k, long j,
                              bool transposed) {
  const auto at = [=](long row, long x) {
    const long inside = row % rowsOfEight;
    return eights + (row - inside) * columns + rowsOfEight * x + turn * inside;
  };
  const long pairs = depth / 2;
  for (long i0 = 0; i0 < stride; i0 += 16) {
    if (!transposed) {
      // Two rows stand behind each other.
      for (long p = 0; p < pairs; p++)
        _mm512_storeu_si512(to + p * stride + i0, interleaved(_mm512_loadu_si512(at(k + 2 * p, j + i0))));
      continue;
    }
    for (long p = 0; p < pairs; p += 16) {
      __m512i rows[16];
      for (int i = 0; i < 16; i++) {
        if (i0 + i >= n) {
          rows[i] = _mm512_setzero_si512();
          continue;
        }
        const __m256i* const low = reinterpret_cast<const __m256i*>(at(j + i0 + i, k + 2 * p));
        const __m256i* const high = low + rowsOfEight;
        rows[i] = _mm512_inserti64x4(_mm512_zextsi256_si512(_mm256_loadu_si256(low)), _mm256_loadu_si256(high), 1);
      }
      transpose16(rows);
      for (long q = 0; q < 16; q++) _mm512_storeu_si512(to + (p + q) * stride + i0, rows[q]);
    }
  }
}

}  // namespace ISA
}  // namespace bllossom
