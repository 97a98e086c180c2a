// The matrix product with operands in bfloat16 and sums in float32, with AVX512-BF16: as in float32.h, two steps of depth at once.
#pragma once
#include "bfloat16Packing.h"

namespace bllossom {
namespace ISA {

typedef void (*PairKernel)(long pairs, const uint32_t* a, const uint32_t* b, long bStride, float* c, long cStride, bool add);

/** c[R, V · width] (+)= a · b, where a is packed with tileRows words a step. */
template <int R, int V>
static void pairKernel(long pairs, const uint32_t* a, const uint32_t* b, long bStride, float* c, long cStride, bool add) {
  __m512 sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) sum[i][j] = _mm512_setzero_ps();
  for (long p = 0; p < pairs; p++, a += tileRows, b += bStride) {
    __m512bh right[V];
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) right[j] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b + j * width));
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      const __m512bh left = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(a[i])));
#pragma GCC unroll 4
      for (int j = 0; j < V; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], left, right[j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) {
      float* out = c + i * cStride + j * width;
      _mm512_storeu_ps(out, add ? _mm512_add_ps(_mm512_loadu_ps(out), sum[i][j]) : sum[i][j]);
    }
}

#define BLLOSSOM_PAIRS(R) {pairKernel<R, 1>, pairKernel<R, 2>, pairKernel<R, 3>}
/** By rows - 1, vectors - 1. */
static const PairKernel pairKernels[tileRows][tileVectors] = {BLLOSSOM_PAIRS(1), BLLOSSOM_PAIRS(2), BLLOSSOM_PAIRS(3),
                                                              BLLOSSOM_PAIRS(4), BLLOSSOM_PAIRS(5), BLLOSSOM_PAIRS(6),
                                                              BLLOSSOM_PAIRS(7), BLLOSSOM_PAIRS(8)};

/** As Float32Products, whose comments hold here too. */
struct Bfloat16 {
  typedef uint32_t Packed;
  static const char* name() { return "AVX512-BF16"; }
  static constexpr long depth = 512;

  static size_t rightSize(long columns, long k) { return static_cast<size_t>(roundUp(columns, width)) * pairsOf(k); }
  static size_t rightOffset(long column, long k) { return static_cast<size_t>(column) * pairsOf(k); }
  static size_t leftSize(long k) { return static_cast<size_t>(blockRows) * pairsOf(k); }

  static void packRight(Packed* to, long columns, long k, Matrix b) {
    for (long j = 0; j < columns; j += panelWidth)
      packPairs(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, pairsOf(k),
                b.transposed().from(j, 0));
  }

  static void product(long m, long n, long k, Matrix a, const Packed* b, long columns, long packedDepth, float* c,
                      long cStride, bool add, Packed* scratch) {
    const long pairs = pairsOf(k);
    for (long i0 = 0; i0 < m; i0 += blockRows) {
      const long rows = least(blockRows, m - i0);
      for (long i = 0; i < rows; i += tileRows)
        packPairs(scratch + i * pairs, tileRows, least(tileRows, rows - i), k, pairs, a.from(i0 + i, 0));
      for (long i = 0; i < rows; i += tileRows) {
        const long tile = least(tileRows, rows - i);
        for (long j = 0; j < n; j += panelWidth) {
          const long panel = panelAt(j, columns), valid = least(panel, n - j);
          const uint32_t* right = b + rightOffset(j, packedDepth);
          float* out = c + (i0 + i) * cStride + j;
          const PairKernel kernel = pairKernels[tile - 1][ceilDiv(valid, width) - 1];
          if (valid % width == 0) {
            kernel(pairs, scratch + i * pairs, right, panel, out, cStride, add);
            continue;
          }
          alignas(64) float edge[tileRows * panelWidth];
          kernel(pairs, scratch + i * pairs, right, panel, edge, panelWidth, false);
          for (long y = 0; y < tile; y++)
            for (long x = 0; x < valid; x++)
              out[y * cStride + x] = edge[y * panelWidth + x] + (add ? out[y * cStride + x] : 0.f);
        }
      }
    }
  }
};

}  // namespace ISA
}  // namespace bllossom
