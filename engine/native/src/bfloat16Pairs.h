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
  static constexpr bool packsEights = true;
  static const char* name() { return "AVX512-BF16"; }
  static constexpr long depth = 512;

  static size_t rightSize(long columns, long k) { return static_cast<size_t>(roundUp(columns, width)) * pairsOf(k); }
  static size_t rightOffset(long column, long k) { return static_cast<size_t>(column) * pairsOf(k); }
  static bool asItStands(long, Matrix) { return false; }
  static size_t leftSize(long rows, long k) { return static_cast<size_t>(roundUp(rows, tileRows)) * pairsOf(k); }
  static size_t leftOffset(long row, long k) { return static_cast<size_t>(row) * pairsOf(k); }

  static void packRight(Packed* to, long columns, long k, Matrix b) {
    for (long j = 0; j < columns; j += panelWidth)
      packPairs(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, pairsOf(k),
                b.transposed().from(j, 0));
  }
  static void packEightsRight(Packed* to, long columns, long k, const uint16_t* eights, long stride, long fromK, long fromJ,
                              bool transposed) {
    for (long j = 0; j < columns; j += panelWidth)
      packEights(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, eights, stride, fromK, fromJ + j,
                 transposed);
  }

  static void packLeft(Packed* to, long rows, long k, Matrix a) {
    const long pairs = pairsOf(k);
    if (a.rows != 1) {
      for (long i = 0; i < rows; i += 16) packTiles(to + leftOffset(i, k), least(16, rows - i), k, pairs, a.from(i, 0));
      return;
    }
    // Row by row of what is summed over, so that memory is read as it lies.
    for (long p = 0; p < pairs; p++) {
      const float* const even = a.p + 2 * p * a.columns;
      const bool both = 2 * p + 1 < k;
      for (long i = 0; i < rows; i += 16) {
        const __mmask16 loaded = firstLanes(rows - i);
        const __m512 odd = both ? _mm512_maskz_loadu_ps(loaded, even + a.columns + i) : _mm512_setzero_ps();
        storeTiles(to + leftOffset(i, k) + p * tileRows, pairs, rows - i, interleaved(_mm512_maskz_loadu_ps(loaded, even + i), odd));
      }
    }
  }

  static void product(long m, long n, long k, Matrix, const Packed* a, const Packed* b, long columns, long packedDepth, float* c,
                      long cStride, bool add) {
    const long pairs = pairsOf(k);
    for (long i = 0; i < m; i += tileRows) {
      const long tile = least(tileRows, m - i);
      const uint32_t* left = a + leftOffset(i, k);
      for (long j = 0; j < n; j += panelWidth) {
        const long panel = panelAt(j, columns), valid = least(panel, n - j);
        const uint32_t* right = b + rightOffset(j, packedDepth);
        float* out = c + i * cStride + j;
        const PairKernel kernel = pairKernels[tile - 1][ceilDiv(valid, width) - 1];
        if (valid % width == 0) {
          kernel(pairs, left, right, panel, out, cStride, add);
          continue;
        }
        alignas(64) float edge[tileRows * panelWidth];
        kernel(pairs, left, right, panel, edge, panelWidth, false);
        for (long y = 0; y < tile; y++)
          for (long x = 0; x < valid; x++)
            out[y * cStride + x] = edge[y * panelWidth + x] + (add ? out[y * cStride + x] : 0.f);
      }
    }
  }

 private:
  static_assert(tileRows == 8, "16 words are a word of each row of two tiles");

  /** A word of each of 16 rows into their two tiles; the second only where it has rows. */
  static void storeTiles(uint32_t* to, long pairs, long rows, __m512i words) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(words));
    if (rows > tileRows)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + tileRows * pairs), _mm512_extracti64x4_epi64(words, 1));
  }

  /** Up to 16 rows, whose elements stand side by side. */
  static void packTiles(uint32_t* to, long rows, long k, long pairs, Matrix a) {
    for (long p = 0; p < pairs; p += 16) {
      __m512i words[16];
      pairsOfRows(words, a.p + 2 * p, a.rows, rows, k - 2 * p);
      transpose16(words);
      const long some = least(16, pairs - p);
      for (long q = 0; q < some; q++) storeTiles(to + (p + q) * tileRows, pairs, rows, words[q]);
    }
  }
};

}  // namespace ISA
}  // namespace bllossom
