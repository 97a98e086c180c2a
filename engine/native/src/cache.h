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

/** One query of one head over `length` keys. `scores` holds so many. */
static void attendOne(const float* q, const float* keys, const float* values, long stride, long length, long headDim,
                      float scale, float* scores, float* y) {
  float largest = -INFINITY;
  for (long j = 0; j < length; j++) {
    scores[j] = scale * dot(q, keys + j * stride, headDim);
    largest = scores[j] > largest ? scores[j] : largest;
  }
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < length; j++) {
    scores[j] = exponential(scores[j] - largest);
    sum += scores[j];
  }
  const float inverse = 1.f / sum;
  memset(y, 0, headDim * 4);
  for (long j = 0; j < length; j++) {
    const float p = scores[j] * inverse;
    const float* v = values + j * stride;
#pragma omp simd
    for (long i = 0; i < headDim; i++) y[i] += p * v[i];
  }
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
