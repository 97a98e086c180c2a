// Causal attention in blocks: 64 queries against blocks of keys, so that scores stay in cache and are never stored whole. The
// arithmetic is float32 in every precision.
#pragma once
#include "float32.h"
#include "share.h"

namespace bllossom {
namespace ISA {

constexpr long queryBlock = 64;
constexpr long keyBlock = 256;
/** Between rows of a block of scores: no power of two, which would put a column into few places of the cache. */
constexpr long scoreStride = keyBlock + 16;

struct AttentionShape {
  long batch, sequence, heads, kvHeads, headDim;
  float scale;
  explicit AttentionShape(const Call& call)
      : batch(call.size(0)), sequence(call.size(1)), heads(call.size(2)), kvHeads(call.size(3)), headDim(call.size(4)),
        scale(call.number(5)) {}
  long group() const { return heads / kvHeads; }
  long queryWidth() const { return heads * headDim; }
  long keyWidth() const { return kvHeads * headDim; }
};

/** Who sees whom in one row of the batch. first[i]: the first position of i's document. */
struct Visibility {
  const int* segments;
  const int* first;
  /** Every document stands in one piece. */
  bool contiguous;
};

/** Fills `first` and `contiguous` for each row of the batch. */
static void findDocuments(const Call& call, const int* segments, long batch, long sequence, int* first, int* contiguous) {
  share(call, batch, [&](long b, int) {
    const int* s = segments + b * sequence;
    int* f = first + b * sequence;
    bool whole = true;
    for (long i = 0; i < sequence; i++) {
      if (i > 0 && s[i] == s[i - 1]) {
        f[i] = f[i - 1];
        continue;
      }
      f[i] = static_cast<int>(i);
      for (long j = 0; j < i; j++)
        if (s[j] == s[i]) {
          f[i] = static_cast<int>(j);
          whole = false;
          break;
        }
    }
    contiguous[b] = whole;
  });
}

/** Keys and values of one head, packed in blocks of so many positions. */
template <long positions>
struct KeyBlocks {
  float* data;
  long headDim, length;
  static size_t blockSize(long headDim) {
    return most(Float32::rightSize(positions, headDim), Float32::rightSize(headDim, positions));
  }
  static size_t size(long headDim, long length) { return ceilDiv(length, positions) * blockSize(headDim); }
  long blockLength(long block) const { return least(positions, length - block * positions); }
  float* block(long i) const { return data + i * blockSize(headDim); }
  /** For products with the transpose: [headDim, positions]. */
  void packTransposed(const float* from, long stride) {
    for (long i = 0; i * positions < length; i++)
      Float32::packRight(block(i), blockLength(i), headDim, rowMajor(from + i * positions * stride, stride).transposed());
  }
  /** For products with themselves: [positions, headDim]. */
  void packPlain(const float* from, long stride) {
    for (long i = 0; i * positions < length; i++)
      Float32::packRight(block(i), headDim, blockLength(i), rowMajor(from + i * positions * stride, stride));
  }
};
using PackedKeys = KeyBlocks<keyBlock>;

/** Queries [n, headDim] of one head, standing at positions at, at + 1, …; seen: null where all before are seen. */
struct QueryBlock {
  const float* q;
  long qStride;
  float* y;
  long yStride;
  float* logSumExp;
  long at, n;
  const Visibility* seen;
};

/** Attention of one block of queries over packed keys and values. `scores` holds [queryBlock, length rounded up + 16]. */
static void attendBlock(const QueryBlock& block, const PackedKeys& keys, const PackedKeys& values, float scale, float* scores,
                        float* scratch) {
  const long d = keys.headDim, end = block.at + block.n, stride = roundUp(keys.length, keyBlock) + 16;
  long start = 0;
  if (block.seen) {
    start = block.at;
    for (long i = 0; i < block.n; i++) start = least(start, block.seen->first[block.at + i]);
  }
  const long firstBlock = start / keyBlock, origin = firstBlock * keyBlock;
  for (long k = firstBlock; k * keyBlock < end; k++)
    productOf<Float32>(block.n, least(keys.blockLength(k), end - k * keyBlock), d, rowMajor(block.q, block.qStride),
                     keys.block(k), keys.blockLength(k), d, scores + k * keyBlock, stride, false, scratch);
  for (long i = 0; i < block.n; i++) {
    float* row = scores + i * stride;
    const long position = block.at + i, from = block.seen ? block.seen->first[position] : 0, to = position + 1;
    if (block.seen && !block.seen->contiguous)
      for (long j = from; j < to; j++)
        if (block.seen->segments[j] != block.seen->segments[position]) row[j] = -INFINITY;
    float largest = row[position];
#pragma omp simd reduction(max : largest)
    for (long j = from; j < to; j++) largest = row[j] > largest ? row[j] : largest;
    const float offset = largest * scale;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (long j = from; j < to; j++) {
      const float e = row[j] == -INFINITY ? 0.f : exponential(row[j] * scale - offset);
      row[j] = e;
      sum += e;
    }
    const float inverse = 1.f / sum;
    for (long j = from; j < to; j++) row[j] *= inverse;
    for (long j = origin; j < from; j++) row[j] = 0;
    for (long j = to; j < end; j++) row[j] = 0;
    if (block.logSumExp) block.logSumExp[i] = offset + logf(sum);
  }
  for (long k = firstBlock; k * keyBlock < end; k++)
    productOf<Float32>(block.n, d, least(values.blockLength(k), end - k * keyBlock), rowMajor(scores + k * keyBlock, stride),
                     values.block(k), d, values.blockLength(k), block.y, block.yStride, k > firstBlock, scratch);
}

/** What each thread needs for attendBlock. */
struct AttentionMemory {
  PackedKeys keys, values;
  float* scores;
  float* scratch;
  AttentionMemory(Dealer& deal, long headDim, long length) {
    const size_t size = PackedKeys::size(headDim, length);
    keys = {deal.take<float>(size), headDim, length};
    values = {deal.take<float>(size), headDim, length};
    scores = deal.take<float>(queryBlock * (roundUp(length, keyBlock) + 16));
    scratch = deal.take<float>(Float32::leftSize(blockRows, most(headDim, keyBlock)));
  }
};

/** Scratch of each thread, one behind the other. */
template <class Memory, class Make>
static size_t perThread(Make&& make) {
  Dealer deal(nullptr);
  make(deal);
  return roundUp(deal.used(), 64);
}

/** Parts that the query blocks of one key head are cut into, so that all threads have work. */
static inline long queryParts(const Call& call, long units, long blocks) {
  return most(1, least(blocks, ceilDiv(3l * call.pool->threads(), units)));
}

// attention: q, k, v, segments, y, logSumExp; [batch, sequence, heads, kvHeads, headDim, scale]
static void attention(const Call& call) {
  const AttentionShape s(call);
  Dealer deal(call.scratch);
  int* const first = deal.take<int>(s.batch * s.sequence);
  int* const contiguous = deal.take<int>(s.batch);
  const size_t each = perThread<AttentionMemory>([&](Dealer& d) { AttentionMemory(d, s.headDim, s.sequence); });
  char* const memory = deal.take<char>(each * call.pool->threads());
  findDocuments(call, call.ints(3), s.batch, s.sequence, first, contiguous);
  const long units = s.batch * s.kvHeads, blocks = ceilDiv(s.sequence, queryBlock), parts = queryParts(call, units, blocks);
  share(call, units * parts, [&](long part, int thread) {
    Dealer own(memory + thread * each);
    AttentionMemory m(own, s.headDim, s.sequence);
    const long b = part / parts / s.kvHeads, kv = part / parts % s.kvHeads;
    const Visibility seen = {call.ints(3) + b * s.sequence, first + b * s.sequence, contiguous[b] != 0};
    const size_t keysAt = b * s.sequence * s.keyWidth() + kv * s.headDim;
    m.keys.packTransposed(call.floats(1) + keysAt, s.keyWidth());
    m.values.packPlain(call.floats(2) + keysAt, s.keyWidth());
    for (long h = kv * s.group(); h < (kv + 1) * s.group(); h++)
      for (long block = part % parts; block < blocks; block += parts) {
        const long at = block * queryBlock;
        const size_t queryAt = (b * s.sequence + at) * s.queryWidth() + h * s.headDim;
        float* const stats = call.floats(5);
        attendBlock({call.floats(0) + queryAt, s.queryWidth(), call.floats(4) + queryAt, s.queryWidth(),
                     stats ? stats + (b * s.heads + h) * s.sequence + at : nullptr, at,
                     least(queryBlock, s.sequence - at), &seen},
                    m.keys, m.values, s.scale, m.scores, m.scratch);
      }
  });
}

static size_t attentionScratch(const Call& call) {
  const AttentionShape s(call);
  Dealer deal(nullptr);
  deal.take<int>(s.batch * s.sequence);
  deal.take<int>(s.batch);
  deal.take<char>(call.pool->threads() *
                  perThread<AttentionMemory>([&](Dealer& d) { AttentionMemory(d, s.headDim, s.sequence); }));
  return deal.used();
}

/** What each thread needs for the gradient. */
struct GradientMemory {
  PackedKeys keysTransposed, valuesTransposed, keys;
  float *queries, *dy, *p, *dz, *through, *scratch;
  GradientMemory(Dealer& deal, long headDim, long length) {
    const size_t size = PackedKeys::size(headDim, length);
    keysTransposed = {deal.take<float>(size), headDim, length};
    valuesTransposed = {deal.take<float>(size), headDim, length};
    keys = {deal.take<float>(size), headDim, length};
    queries = deal.take<float>(Float32::rightSize(headDim, queryBlock));
    dy = deal.take<float>(Float32::rightSize(headDim, queryBlock));
    p = deal.take<float>(queryBlock * scoreStride);
    dz = deal.take<float>(queryBlock * scoreStride);
    through = deal.take<float>(queryBlock);
    scratch = deal.take<float>(Float32::leftSize(blockRows, most(headDim, keyBlock)));
  }
};

/** In the order of Float32::product, so that where one key alone is seen the two cancel to nothing. */
static inline float dotInOrder(const float* a, const float* b, long n) {
  float sum = 0;
  for (long i = 0; i < n; i++) sum = multiplyAdd(a[i], b[i], sum);
  return sum;
}

/** One block of scores: p becomes the probabilities, dz the gradient of the scores before scaling. */
static void scoreGradients(const AttentionShape& s, const Visibility& seen, long at, long n, long keyStart, long keys,
                           const float* logSumExp, GradientMemory& m) {
  for (long i = 0; i < n; i++) {
    float* p = m.p + i * scoreStride;
    float* dz = m.dz + i * scoreStride;
    const long position = at + i;
    const long from = most(0, seen.first[position] - keyStart), to = most(from, least(keys, position + 1 - keyStart));
    const float offset = logSumExp[i], through = m.through[i], scale = s.scale;
#pragma omp simd
    for (long j = from; j < to; j++) {
      const float e = exponential(p[j] * scale - offset);
      p[j] = e;
      dz[j] = e * (dz[j] - through) * scale;
    }
    if (!seen.contiguous)
      for (long j = from; j < to; j++)
        if (seen.segments[keyStart + j] != seen.segments[position]) p[j] = dz[j] = 0;
    for (long j = 0; j < least(from, keys); j++) p[j] = dz[j] = 0;
    for (long j = to; j < keys; j++) p[j] = dz[j] = 0;
  }
}

// attentionGrad: q, k, v, segments, y, logSumExp, dy, dq, dk, dv; numbers as attention. All three outputs are there.
static void attentionGrad(const Call& call) {
  const AttentionShape s(call);
  Dealer deal(call.scratch);
  int* const first = deal.take<int>(s.batch * s.sequence);
  int* const contiguous = deal.take<int>(s.batch);
  const size_t each = perThread<GradientMemory>([&](Dealer& d) { GradientMemory(d, s.headDim, s.sequence); });
  char* const memory = deal.take<char>(each * call.pool->threads());
  findDocuments(call, call.ints(3), s.batch, s.sequence, first, contiguous);
  // One key head at a time is one thread's: its gradients are summed over queries in order.
  share(call, s.batch * s.kvHeads, [&](long part, int thread) {
    Dealer own(memory + thread * each);
    GradientMemory m(own, s.headDim, s.sequence);
    const long b = part / s.kvHeads, kv = part % s.kvHeads, d = s.headDim, kStride = s.keyWidth(), qStride = s.queryWidth();
    const Visibility seen = {call.ints(3) + b * s.sequence, first + b * s.sequence, contiguous[b] != 0};
    const size_t keysAt = b * s.sequence * kStride + kv * d;
    m.keysTransposed.packTransposed(call.floats(1) + keysAt, kStride);
    m.valuesTransposed.packTransposed(call.floats(2) + keysAt, kStride);
    m.keys.packPlain(call.floats(1) + keysAt, kStride);
    float* const dk = call.floats(8) + keysAt;
    float* const dv = call.floats(9) + keysAt;
    for (long i = 0; i < s.sequence; i++) {
      memset(dk + i * kStride, 0, d * 4);
      memset(dv + i * kStride, 0, d * 4);
    }
    for (long h = kv * s.group(); h < (kv + 1) * s.group(); h++)
      for (long at = 0; at < s.sequence; at += queryBlock) {
        const long n = least(queryBlock, s.sequence - at);
        const size_t queryAt = (b * s.sequence + at) * qStride + h * d;
        const float* q = call.floats(0) + queryAt;
        const float* y = call.floats(4) + queryAt;
        const float* dy = call.floats(6) + queryAt;
        float* dq = call.floats(7) + queryAt;
        long start = at;
        for (long i = 0; i < n; i++) {
          m.through[i] = dotInOrder(dy + i * qStride, y + i * qStride, d);
          start = least(start, seen.first[at + i]);
        }
        Float32::packRight(m.queries, d, n, rowMajor(q, qStride));
        Float32::packRight(m.dy, d, n, rowMajor(dy, qStride));
        const long firstBlock = start / keyBlock;
        for (long k = firstBlock; k * keyBlock < at + n; k++) {
          const long keyStart = k * keyBlock, whole = m.keys.blockLength(k), keys = least(whole, at + n - keyStart);
          productOf<Float32>(n, keys, d, rowMajor(q, qStride), m.keysTransposed.block(k), whole, d, m.p, scoreStride, false,
                           m.scratch);
          productOf<Float32>(n, keys, d, rowMajor(dy, qStride), m.valuesTransposed.block(k), whole, d, m.dz, scoreStride,
                           false, m.scratch);
          scoreGradients(s, seen, at, n, keyStart, keys, call.floats(5) + (b * s.heads + h) * s.sequence + at, m);
          productOf<Float32>(keys, d, n, Matrix{m.p, 1, scoreStride}, m.dy, d, n, dv + keyStart * kStride, kStride, true,
                           m.scratch);
          productOf<Float32>(keys, d, n, Matrix{m.dz, 1, scoreStride}, m.queries, d, n, dk + keyStart * kStride, kStride,
                           true, m.scratch);
          productOf<Float32>(n, d, keys, rowMajor(m.dz, scoreStride), m.keys.block(k), d, whole, dq, qStride,
                           k > firstBlock, m.scratch);
        }
      }
  });
}

static size_t attentionGradScratch(const Call& call) {
  const AttentionShape s(call);
  Dealer deal(nullptr);
  deal.take<int>(s.batch * s.sequence);
  deal.take<int>(s.batch);
  deal.take<char>(call.pool->threads() *
                  perThread<GradientMemory>([&](Dealer& d) { GradientMemory(d, s.headDim, s.sequence); }));
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
