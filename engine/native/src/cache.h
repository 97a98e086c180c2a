// Generation's operations: writing keys and values into a cache, and attention over it.
#pragma once
#include "attention.h"

namespace bllossom {
namespace ISA {

// cacheWrite: cache, x, rows, past; [batch, capacity, width, sequence]
static void cacheWrite(const Call& call) {
  const long batch = call.size(0), capacity = call.size(1), row = call.size(2), sequence = call.size(3);
  for (long b = 0; b < batch; b++)
    memcpy(call.floats(0) + (call.ints(2)[b] * capacity + call.ints(3)[b]) * row, call.floats(1) + b * sequence * row,
           sequence * row * 4);
}

// cacheCopy: cache, from, to; [elements of a row, copies]
static void cacheCopy(const Call& call) {
  const long row = call.size(0);
  const float* const from = call.floats(0) + call.ints(1)[0] * row;
  for (long n = 0; n < call.size(1); n++)
    if (call.ints(2)[n] != call.ints(1)[0]) memcpy(call.floats(0) + call.ints(2)[n] * row, from, row * 4);
}

/** So many queries at most are answered one by one, from keys as they stand. */
constexpr long fewQueries = 4;

/** scale · q · key for C keys from `keys` on. */
template <int C>
static inline void scoresOf(const float* q, const float* keys, long stride, long headDim, float scale, float* scores) {
  const long whole = headDim / width * width;
  Vector sums[C];
#pragma GCC unroll 4
  for (int c = 0; c < C; c++) sums[c] = Vector{};
  for (long x = 0; x < whole; x += width) {
    const Vector left = *reinterpret_cast<const LooseVector*>(q + x);
#pragma GCC unroll 4
    for (int c = 0; c < C; c++) sums[c] += left * *reinterpret_cast<const LooseVector*>(keys + c * stride + x);
  }
  if (C == 4)
    sumsOfFour(sums, scores);
  else
    scores[0] = sumOf(sums[0]);
  for (int c = 0; c < C; c++) {
    for (long x = whole; x < headDim; x++) scores[c] += q[x] * keys[c * stride + x];
    scores[c] *= scale;
  }
}

/** y = Σ over j of weights[j] · values[j] for V vectors of a head. */
template <int V>
static inline void weighted(const float* weights, const float* values, long stride, long length, float* y) {
  Vector sums[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) sums[v] = Vector{};
  for (long j = 0; j < length; j++, values += stride) {
    const Vector weight = weights[j] - Vector{};
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sums[v] += weight * *reinterpret_cast<const LooseVector*>(values + v * width);
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) *reinterpret_cast<LooseVector*>(y + v * width) = sums[v];
}

/** One query of one head over `length` keys. `scores` holds so many. */
static void attendOne(const float* q, const float* keys, const float* values, long stride, long length, long headDim,
                      float scale, float* scores, float* y) {
  long j = 0;
  for (; j + 4 <= length; j += 4) scoresOf<4>(q, keys + j * stride, stride, headDim, scale, scores + j);
  for (; j < length; j++) scoresOf<1>(q, keys + j * stride, stride, headDim, scale, scores + j);
  float largest = scores[0];
#pragma omp simd reduction(max : largest)
  for (long i = 0; i < length; i++) largest = scores[i] > largest ? scores[i] : largest;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long i = 0; i < length; i++) {
    scores[i] = exponential(scores[i] - largest);
    sum += scores[i];
  }
  const float inverse = 1.f / sum;
  for (long i = 0; i < length; i++) scores[i] *= inverse;
  long x = 0;
  for (; x + 4 * width <= headDim; x += 4 * width) weighted<4>(scores, values + x, stride, length, y + x);
  for (; x + width <= headDim; x += width) weighted<1>(scores, values + x, stride, length, y + x);
  if (x == headDim) return;
  memset(y + x, 0, (headDim - x) * 4);
  for (long i = 0; i < length; i++)
    for (long r = x; r < headDim; r++) y[r] += scores[i] * values[i * stride + r];
}

struct CachedShape : AttentionShape {
  long capacity;
  explicit CachedShape(const Call& call) : AttentionShape(call), capacity(call.size(6)) {}
};

// cachedAttention: q, keys, values, rows, past, y; [batch, sequence, heads, kvHeads, headDim, scale, capacity]
static void cachedAttention(const Call& call) {
  const CachedShape s(call);
  const size_t each = perThread<AttentionMemory>([&](Dealer& d) { AttentionMemory(d, s.headDim, s.capacity); });
  const long units = s.batch * s.kvHeads;
  const auto keysOf = [&](long b, long kv) { return (call.ints(3)[b] * s.capacity * s.kvHeads + kv) * s.headDim; };
  if (s.sequence <= fewQueries) {
    share(call, s.batch * s.heads, [&](long part, int thread) {
      const long b = part / s.heads, h = part % s.heads, kv = h / s.group(), keysAt = keysOf(b, kv);
      for (long i = 0; i < s.sequence; i++) {
        const size_t at = (b * s.sequence + i) * s.queryWidth() + h * s.headDim;
        attendOne(call.floats(0) + at, call.floats(1) + keysAt, call.floats(2) + keysAt, s.keyWidth(), call.ints(4)[b] + i + 1,
                  s.headDim, s.scale, reinterpret_cast<float*>(call.scratch + thread * each), call.floats(5) + at);
      }
    });
    return;
  }
  const long blocks = ceilDiv(s.sequence, queryBlock), parts = queryParts(call, units, blocks);
  share(call, units * parts, [&](long part, int thread) {
    Dealer own(call.scratch + thread * each);
    AttentionMemory m(own, s.headDim, s.capacity);
    const long b = part / parts / s.kvHeads, kv = part / parts % s.kvHeads, past = call.ints(4)[b], keysAt = keysOf(b, kv);
    m.keys.length = m.values.length = past + s.sequence;
    m.keys.packTransposed(call.floats(1) + keysAt, s.keyWidth());
    m.values.packPlain(call.floats(2) + keysAt, s.keyWidth());
    for (long h = kv * s.group(); h < (kv + 1) * s.group(); h++)
      for (long block = part % parts; block < blocks; block += parts) {
        const long i = block * queryBlock;
        const size_t at = (b * s.sequence + i) * s.queryWidth() + h * s.headDim;
        attendBlock({call.floats(0) + at, s.queryWidth(), call.floats(5) + at, s.queryWidth(), nullptr, past + i,
                     least(queryBlock, s.sequence - i), nullptr},
                    m.keys, m.values, s.scale, m.scores, m.scratch);
      }
  });
}

static size_t cachedAttentionScratch(const Call& call) {
  const CachedShape s(call);
  return call.pool->threads() *
         perThread<AttentionMemory>([&](Dealer& d) { AttentionMemory(d, s.headDim, s.capacity); });
}

}  // namespace ISA
}  // namespace bllossom
