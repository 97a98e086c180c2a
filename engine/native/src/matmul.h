// The operation `matmul`: the right side is packed once for all threads, then blocks of the result are shared out. A handful of
// rows (generation) goes another way, which reads the weights once, as they stand.
#pragma once
#include "products.h"
#include "share.h"
#include "stored.h"

namespace bllossom {
namespace ISA {

/** Number i of a call as a format. */
static inline Format formatOf(const Call& call, int i) { return static_cast<Format>(call.size(i)); }

/** At most so many rows are multiplied without packing. */
constexpr long fewRows = 8;

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

/** Weights in float32, as they stand. */
template <bool Rounded>
struct FloatRows {
  const Weights weights;
  const float* row = nullptr;
  void begin(long j) { row = weights.floats() + j * weights.columns; }
  void piece(long, long) {}
  Vector at(long x) const { return operand<Rounded>(row + x); }
  float one(long x) const { return oneOperand<Rounded>(row[x]); }
};

/** Weights in bfloat16, widened on their way into the registers. */
struct HalfRows {
  const Weights weights;
  const uint16_t* row = nullptr;
  void begin(long j) { row = weights.halves(j); }
  void piece(long, long) {}
  Vector at(long x) const { return widened(row + x); }
  float one(long x) const { return widenedOne(row[x]); }
};

/** Elements of a row that are widened at a time, to stay in the first-level cache: whole blocks of every format. */
constexpr long widenedPiece = 1024;

/** Weights in blocks, widened piece by piece. */
template <bool Rounded>
struct BlockRows {
  const Weights weights;
  long j = 0, start = 0;
  alignas(64) float values[widenedPiece];
  explicit BlockRows(Weights weights_) : weights(weights_) {}
  void begin(long row) { j = row; }
  void piece(long from, long n) {
    start = from;
    weights.widen(j, from, n, values);
  }
  Vector at(long x) const { return operand<Rounded>(values + x - start); }
  float one(long x) const { return oneOperand<Rounded>(values[x - start]); }
};

/** y[m, n] = a[m] · b[n] over k, for R rows of a. */
template <int R, bool Rounded, class Rows>
static void rowDots(const float* a, Rows b, float* y, long from, long to, long n, long k, bool add) {
  for (long j = from; j < to; j++) {
    b.begin(j);
    Vector sums[R];
    float rest[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) sums[i] = Vector{}, rest[i] = 0.f;
    for (long start = 0; start < k; start += widenedPiece) {
      const long end = least(k, start + widenedPiece), whole = start + (end - start) / width * width;
      b.piece(start, end - start);
      for (long x = start; x < whole; x += width) {
        const Vector right = b.at(x);
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) sums[i] += operand<Rounded>(a + i * k + x) * right;
      }
      for (long x = whole; x < end; x++)
        for (int i = 0; i < R; i++) rest[i] += oneOperand<Rounded>(a[i * k + x]) * b.one(x);
    }
    for (int i = 0; i < R; i++) {
      const float sum = sumOf(sums[i]) + rest[i];
      y[i * n + j] = sum + (add ? y[i * n + j] : 0.f);
    }
  }
}

template <bool Rounded, class Rows>
static void multiplyFewRowsOf(const Call& call, long m, long n, long k, const float* a, Rows b, float* y, bool add) {
  sharePieces(call, n, most(16, 65536 / k), [&](long from, long to) {
    switch (m) {
      case 1: return rowDots<1, Rounded>(a, b, y, from, to, n, k, add);
      case 2: return rowDots<2, Rounded>(a, b, y, from, to, n, k, add);
      case 3: return rowDots<3, Rounded>(a, b, y, from, to, n, k, add);
      case 4: return rowDots<4, Rounded>(a, b, y, from, to, n, k, add);
      case 5: return rowDots<5, Rounded>(a, b, y, from, to, n, k, add);
      case 6: return rowDots<6, Rounded>(a, b, y, from, to, n, k, add);
      case 7: return rowDots<7, Rounded>(a, b, y, from, to, n, k, add);
      case 8: return rowDots<8, Rounded>(a, b, y, from, to, n, k, add);
    }
  });
}

template <bool Rounded>
static void multiplyFewRowsAs(const Call& call, long m, long n, long k, const float* a, Weights b, float* y, bool add) {
  if (b.format == plain) return multiplyFewRowsOf<Rounded>(call, m, n, k, a, FloatRows<Rounded>{b}, y, add);
  if (b.format == bfloat16) return multiplyFewRowsOf<Rounded>(call, m, n, k, a, HalfRows{b}, y, add);
  multiplyFewRowsOf<Rounded>(call, m, n, k, a, BlockRows<Rounded>(b), y, add);
}

/** y[m, n] (+)= a[m, k] · b[n, k]ᵀ for m up to fewRows: the weights are read once, as they stand. */
static void multiplyFewRows(const Call& call, long m, long n, long k, const float* a, Weights b, float* y, bool add) {
  if (call.bfloat16) return multiplyFewRowsAs<true>(call, m, n, k, a, b, y, add);
  multiplyFewRowsAs<false>(call, m, n, k, a, b, y, add);
}

/** Columns that are packed at a time: at most 16 MB of them. */
static inline long packedColumns(long n, long k) {
  return least(n, most(panelWidth, (4l << 20) / k / panelWidth * panelWidth));
}

/**
 * Runs a product on all threads. `k` is what is summed over. `add`: y is added to, rounded as if the product had been made apart
 * and added then, so that a program may do either.
 */
template <class P>
static void multiply(const Call& call, Dealer& deal, long m, long n, long k, Matrix a, Right b, float* y, bool add) {
  typedef typename P::Packed Packed;
  const int threads = call.pool->threads();
  const long chunk = packedColumns(n, k), slab = slabDepth<P>(k), slabs = ceilDiv(k, slab);
  Packed* const right = deal.template take<Packed>(P::rightSize(chunk, slab) * slabs);
  const size_t leftSize = P::leftSize(slab);
  Packed* const left = deal.template take<Packed>(leftSize * threads);
  // As many columns as leave room for the rest in a second-level cache, and parts enough for threads to finish together.
  const long columns = least(chunk, most(panelWidth, (448l << 10) / (4 * slab) / panelWidth * panelWidth));
  const long sides = ceilDiv(n, columns);
  const long wanted = ceilDiv(m, most(1, ceilDiv(6 * threads, sides)));
  const long rows = least(blockRows, roundUp(most(wanted, 4 * tileRows), tileRows));
  const bool apart = add && slabs > 1;
  const size_t tileSize = apart ? static_cast<size_t>(rows) * columns : 0;
  float* const tiles = deal.template take<float>(tileSize * threads);
  const size_t widenedSize = Right::scratchSize(b.weights.format, slab);
  float* const widened = deal.template take<float>(widenedSize * threads);
  if (right == nullptr) return;
  for (long j0 = 0; j0 < n; j0 += chunk) {
    const long width_ = least(chunk, n - j0), panels = ceilDiv(width_, panelWidth);
    const size_t slabSize = P::rightSize(width_, slab);
    share(call, panels * slabs, [&](long part, int thread) {
      const long k0 = part / panels * slab, j = part % panels * panelWidth, deep = least(slab, k - k0);
      b.pack<P>(right + part / panels * slabSize + P::rightOffset(j, deep), least(panelWidth, width_ - j), deep, k0, j0 + j,
                widened + thread * widenedSize);
    });
    const long across = ceilDiv(width_, columns);
    share(call, ceilDiv(m, rows) * across, [&](long part, int thread) {
      const long i = part / across * rows, j = part % across * columns;
      const long tall = least(rows, m - i), wide = least(columns, width_ - j);
      float* const out = y + i * n + j0 + j;
      float* const c = apart ? tiles + thread * tileSize : out;
      const long stride = apart ? columns : n;
      for (long s = 0; s < slabs; s++) {
        const long k0 = s * slab, deep = least(slab, k - k0);
        P::product(tall, wide, deep, a.from(i, k0), right + s * slabSize + P::rightOffset(j, deep), width_ - j, deep, c, stride,
                   (add && !apart) || s > 0, left + thread * leftSize);
      }
      if (!apart) return;
      for (long r = 0; r < tall; r++) {
#pragma omp simd
        for (long x = 0; x < wide; x++) out[r * n + x] += c[r * stride + x];
      }
    });
  }
}

// matmul: a, b, y; [m, n, k, transposeA, transposeB, add, format of b]: y = a · b, or y += a · b where `add`.
struct Matmul {
  long m, n, k;
  bool transposeA, transposeB, add;
  Format format;
  explicit Matmul(const Call& call)
      : m(call.size(0)), n(call.size(1)), k(call.size(2)), transposeA(call.size(3) != 0), transposeB(call.size(4) != 0),
        add(call.size(5) != 0), format(formatOf(call, 6)) {}
  bool few() const { return m <= fewRows && transposeB && !transposeA; }
  Weights weights(const void* b) const { return {b, format, transposeB ? k : n}; }

  void run(const Call& call, Dealer& deal, const float* a, const void* b, float* y) const {
    const Matrix left = transposeA ? Matrix{a, 1, m} : rowMajor(a, k);
    withProducts(call.bfloat16, [&](auto products) {
      multiply<decltype(products)>(call, deal, m, n, k, left, Right::of(weights(b), transposeB), y, add);
    });
  }
};

static void matmul(const Call& call) {
  const Matmul shape(call);
  const void* const b = call.operands[1];
  if (shape.few())
    return multiplyFewRows(call, shape.m, shape.n, shape.k, call.floats(0), shape.weights(b), call.floats(2), shape.add);
  Dealer deal(call.scratch);
  shape.run(call, deal, call.floats(0), b, call.floats(2));
}

static size_t matmulScratch(const Call& call) {
  const Matmul shape(call);
  Dealer deal(nullptr);
  if (!shape.few()) shape.run(call, deal, nullptr, nullptr, nullptr);
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
