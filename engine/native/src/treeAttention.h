// Attention where each position sees its ancestors in a tree of tokens: as attention.h, but blocks of keys that no query of a block
// sees are passed over, so that many sequences in one row cost no more than apart.
#pragma once
#include "attention.h"

namespace bllossom {
namespace ISA {

/** Keys of a block: few, since branches are short and a block is passed over as a whole. */
constexpr long treeBlock = 64;

using TreeKeys = KeyBlocks<treeBlock>;

/** One row of the batch: ends[j]: where j's descendants end; blockEnds: the largest of them by block of keys. */
struct Tree {
  const int* ends;
  const int* blockEnds;
};

/** Between rows of scores: no multiple of a large power of two. */
static inline long treeStride(long length) { return roundUp(length, treeBlock) + 16; }

/**
 * As attendBlock. Scores of the blocks that any query sees stand one behind the other; `seen` has room for all blocks of the row. A
 * query's sums go over the blocks it sees itself in order, whatever else stands in the row.
 */
static void attendTreeBlock(const QueryBlock& block, const Tree& tree, const TreeKeys& keys, const TreeKeys& values, float scale,
                            float* scores, int* seen, float* scratch) {
  const long d = keys.headDim, end = block.at + block.n, stride = treeStride(keys.length);
  long count = 0;
  for (long k = 0; k * treeBlock < end; k++)
    if (tree.blockEnds[k] > block.at) seen[count++] = static_cast<int>(k);
  for (long c = 0; c < count; c++) {
    const long k = seen[c], whole = keys.blockLength(k);
    productOf<Float32>(block.n, least(whole, end - k * treeBlock), d, rowMajor(block.q, block.qStride), keys.block(k), whole, d,
                     scores + c * treeBlock, stride, false, scratch);
  }
  for (long i = 0; i < block.n; i++) {
    float* const all = scores + i * stride;
    const int position = static_cast<int>(block.at + i);
    float largest = -INFINITY;
    for (long c = 0; c < count; c++) {
      if (tree.blockEnds[seen[c]] <= position) continue;
      const long start = seen[c] * treeBlock, to = least(treeBlock, position + 1 - start);
      const float* const row = all + c * treeBlock;
      const int* const ends = tree.ends + start;
#pragma omp simd reduction(max : largest)
      for (long j = 0; j < to; j++) {
        const float z = ends[j] > position ? row[j] : -INFINITY;
        largest = z > largest ? z : largest;
      }
    }
    const float offset = largest * scale;
    float sum = 0;
    for (long c = 0; c < count; c++) {
      const long start = seen[c] * treeBlock, length = least(keys.blockLength(seen[c]), end - start);
      const long to = tree.blockEnds[seen[c]] <= position ? 0 : most(0, least(length, position + 1 - start));
      float* const row = all + c * treeBlock;
      const int* const ends = tree.ends + start;
#pragma omp simd reduction(+ : sum)
      for (long j = 0; j < to; j++) {
        const float e = exponential(row[j] * scale - offset);
        row[j] = ends[j] > position ? e : 0.f;
        sum += row[j];
      }
      for (long j = to; j < length; j++) row[j] = 0;
    }
    const float inverse = 1.f / sum;
    for (long j = 0; j < count * treeBlock; j++) all[j] *= inverse;
  }
  for (long c = 0; c < count; c++) {
    const long k = seen[c], whole = values.blockLength(k);
    productOf<Float32>(block.n, d, least(whole, end - k * treeBlock), rowMajor(scores + c * treeBlock, stride), values.block(k), d,
                     whole, block.y, block.yStride, c > 0, scratch);
  }
}

/** What each thread needs for attendTreeBlock. */
struct TreeMemory {
  TreeKeys keys, values;
  float* scores;
  float* scratch;
  int* seen;
  TreeMemory(Dealer& deal, long headDim, long length) {
    const size_t size = TreeKeys::size(headDim, length);
    keys = {deal.take<float>(size), headDim, length};
    values = {deal.take<float>(size), headDim, length};
    scores = deal.take<float>(queryBlock * treeStride(length));
    scratch = deal.take<float>(Float32::leftSize(blockRows, most(headDim, treeBlock)));
    seen = deal.take<int>(ceilDiv(length, treeBlock));
  }
};

// treeAttention: q, k, v, ends, y; [batch, sequence, heads, kvHeads, headDim, scale]
static void treeAttention(const Call& call) {
  const AttentionShape s(call);
  const long keyBlocks = ceilDiv(s.sequence, treeBlock);
  Dealer deal(call.scratch);
  int* const blockEnds = deal.take<int>(s.batch * keyBlocks);
  const size_t each = perThread<TreeMemory>([&](Dealer& d) { TreeMemory(d, s.headDim, s.sequence); });
  char* const memory = deal.take<char>(each * call.pool->threads());
  for (long b = 0; b < s.batch; b++)
    for (long k = 0; k < keyBlocks; k++) {
      int furthest = 0;
      for (long j = k * treeBlock; j < least(s.sequence, (k + 1) * treeBlock); j++) {
        const int end = call.ints(3)[b * s.sequence + j];
        furthest = end > furthest ? end : furthest;
      }
      blockEnds[b * keyBlocks + k] = furthest;
    }
  const long units = s.batch * s.kvHeads, blocks = ceilDiv(s.sequence, queryBlock), parts = queryParts(call, units, blocks);
  share(call, units * parts, [&](long part, int thread) {
    Dealer own(memory + thread * each);
    TreeMemory m(own, s.headDim, s.sequence);
    const long b = part / parts / s.kvHeads, kv = part / parts % s.kvHeads;
    const Tree tree = {call.ints(3) + b * s.sequence, blockEnds + b * keyBlocks};
    const size_t keysAt = b * s.sequence * s.keyWidth() + kv * s.headDim;
    m.keys.packTransposed(call.floats(1) + keysAt, s.keyWidth());
    m.values.packPlain(call.floats(2) + keysAt, s.keyWidth());
    for (long h = kv * s.group(); h < (kv + 1) * s.group(); h++)
      for (long block = part % parts; block < blocks; block += parts) {
        const long at = block * queryBlock;
        const size_t queryAt = (b * s.sequence + at) * s.queryWidth() + h * s.headDim;
        attendTreeBlock({call.floats(0) + queryAt, s.queryWidth(), call.floats(4) + queryAt, s.queryWidth(), nullptr, at,
                         least(queryBlock, s.sequence - at), nullptr},
                        tree, m.keys, m.values, s.scale, m.scores, m.seen, m.scratch);
      }
  });
}

static size_t treeAttentionScratch(const Call& call) {
  const AttentionShape s(call);
  Dealer deal(nullptr);
  deal.take<int>(s.batch * ceilDiv(s.sequence, treeBlock));
  deal.take<char>(call.pool->threads() * perThread<TreeMemory>([&](Dealer& d) { TreeMemory(d, s.headDim, s.sequence); }));
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
