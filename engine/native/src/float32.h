// The matrix product in float32: one side packed into panels, tiles of the result held in registers.
#pragma once
#include "vector.h"

namespace bllossom {
namespace ISA {

/** Element (i, j) stands at p[i · rows + j · columns]. */
struct Matrix {
  const float* p;
  long rows, columns;
  Matrix transposed() const { return {p, columns, rows}; }
  Matrix from(long i, long j) const { return {p + i * rows + j * columns, rows, columns}; }
};
static inline Matrix rowMajor(const float* p, long stride) { return {p, stride, 1}; }

constexpr int tileRows = BLLOSSOM_ROWS;
constexpr int tileVectors = BLLOSSOM_VECTORS;
constexpr long panelWidth = width * tileVectors;
/** Rows of the left side that are packed at a time: a multiple of every tile's rows. */
constexpr long blockRows = 96;

typedef void (*MicroKernel)(long depth, const float* a, long aRows, long aColumns, const float* b, long bStride, float* c,
                            long cStride, bool add);

/** c[R, V · width] (+)= a[R, depth] · b[depth, V · width]. Unit: a's rows stand side by side (aRows is 1). */
template <int R, int V, bool Unit>
static void microKernel(long depth, const float* a, long aRows, long aColumns, const float* b, long bStride, float* c,
                        long cStride, bool add) {
  Vector sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) sum[i][j] = Vector{};
  for (long k = 0; k < depth; k++, a += aColumns, b += bStride) {
    Vector right[V];
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) right[j] = *reinterpret_cast<const LooseVector*>(b + j * width);
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      const Vector left = a[Unit ? i : i * aRows] - Vector{};
#pragma GCC unroll 4
      for (int j = 0; j < V; j++) sum[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < V; j++) {
      LooseVector* out = reinterpret_cast<LooseVector*>(c + i * cStride + j * width);
      *out = add ? *out + sum[i][j] : sum[i][j];
    }
}

#if BLLOSSOM_VECTORS == 3
#define BLLOSSOM_TILE(R, U) {microKernel<R, 1, U>, microKernel<R, 2, U>, microKernel<R, 3, U>}
#else
#define BLLOSSOM_TILE(R, U) {microKernel<R, 1, U>, microKernel<R, 2, U>}
#endif
#if BLLOSSOM_ROWS == 8
#define BLLOSSOM_TILES(U)                                                                                              \
  {BLLOSSOM_TILE(1, U), BLLOSSOM_TILE(2, U), BLLOSSOM_TILE(3, U), BLLOSSOM_TILE(4, U),                                 \
   BLLOSSOM_TILE(5, U), BLLOSSOM_TILE(6, U), BLLOSSOM_TILE(7, U), BLLOSSOM_TILE(8, U)}
#elif BLLOSSOM_ROWS == 6
#define BLLOSSOM_TILES(U)                                                                                              \
  {BLLOSSOM_TILE(1, U), BLLOSSOM_TILE(2, U), BLLOSSOM_TILE(3, U),                                                      \
   BLLOSSOM_TILE(4, U), BLLOSSOM_TILE(5, U), BLLOSSOM_TILE(6, U)}
#else
#define BLLOSSOM_TILES(U) {BLLOSSOM_TILE(1, U), BLLOSSOM_TILE(2, U), BLLOSSOM_TILE(3, U), BLLOSSOM_TILE(4, U)}
#endif

/** By strides of the left side, rows - 1, vectors - 1. */
static const MicroKernel microKernels[2][tileRows][tileVectors] = {BLLOSSOM_TILES(false), BLLOSSOM_TILES(true)};

/** to[k · toStride + i] = from[i · fromStride + k] for 8 by 8 elements. */
static inline void transpose8(const float* from, long fromStride, float* to, long toStride) {
#if BLLOSSOM_SHUFFLES
  typedef float Eight __attribute__((vector_size(32)));
  typedef float LooseEight __attribute__((vector_size(32), aligned(4), may_alias));
  Eight r[8], s[8], t[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) r[i] = *reinterpret_cast<const LooseEight*>(from + i * fromStride);
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    s[2 * i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[2 * i + 1] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
    t[4 * i] = __builtin_shufflevector(s[4 * i], s[4 * i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    t[4 * i + 1] = __builtin_shufflevector(s[4 * i], s[4 * i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    t[4 * i + 2] = __builtin_shufflevector(s[4 * i + 1], s[4 * i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    t[4 * i + 3] = __builtin_shufflevector(s[4 * i + 1], s[4 * i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    *reinterpret_cast<LooseEight*>(to + i * toStride) =
        __builtin_shufflevector(t[i], t[4 + i], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<LooseEight*>(to + (4 + i) * toStride) =
        __builtin_shufflevector(t[i], t[4 + i], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#else
  for (int k = 0; k < 8; k++)
    for (int i = 0; i < 8; i++) to[k * toStride + i] = from[i * fromStride + k];
#endif
}

/**
 * One panel: to[k · stride + i] = element (i, k) of `from`, for i below n and k below depth; zeros for i in [n, stride).
 * The columns of a right side and the rows of a left side are both "i" here.
 */
static inline void packPanel(float* to, long stride, long n, long depth, Matrix from) {
  if (from.rows == 1) {
    for (long k = 0; k < depth; k++) {
      const float* source = from.p + k * from.columns;
      float* target = to + k * stride;
      for (long i = 0; i < n; i++) target[i] = source[i];
      for (long i = n; i < stride; i++) target[i] = 0;
    }
    return;
  }
  long done = 0;
  if (from.columns == 1)
    for (; done + 8 <= n; done += 8) {
      const float* source = from.p + done * from.rows;
      long k = 0;
      for (; k + 8 <= depth; k += 8) transpose8(source + k, from.rows, to + k * stride + done, stride);
      for (; k < depth; k++)
        for (long i = 0; i < 8; i++) to[k * stride + done + i] = source[i * from.rows + k];
    }
  if (done == stride) return;
  for (long k = 0; k < depth; k++) {
    for (long i = done; i < n; i++) to[k * stride + i] = from.p[i * from.rows + k * from.columns];
    for (long i = n; i < stride; i++) to[k * stride + i] = 0;
  }
}

/** Width of the panel that begins at column `from` of `columns`. */
static inline long panelAt(long from, long columns) { return least(panelWidth, roundUp(columns - from, width)); }

/** The nearest bfloat16, ties to even, as a float. NaN stays NaN. */
static inline float roundedToBfloat16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  const uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u;
  bits = (bits & 0x7fffffffu) > 0x7f800000u ? bits : rounded;
  memcpy(&x, &bits, 4);
  return x;
}

/**
 * The arithmetic of products in float32. `Packed` is what packed operands are made of. Rounded: operands are rounded to bfloat16
 * first, whose products float32 holds exactly.
 */
template <bool Rounded>
struct Float32Products {
  typedef float Packed;
  /** Whether weights in bfloat16 are packed as they are, by packEightsRight. */
  static constexpr bool packsEights = false;
  static const char* name() { return Rounded ? "rounded" : "float32"; }
  /** Depth at which a product is cut: what is summed in registers at a time. Never depends on the number of threads. */
  static constexpr long depth = 384;

  /** Elements of a packed right side of so many columns and so much depth. */
  static size_t rightSize(long columns, long k) { return static_cast<size_t>(roundUp(columns, width)) * k; }
  /** Where the panel that begins at a column (a multiple of panelWidth) begins. */
  static size_t rightOffset(long column, long k) { return static_cast<size_t>(column) * k; }
  /** Whether a left side is multiplied as it stands, where that is kind to the cache. Else it is packed. */
  static bool asItStands(long k, Matrix a) {
    return !Rounded && ((a.columns == 1 && a.rows % 256 != 0) || (a.rows == 1 && k <= 128));
  }
  /** Elements of a packed left side of so many rows; where a row (a multiple of tileRows) begins. */
  static size_t leftSize(long rows, long k) { return static_cast<size_t>(roundUp(rows, tileRows)) * k; }
  static size_t leftOffset(long row, long k) { return static_cast<size_t>(row) * k; }

  /** Packs element (k, j) of `b`. */
  static void packRight(Packed* to, long columns, long k, Matrix b) {
    for (long j = 0; j < columns; j += panelWidth)
      packPanel(to + rightOffset(j, k), panelAt(j, columns), least(panelWidth, columns - j), k, b.transposed().from(j, 0));
    round(to, rightSize(columns, k));
  }

  /** Packs a left side: tiles of tileRows rows, one behind the other, each [k][tileRows]. */
  static void packLeft(float* to, long rows, long k, Matrix a) {
    long done = 0;
    if (a.rows == 1) {
      // Row by row of what is summed over, so that memory is read as it lies.
      done = rows / tileRows * tileRows;
      for (long x = 0; x < k; x++) {
        const float* from = a.p + x * a.columns;
        float* target = to + x * tileRows;
        for (long i = 0; i < done; i += tileRows) memcpy(target + i * k, from + i, sizeof(float) * tileRows);
      }
    }
    for (; done < rows; done += tileRows)
      packPanel(to + done * k, tileRows, least(tileRows, rows - done), k, a.from(done, 0));
    round(to, leftSize(rows, k));
  }

  /**
   * c[m, n] (+)= a[m, k] · b[k, n]. `packed`: a from packLeft, or null where it is multiplied as it stands. b was packed with
   * `columns` ≥ n and `packedDepth` ≥ k.
   */
  static void product(long m, long n, long k, Matrix a, const Packed* packed, const Packed* b, long columns, long packedDepth,
                      float* c, long cStride, bool add) {
    const long leftRows = packed ? 1 : a.rows, leftColumns = packed ? tileRows : a.columns;
    for (long i = 0; i < m; i += tileRows) {
      const long tile = least(tileRows, m - i);
      const float* left = packed ? packed + leftOffset(i, k) : a.p + i * a.rows;
      const MicroKernel* const kernels = microKernels[leftRows == 1][tile - 1];
      for (long j = 0; j < n; j += panelWidth) {
        const long panel = panelAt(j, columns), valid = least(panel, n - j);
        const float* right = b + rightOffset(j, packedDepth);
        float* out = c + i * cStride + j;
        const MicroKernel kernel = kernels[ceilDiv(valid, width) - 1];
        if (valid % width == 0) {
          kernel(k, left, leftRows, leftColumns, right, panel, out, cStride, add);
          continue;
        }
        alignas(64) float edge[tileRows * panelWidth];
        kernel(k, left, leftRows, leftColumns, right, panel, edge, panelWidth, false);
        for (long y = 0; y < tile; y++)
          for (long x = 0; x < valid; x++)
            out[y * cStride + x] = edge[y * panelWidth + x] + (add ? out[y * cStride + x] : 0.f);
      }
    }
  }

 private:
  static void round(float* x, size_t n) {
    if (!Rounded) return;
#pragma omp simd
    for (size_t i = 0; i < n; i++) x[i] = roundedToBfloat16(x[i]);
  }
};

typedef Float32Products<false> Float32;

/** P::product of a left side that is packed here, so many rows at a time. `scratch` holds P::leftSize(blockRows, k). */
template <class P>
static inline void productOf(long m, long n, long k, Matrix a, const typename P::Packed* b, long columns, long packedDepth,
                             float* c, long cStride, bool add, typename P::Packed* scratch) {
  if (P::asItStands(k, a)) return P::product(m, n, k, a, nullptr, b, columns, packedDepth, c, cStride, add);
  for (long i = 0; i < m; i += blockRows) {
    const long rows = least(blockRows, m - i);
    P::packLeft(scratch, rows, k, a.from(i, 0));
    P::product(rows, n, k, a, scratch, b, columns, packedDepth, c + i * cStride, cStride, add);
  }
}

/** The depth that a product over `k` is cut into. */
template <class P>
static inline long slabDepth(long k) {
  return k <= P::depth ? most(k, 1) : roundUp(ceilDiv(k, ceilDiv(k, P::depth)), 32);
}

}  // namespace ISA
}  // namespace bllossom
