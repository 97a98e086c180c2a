// The operation `matmul`: the right side is packed once for all threads, then blocks of the result are shared out. A handful of
// rows (generation) goes another way, which reads the weights once, as they stand.
#pragma once
#include "products.h"
#include "share.h"

namespace bllossom {
namespace ISA {

/** At most so many rows are multiplied without packing. */
constexpr long fewRows = 8;

typedef uint32_t Words __attribute__((vector_size(BLLOSSOM_WIDTH * 4)));

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

/** y[m, n] = a[m] · b[n] over k, for R rows of a. */
template <int R, bool Rounded>
static void rowDots(const float* a, const float* b, float* y, long from, long to, long n, long k, bool add) {
  const long whole = k / width * width;
  for (long j = from; j < to; j++) {
    const float* row = b + j * k;
    Vector sums[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) sums[i] = Vector{};
    for (long x = 0; x < whole; x += width) {
      const Vector right = operand<Rounded>(row + x);
#pragma GCC unroll 8
      for (int i = 0; i < R; i++) sums[i] += operand<Rounded>(a + i * k + x) * right;
    }
    for (int i = 0; i < R; i++) {
      float sum = sumOf(sums[i]);
      for (long x = whole; x < k; x++) sum += oneOperand<Rounded>(a[i * k + x]) * oneOperand<Rounded>(row[x]);
      y[i * n + j] = sum + (add ? y[i * n + j] : 0.f);
    }
  }
}

/** y[m, n] (+)= a[m, k] · b[n, k]ᵀ for m up to fewRows. */
template <bool Rounded>
static void multiplyFewRowsAs(const Call& call, long m, long n, long k, const float* a, const float* b, float* y, bool add) {
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

static void multiplyFewRows(const Call& call, long m, long n, long k, const float* a, const float* b, float* y, bool add) {
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
static void multiply(const Call& call, Dealer& deal, long m, long n, long k, Matrix a, Matrix b, float* y, bool add) {
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
  if (right == nullptr) return;
  for (long j0 = 0; j0 < n; j0 += chunk) {
    const long width_ = least(chunk, n - j0), panels = ceilDiv(width_, panelWidth);
    const size_t slabSize = P::rightSize(width_, slab);
    share(call, panels * slabs, [&](long part, int) {
      const long k0 = part / panels * slab, j = part % panels * panelWidth, deep = least(slab, k - k0);
      P::packRight(right + part / panels * slabSize + P::rightOffset(j, deep), least(panelWidth, width_ - j), deep,
                   b.from(k0, j0 + j));
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

// matmul: a, b, y; [m, n, k, transposeA, transposeB, add]: y = a · b, or y += a · b where `add`.
struct Matmul {
  long m, n, k;
  bool transposeA, transposeB, add;
  explicit Matmul(const Call& call)
      : m(call.size(0)), n(call.size(1)), k(call.size(2)), transposeA(call.size(3) != 0), transposeB(call.size(4) != 0),
        add(call.size(5) != 0) {}
  bool few() const { return m <= fewRows && transposeB && !transposeA; }

  void run(const Call& call, Dealer& deal, const float* a, const float* b, float* y) const {
    const Matrix left = transposeA ? Matrix{a, 1, m} : rowMajor(a, k);
    const Matrix right = transposeB ? Matrix{b, 1, k} : rowMajor(b, n);
    withProducts(call.bfloat16, [&](auto products) {
      multiply<decltype(products)>(call, deal, m, n, k, left, right, y, add);
    });
  }
};

static void matmul(const Call& call) {
  const Matmul shape(call);
  if (shape.few())
    return multiplyFewRows(call, shape.m, shape.n, shape.k, call.floats(0), call.floats(1), call.floats(2), shape.add);
  Dealer deal(call.scratch);
  shape.run(call, deal, call.floats(0), call.floats(1), call.floats(2));
}

static size_t matmulScratch(const Call& call) {
  const Matmul shape(call);
  Dealer deal(nullptr);
  if (!shape.few()) shape.run(call, deal, nullptr, nullptr, nullptr);
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
