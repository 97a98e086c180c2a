// Products with a handful of rows (generation): the weights are read once, as they stand, and each row is summed in an order of its
// own, so that its result does not depend on the rows beside it.
#pragma once
#include "products.h"
#include "share.h"
#include "stored.h"

namespace bllossom {
namespace ISA {

/** Number i of a call as a format. */
static inline Format formatOf(const Call& call, int i) { return static_cast<Format>(call.size(i)); }

/** At most so many rows go this way: as many as decode together (mostRows in engine/src/generation/generate.ts). */
constexpr long fewRows = 32;

/** As roundedToBfloat16, for numbers. */
template <bool Rounded>
static inline Vector operand(const float* p) {
  const Vector x = *reinterpret_cast<const LooseVector*>(p);
  if (!Rounded) return x;
  const Words bits = (Words)x;
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  return (Vector)((bits & 0x7fffffffu) > 0x7f800000u ? bits : rounded);
}
template <bool Rounded>
static inline float oneOperand(float x) {
  return Rounded ? roundedToBfloat16(x) : x;
}

// One row of weights, by format: begun, then read piece by piece. `ahead` asks for what stands so many elements on. `streamed`:
// read one row after the other where one row alone is multiplied; bfloat16, in half as many bytes, is faster in tiles.

/** In float32, as they stand. */
template <bool Rounded>
struct FloatRow {
  static constexpr bool streamed = true, eights = false;
  const float* row;
  void begin(const Weights& weights, long j) { row = weights.floats() + j * weights.columns; }
  void piece(long, long) {}
  Vector at(long x) const { return operand<Rounded>(row + x); }
  float one(long x) const { return oneOperand<Rounded>(row[x]); }
  void ahead(long x) const { __builtin_prefetch(row + x, 0, 1); }
};

/** In bfloat16, widened on their way into the registers: the rows that stand in no eight. */
struct HalfRow {
  static constexpr bool streamed = false, eights = true;
  const uint16_t* row;
  void begin(const Weights& weights, long j) { row = weights.halves(j); }
  void piece(long, long) {}
  Vector at(long x) const { return widened(row + x); }
  float one(long x) const { return widenedOne(row[x]); }
  void ahead(long x) const { __builtin_prefetch(row + x, 0, 1); }
};

/** Elements of a row that are widened at a time, to stay in the first-level cache: whole blocks of every format. */
constexpr long widenedPiece = 1024;

/** In blocks, widened piece by piece. */
template <bool Rounded>
struct BlockRow {
  static constexpr bool streamed = false, eights = false;
  const Weights* weights;
  long j, start;
  alignas(64) float values[widenedPiece];
  void begin(const Weights& weights_, long row) { weights = &weights_, j = row; }
  __attribute__((noinline)) void piece(long from, long n) {
    start = from;
    weights->widen(j, from, n, values);
  }
  Vector at(long x) const { return operand<Rounded>(values + x - start); }
  float one(long x) const { return oneOperand<Rounded>(values[x - start]); }
  void ahead(long) const {}
};

/** y[i, c] (+)= the elements of sums[i][c], added up, and rest[i][c]. All that goes over sums is unrolled: they stay in registers then. */
template <int R, int C>
static inline void writeSums(const Vector (&sums)[R][C], const float (&rest)[R][C], float* y, long n, bool add) {
#pragma GCC unroll 8
  for (int i = 0; i < R; i++) {
    float totals[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) {
      if (C % 4 != 0)
        totals[c] = sumOf(sums[i][c]);
      else if (c % 4 == 0)
        sumsOfFour(sums[i] + c, totals + c);
    }
    float* const out = y + i * n;
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) out[c] = totals[c] + rest[i][c] + (add ? out[c] : 0.f);
  }
}

/** sums[i][c] += a vector of row i of `a` · a vector of row c of `b`, whose rows stand so far apart. */
template <int R, int C>
static inline void addProducts(Vector (&sums)[R][C], const float* a, long aStride, const uint16_t* b, long bStride) {
  Vector right[C];
#pragma GCC unroll 8
  for (int c = 0; c < C; c++) right[c] = widened(b + c * bStride);
#pragma GCC unroll 8
  for (int i = 0; i < R; i++) {
    const Vector left = *reinterpret_cast<const LooseVector*>(a + i * aStride);
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) sums[i][c] += left * right[c];
  }
}

