// The operation `matmul`: the right side is packed once for all threads, then blocks of the result are shared out. A handful of
// rows (generation) goes the way of fewRows.h.
#pragma once
#include "fewRows.h"

namespace bllossom {
namespace ISA {

/** Bytes of each side of a product that are packed at a time. */
constexpr size_t packedBytes = 16l << 20;
/** Of n rows or columns, of so many bytes each, those that are packed at a time: a multiple of `piece`. */
static inline long packedAtOnce(long n, size_t bytes, long piece) {
  return least(n, most(piece, static_cast<long>(packedBytes / bytes) / piece * piece));
}

/**
 * Runs a product on all threads. `k` is what is summed over. `add`: y is added to, rounded as if the product had been made apart
 * and added then, so that a program may do either.
 */
template <class P>
static void multiply(const Call& call, Dealer& deal, long m, long n, long k, Matrix a, Right b, float* y, bool add) {
  typedef typename P::Packed Packed;
  const int threads = call.pool->threads();
  const long slab = slabDepth<P>(k), slabs = ceilDiv(k, slab);
  const long chunk = packedAtOnce(n, P::rightSize(panelWidth, slab) * slabs * sizeof(Packed) / panelWidth, panelWidth);
  Packed* const right = deal.template take<Packed>(P::rightSize(chunk, slab) * slabs);
  const bool packs = !P::asItStands(slab, a);
  const long band = packs ? packedAtOnce(m, P::leftSize(blockRows, slab) * slabs * sizeof(Packed) / blockRows, blockRows) : m;
  const size_t leftSlab = P::leftSize(band, slab);
  Packed* const left = packs ? deal.template take<Packed>(leftSlab * slabs) : nullptr;
  // As many columns as leave room for the rest in a second-level cache, and parts enough for threads to finish together.
  const long columns = least(chunk, most(panelWidth, (448l << 10) / (4 * slab) / panelWidth * panelWidth));
  const long sides = ceilDiv(chunk, columns);
  const long wanted = ceilDiv(band, most(1, ceilDiv(6 * threads, sides)));
  const long rows = least(blockRows, roundUp(most(wanted, 4 * tileRows), tileRows));
  const bool apart = add && slabs > 1;
  const size_t tileSize = apart ? static_cast<size_t>(rows) * columns : 0;
  float* const tiles = deal.template take<float>(tileSize * threads);
  const size_t widenedSize = Right::scratchSize(b.weights.format, slab);
  float* const widened = deal.template take<float>(widenedSize * threads);
  if (right == nullptr) return;
  for (long i0 = 0; i0 < m; i0 += band) {
    const long height = least(band, m - i0);
    for (long j0 = 0; j0 < n; j0 += chunk) {
      const long width_ = least(chunk, n - j0), panels = ceilDiv(width_, panelWidth);
      const size_t rightSlab = P::rightSize(width_, slab);
      const long blocks = packs && j0 == 0 ? ceilDiv(height, blockRows) : 0;
      share(call, (panels + blocks) * slabs, [&](long part, int thread) {
        const long s = part / (panels + blocks), at = part % (panels + blocks), k0 = s * slab, deep = least(slab, k - k0);
        if (at < panels) {
          const long j = at * panelWidth;
          b.pack<P>(right + s * rightSlab + P::rightOffset(j, deep), least(panelWidth, width_ - j), deep, k0, j0 + j,
                    widened + thread * widenedSize);
        } else {
          const long i = (at - panels) * blockRows;
          P::packLeft(left + s * leftSlab + P::leftOffset(i, deep), least(blockRows, height - i), deep, a.from(i0 + i, k0));
        }
      });
      const long across = ceilDiv(width_, columns);
      share(call, ceilDiv(height, rows) * across, [&](long part, int thread) {
        const long i = part / across * rows, j = part % across * columns;
        const long tall = least(rows, height - i), wide = least(columns, width_ - j);
        float* const out = y + (i0 + i) * n + j0 + j;
        float* const c = apart ? tiles + thread * tileSize : out;
        const long stride = apart ? columns : n;
        for (long s = 0; s < slabs; s++) {
          const long k0 = s * slab, deep = least(slab, k - k0);
          P::product(tall, wide, deep, a.from(i0 + i, k0), packs ? left + s * leftSlab + P::leftOffset(i, deep) : nullptr,
                     right + s * rightSlab + P::rightOffset(j, deep), width_ - j, deep, c, stride, (add && !apart) || s > 0);
        }
        if (!apart) return;
        for (long r = 0; r < tall; r++) {
#pragma omp simd
          for (long x = 0; x < wide; x++) out[r * n + x] += c[r * stride + x];
        }
      });
    }
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
  Weights weights(const void* b) const { return {b, format, transposeB ? n : k, transposeB ? k : n}; }

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
  Dealer deal(call.scratch);
  if (shape.few())
    return multiplyFewRows(call, shape.m, shape.n, shape.k, roundedRows(call, deal, shape.m, shape.k, call.floats(0)),
                           shape.weights(b), call.floats(2), shape.add);
  shape.run(call, deal, call.floats(0), b, call.floats(2));
}

static size_t matmulScratch(const Call& call) {
  const Matmul shape(call);
  Dealer deal(nullptr);
  if (shape.few())
    roundedRows(call, deal, shape.m, shape.k, nullptr);
  else
    shape.run(call, deal, nullptr, nullptr, nullptr);
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
