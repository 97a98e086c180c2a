// The matrix product with operands in bfloat16 and sums in float32, with AMX: tiles of 16 by 16 sums, 32 steps of depth at once.
#pragma once
#include "bfloat16Packing.h"

namespace bllossom {
namespace ISA {

/** Tiles 0 to 3 hold sums, 4 and 5 the left side, 6 and 7 the right; each has 16 rows of 64 bytes. */
struct TileConfiguration {
  TileConfiguration() {
    alignas(64) uint8_t bytes[64] = {1};
    for (int tile = 0; tile < 8; tile++) {
      bytes[16 + 2 * tile] = 64;
      bytes[48 + tile] = 16;
    }
    _tile_loadconfig(bytes);
  }
  ~TileConfiguration() { _tile_release(); }
};

/** c[R · 16, C · 16] (+)= a · b over `steps` of 16 words; strides in elements of their own. */
template <int R, int C>
static inline void tileKernel(long steps, const uint32_t* a, long aStride, const uint32_t* b, long bStride, float* c,
                              long cStride, bool add) {
  asm volatile("" ::: "memory");  // what the tiles are loaded from has been written
  if (add) {
    _tile_loadd(0, c, cStride * 4);
    if (C > 1) _tile_loadd(1, c + 16, cStride * 4);
    if (R > 1) _tile_loadd(2, c + 16 * cStride, cStride * 4);
    if (R > 1 && C > 1) _tile_loadd(3, c + 16 * cStride + 16, cStride * 4);
  } else {
    _tile_zero(0);
    if (C > 1) _tile_zero(1);
    if (R > 1) _tile_zero(2);
    if (R > 1 && C > 1) _tile_zero(3);
  }
  for (long s = 0; s < steps; s++, a += 16, b += 16 * bStride) {
    _tile_loadd(6, b, bStride * 4);
    _tile_loadd(4, a, aStride * 4);
    _tile_dpbf16ps(0, 4, 6);
    if (C > 1) {
      _tile_loadd(7, b + 16, bStride * 4);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (R > 1) {
      _tile_loadd(5, a + 16 * aStride, aStride * 4);
      _tile_dpbf16ps(2, 5, 6);
      if (C > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, cStride * 4);
  if (C > 1) _tile_stored(1, c + 16, cStride * 4);
  if (R > 1) _tile_stored(2, c + 16 * cStride, cStride * 4);
  if (R > 1 && C > 1) _tile_stored(3, c + 16 * cStride + 16, cStride * 4);
}

/** As Float32Products, whose comments hold here too. A left side is packed as it stands: rows of words. */
struct Bfloat16 {
  typedef uint32_t Packed;
  static constexpr bool packsEights = true;
  static const char* name() { return "AMX"; }
  static constexpr long depth = 512;

  /** Words of a depth, up to whole tiles. */
  static long wordsOf(long k) { return roundUp(pairsOf(k), 16); }
  static size_t rightSize(long columns, long k) { return static_cast<size_t>(roundUp(columns, width)) * wordsOf(k); }
  static size_t rightOffset(long column, long k) { return static_cast<size_t>(column) * wordsOf(k); }
  static bool asItStands(long, Matrix) { return false; }
  /** A tile may begin at any of tileRows rows: 16 more, to be read and not used. */
  static size_t leftSize(long rows, long k) { return static_cast<size_t>(roundUp(rows, 16) + 16) * wordsOf(k); }
  static size_t leftOffset(long row, long k) { return static_cast<size_t>(row) * wordsOf(k); }

  static void packRight(Packed* to, long columns, long k, Matrix b) {
    for (long j = 0; j < columns; j += panelWidth)
      packPairs(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, wordsOf(k),
                b.transposed().from(j, 0));
  }
  static void packEightsRight(Packed* to, long columns, long k, const uint16_t* eights, long stride, long fromK, long fromJ,
                              bool transposed) {
    for (long j = 0; j < columns; j += panelWidth)
      packEights(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, eights, stride, fromK, fromJ + j,
                 transposed);
  }

  /** to[i · words + p] = elements (i, 2p) and (i, 2p + 1) of `a`; zeros for rows in [n, up to 16's multiple) and beyond k. */
  static void packLeft(Packed* to, long n, long k, Matrix a) {
    const long words = wordsOf(k);
    alignas(64) uint32_t square[16 * 16];
    for (long i0 = 0; i0 < n; i0 += 16) {
      const long valid = least(16, n - i0);
      for (long p = 0; p < words; p += 16) {
        uint32_t* const target = to + i0 * words + p;
        if (a.columns == 1) {
          for (long i = 0; i < 16; i++)
            _mm512_storeu_si512(target + i * words, i < valid ? asPairs(a.p + (i0 + i) * a.rows + 2 * p, k - 2 * p)
                                                              : _mm512_setzero_si512());
          continue;
        }
        packPairs(square, 16, valid, k - 2 * p, 16, a.from(i0, 2 * p));
        __m512i rows[16];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) rows[i] = _mm512_loadu_si512(square + 16 * i);
        transpose16(rows);
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) _mm512_storeu_si512(target + i * words, rows[i]);
      }
    }
  }

  static void product(long m, long n, long k, Matrix, const Packed* a, const Packed* b, long columns, long packedDepth, float* c,
                      long cStride, bool add) {
    const TileConfiguration configuration;
    const long words = wordsOf(k), steps = words / 16;
    for (long i0 = 0; i0 < m; i0 += blockRows) {
      const long rows = least(blockRows, m - i0);
      const uint32_t* const left = a + leftOffset(i0, k);
      for (long j0 = 0; j0 < n; j0 += panelWidth) {
        const long panel = panelAt(j0, columns), valid = least(panel, n - j0);
        const uint32_t* right = b + rightOffset(j0, packedDepth);
        for (long i = 0; i < rows; i += 32)
          for (long j = 0; j < valid; j += 32) {
            const long tall = least(32, rows - i), wide = least(32, valid - j);
            float* const out = c + (i0 + i) * cStride + j0 + j;
            block(steps, tall, wide, left + i * words, words, right + j, panel, out, cStride, add);
          }
      }
    }
  }

 private:
  static void block(long steps, long tall, long wide, const uint32_t* a, long aStride, const uint32_t* b, long bStride,
                    float* c, long cStride, bool add) {
    if (tall % 16 == 0 && wide % 16 == 0) return tiles(steps, tall, wide, a, aStride, b, bStride, c, cStride, add);
    alignas(64) float edge[32 * 32];
    tiles(steps, tall, wide, a, aStride, b, bStride, edge, 32, false);
    for (long y = 0; y < tall; y++)
      for (long x = 0; x < wide; x++) c[y * cStride + x] = edge[y * 32 + x] + (add ? c[y * cStride + x] : 0.f);
  }

  static void tiles(long steps, long tall, long wide, const uint32_t* a, long aStride, const uint32_t* b, long bStride,
                    float* c, long cStride, bool add) {
    if (tall > 16)
      (wide > 16 ? tileKernel<2, 2> : tileKernel<2, 1>)(steps, a, aStride, b, bStride, c, cStride, add);
    else
      (wide > 16 ? tileKernel<1, 2> : tileKernel<1, 1>)(steps, a, aStride, b, bStride, c, cStride, add);
  }
};

}  // namespace ISA
}  // namespace bllossom