/** y[i, j + c] (+)= a[i] · b[j + c] over k for R rows of a and C rows of b. */
template <int R, int C, class Row>
static inline void dotTile(const float* a, const Weights& b, float* y, long j, long n, long k, bool add) {
  Row rows[C];
#pragma GCC unroll 8
  for (int c = 0; c < C; c++) rows[c].begin(b, j + c);
  Vector sums[R][C];
  float rest[R][C];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) sums[i][c] = Vector{}, rest[i][c] = 0.f;
  for (long start = 0; start < k; start += widenedPiece) {
    const long end = least(k, start + widenedPiece), whole = start + (end - start) / width * width;
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) rows[c].piece(start, end - start);
    for (long x = start; x < whole; x += width) {
      Vector right[C];
#pragma GCC unroll 8
      for (int c = 0; c < C; c++) {
        right[c] = rows[c].at(x);
        // The tile that follows: these are more streams than a processor foresees by itself.
        rows[c].ahead(x + C * k);
      }
#pragma GCC unroll 8
      for (int i = 0; i < R; i++) {
        const Vector left = *reinterpret_cast<const LooseVector*>(a + i * k + x);
#pragma GCC unroll 8
        for (int c = 0; c < C; c++) sums[i][c] += left * right[c];
      }
    }
    for (long x = whole; x < end; x++)
#pragma GCC unroll 8
      for (int i = 0; i < R; i++)
#pragma GCC unroll 8
        for (int c = 0; c < C; c++) rest[i][c] = multiplyAdd(a[i * k + x], rows[c].one(x), rest[i][c]);
  }
  writeSums<R, C>(sums, rest, y + j, n, add);
}

/**
 * As dotTile, to the same bits, for C rows of an eight in bfloat16: from `first` of it on. What stands in one cache line goes into
 * two sums, and the lines are read as they lie.
 */
template <int R, int C>
static inline void dotEight(const float* a, const uint16_t* eight, long first, float* y, long n, long k, bool add) {
  const long whole = k / turn * turn, left = k - whole, vectors = k / width * width;
  const uint16_t* at = eight + turn * first;
  Vector sums[R][C];
  float rest[R][C];
#pragma GCC unroll 8
  for (int i = 0; i < R; i++)
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) sums[i][c] = Vector{}, rest[i][c] = 0.f;
  for (long x = 0; x < whole; x += turn, at += rowsOfEight * turn)
#pragma GCC unroll 4
    for (long part = 0; part < turn; part += width) addProducts<R, C>(sums, a + x + part, k, at + part, turn);
  const uint16_t* const behind = eight + rowsOfEight * whole + left * first;
  for (long x = whole; x < vectors; x += width) addProducts<R, C>(sums, a + x, k, behind + x - whole, left);
  for (long x = vectors; x < k; x++)
#pragma GCC unroll 8
    for (int i = 0; i < R; i++)
#pragma GCC unroll 8
      for (int c = 0; c < C; c++) rest[i][c] = multiplyAdd(a[i * k + x], widenedOne(behind[left * c + x - whole]), rest[i][c]);
  writeSums<R, C>(sums, rest, y, n, add);
}

/**
 * As dotTile<1, C>, to the same bits, but one row of weights after the other: a single stream, which a processor fetches ahead by itself,
 * a fifth faster than any tile where memory has large pages.
 */
template <int C, class Row>
static inline void dotStream(const float* a, const Weights& b, float* y, long j, long k, bool add) {
  const long whole = k / width * width;
  Vector sums[C];
  float rest[C], totals[C];
  for (int c = 0; c < C; c++) {
    Row row;
    row.begin(b, j + c);
    Vector sum{};
    for (long x = 0; x < whole; x += width) sum += *reinterpret_cast<const LooseVector*>(a + x) * row.at(x);
    sums[c] = sum;
    rest[c] = 0.f;
    for (long x = whole; x < k; x++) rest[c] = multiplyAdd(a[x], row.one(x), rest[c]);
  }
  if (C == 4)
    sumsOfFour(sums, totals);
  else
    totals[0] = sumOf(sums[0]);
  for (int c = 0; c < C; c++) y[j + c] = totals[c] + rest[c] + (add ? y[j + c] : 0.f);
}

