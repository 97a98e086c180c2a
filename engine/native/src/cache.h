// Generation's operations: writing keys and values into a cache, and attention over it.
#pragma once
#include "attention.h"

namespace bllossom {
namespace ISA {

// cacheWrite: cache, x, rows, past; [batch, capacity, width, sequence]
static void cacheWrite(const Call& call) {
  const long batch = call.size(0), capacity = call.size(1), row = call.size(2), sequence = call.size(3);
  // In pieces, since the cache's memory may come from the system only now.
  const long piece = most(1, plainPiece / row), pieces = ceilDiv(sequence, piece);
  share(call, batch * pieces, [&](long part, int) {
    const long b = part / pieces, from = part % pieces * piece, some = least(piece, sequence - from);
    memcpy(call.floats(0) + (call.ints(2)[b] * capacity + call.ints(3)[b] + from) * row, call.floats(1) + (b * sequence + from) * row,
           some * row * 4);
  });
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

/** Heads that one thread answers for one query: their keys stand side by side, so that the cache is read row by row, as it lies. */
struct HeadRange {
  long from, to, group, headDim, stride;
  const float* of(const float* row, long head) const { return row + head / group * headDim; }
};

/** scores[h · length] = scale · q · key for C heads from h on. */
template <int C>
static inline void scoresOf(const HeadRange& r, long h, const float* q, const float* keys, float scale, long length, float* scores) {
  const long whole = r.headDim / width * width;
  const float *left[C], *right[C];
  Vector sums[C];
#pragma GCC unroll 4
  for (int c = 0; c < C; c++) left[c] = q + (h + c) * r.headDim, right[c] = r.of(keys, h + c), sums[c] = Vector{};
  for (long x = 0; x < whole; x += width)
#pragma GCC unroll 4
    for (int c = 0; c < C; c++)
      sums[c] += *reinterpret_cast<const LooseVector*>(left[c] + x) * *reinterpret_cast<const LooseVector*>(right[c] + x);
  float totals[C];
  if (C == 4)
    sumsOfFour(sums, totals);
  else
    totals[0] = sumOf(sums[0]);
  for (int c = 0; c < C; c++) {
    for (long x = whole; x < r.headDim; x++) totals[c] = multiplyAdd(left[c][x], right[c][x], totals[c]);
    scores[(h + c - r.from) * length] = scale * totals[c];
  }
}

/** Turns scores into what they weigh. */
static void softmax(float* scores, long length) {
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
}

/** y += Σ over R rows of weights[j] · values[j] for V vectors of a head. */
template <int R, int V>
static inline void addWeighted(const float* weights, const float* values, long stride, float* y) {
  Vector sums[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) sums[v] = *reinterpret_cast<const LooseVector*>(y + v * width);
#pragma GCC unroll 4
  for (int j = 0; j < R; j++) {
    const Vector weight = weights[j] - Vector{};
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sums[v] += weight * *reinterpret_cast<const LooseVector*>(values + j * stride + v * width);
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) *reinterpret_cast<LooseVector*>(y + v * width) = sums[v];
}

/** R rows of values for each head. */
template <int R>
static void addRows(const HeadRange& r, const float* weights, const float* values, long length, float* y) {
  for (long h = r.from; h < r.to; h++) {
    const float *own = weights + (h - r.from) * length, *from = r.of(values, h);
    float* const to = y + h * r.headDim;
    long x = 0;
    for (; x + 4 * width <= r.headDim; x += 4 * width) addWeighted<R, 4>(own, from + x, r.stride, to + x);
    for (; x + width <= r.headDim; x += width) addWeighted<R, 1>(own, from + x, r.stride, to + x);
    for (int j = 0; j < R; j++)
      for (long i = x; i < r.headDim; i++) to[i] = multiplyAdd(own[j], from[j * r.stride + i], to[i]);
  }
}

/** One query of some heads over `length` keys. `scores` holds so many for each head. */
static void attendOne(const HeadRange& r, const float* q, const float* keys, const float* values, long length, float scale,
                      float* scores, float* y) {
  for (long j = 0; j < length; j++) {
    long h = r.from;
    for (; h + 4 <= r.to; h += 4) scoresOf<4>(r, h, q, keys + j * r.stride, scale, length, scores + j);
    for (; h < r.to; h++) scoresOf<1>(r, h, q, keys + j * r.stride, scale, length, scores + j);
  }
  for (long h = r.from; h < r.to; h++) softmax(scores + (h - r.from) * length, length);
  memset(y + r.from * r.headDim, 0, (r.to - r.from) * r.headDim * 4);
  long j = 0;
  for (; j + 4 <= length; j += 4) addRows<4>(r, scores + j, values + j * r.stride, length, y);
  for (; j < length; j++) addRows<1>(r, scores + j, values + j * r.stride, length, y);
}

/** So many heads' scores at most fit into what a thread has for packed keys and values. */
static inline long mostHeads(long headDim) { return most(1, 2 * headDim); }

struct CachedShape : AttentionShape {
  long capacity;
  explicit CachedShape(const Call& call) : AttentionShape(call), capacity(call.size(6)) {}
};

// cachedAttention: q, keys, values, rows, past, y; [batch, sequence, heads, kvHeads, headDim, scale, capacity]
static void cachedAttention(const Call& call) {
  const CachedShape s(call);
  const size_t each = perThread<AttentionMemory>([&](Dealer& d) { AttentionMemory(d, s.headDim, s.capacity); });
  const long units = s.batch * s.kvHeads, row = s.capacity * s.keyWidth();
  const float *const keys = call.floats(1), *const values = call.floats(2);
  if (s.sequence <= fewQueries) {
    // As many heads together as leave each thread some; what a head answers does not depend on those beside it.
    const long threads = ceilDiv(call.pool->threads(), s.batch);
    const long heads = least(s.group() * ceilDiv(s.kvHeads, threads), mostHeads(s.headDim)), parts = ceilDiv(s.heads, heads);
    share(call, s.batch * parts, [&](long part, int thread) {
      const long b = part / parts, from = part % parts * heads, at = call.ints(3)[b] * row;
      const HeadRange range{from, least(s.heads, from + heads), s.group(), s.headDim, s.keyWidth()};
      for (long i = 0; i < s.sequence; i++) {
        const size_t query = (b * s.sequence + i) * s.queryWidth();
        attendOne(range, call.floats(0) + query, keys + at, values + at, call.ints(4)[b] + i + 1, s.scale,
                  reinterpret_cast<float*>(call.scratch + thread * each), call.floats(5) + query);
      }
    });
    return;
  }
  const long blocks = ceilDiv(s.sequence, queryBlock), parts = queryParts(call, units, blocks);
  share(call, units * parts, [&](long part, int thread) {
    Dealer own(call.scratch + thread * each);
    AttentionMemory m(own, s.headDim, s.capacity);
    const long b = part / parts / s.kvHeads, kv = part / parts % s.kvHeads, past = call.ints(4)[b];
    const long keysAt = call.ints(3)[b] * row + kv * s.headDim;
    m.keys.length = m.values.length = past + s.sequence;
    m.keys.packTransposed(keys + keysAt, s.keyWidth());
    m.values.packPlain(values + keysAt, s.keyWidth());
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