/** Rows of the tallest tile. */
constexpr int tallest = 4;

/** Columns [from, to) for R rows. */
template <int R, class Row>
static void dotColumns(const float* a, const Weights& b, float* y, long from, long to, long n, long k, bool add) {
  // As many sums as the registers hold beside their operands.
  constexpr int wide = width == 16 ? (R == 1 ? 8 : 4) : (R == 1 ? 4 : 2);
  long j = from;
  if constexpr (R == 1 && Row::streamed) {
    for (; j + 4 <= to; j += 4) dotStream<4, Row>(a, b, y, j, k, add);
    for (; j < to; j++) dotStream<1, Row>(a, b, y, j, k, add);
    return;
  }
  if constexpr (Row::eights) {
    constexpr int together = R * rowsOfEight <= width ? rowsOfEight : 4 * R <= width ? 4 : wide;
    for (; j + rowsOfEight <= least(to, b.inEights()); j += rowsOfEight)
      for (int first = 0; first < rowsOfEight; first += together)
        dotEight<R, together>(a, b.halves(j), first, y + j + first, n, k, add);
  }
  for (; j + wide <= to; j += wide) dotTile<R, wide, Row>(a, b, y, j, n, k, add);
  for (; j < to; j++) dotTile<R, 1, Row>(a, b, y, j, n, k, add);
}

template <class Row>
static void multiplyFewRowsOf(const Call& call, long m, long n, long k, const float* a, const Weights& b, float* y, bool add) {
  // A piece of the weights stays in the second-level cache while all rows pass over it.
  shareRuns(call, n, most(16, roundUp(65536 / k, 8)), 8, [&](long from, long to) {
    for (long i = 0; i < m; i += tallest) {
      const float* const left = a + i * k;
      float* const out = y + i * n;
      switch (least(tallest, m - i)) {
        case 1: dotColumns<1, Row>(left, b, out, from, to, n, k, add); break;
        case 2: dotColumns<2, Row>(left, b, out, from, to, n, k, add); break;
        case 3: dotColumns<3, Row>(left, b, out, from, to, n, k, add); break;
        case 4: dotColumns<4, Row>(left, b, out, from, to, n, k, add); break;
      }
    }
  });
}

/** The rows as they are multiplied: themselves, or rounded to bfloat16 in scratch memory. Only takes that where a is null. */
static const float* roundedRows(const Call& call, Dealer& deal, long m, long k, const float* a) {
  if (!call.bfloat16) return a;
  float* const rounded = deal.take<float>(m * k);
  if (a == nullptr) return nullptr;
#pragma omp simd
  for (long i = 0; i < m * k; i++) rounded[i] = roundedToBfloat16(a[i]);
  return rounded;
}

template <bool Rounded>
static void multiplyFewRowsAs(const Call& call, long m, long n, long k, const float* a, const Weights& b, float* y, bool add) {
  if (b.format == plain) return multiplyFewRowsOf<FloatRow<Rounded>>(call, m, n, k, a, b, y, add);
  if (b.format == bfloat16) return multiplyFewRowsOf<HalfRow>(call, m, n, k, a, b, y, add);
  multiplyFewRowsOf<BlockRow<Rounded>>(call, m, n, k, a, b, y, add);
}

/** y[m, n] (+)= a[m, k] · b[n, k]ᵀ for m up to fewRows; `a` from roundedRows. */
static void multiplyFewRows(const Call& call, long m, long n, long k, const float* a, const Weights& b, float* y, bool add) {
  if (call.bfloat16) return multiplyFewRowsAs<true>(call, m, n, k, a, b, y, add);
  multiplyFewRowsAs<false>(call, m, n, k, a, b, y, add);
}

}  // namespace ISA
}  // namespace bllossom
