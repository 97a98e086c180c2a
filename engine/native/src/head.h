// The language-model head with its loss and gradients. [tokens, vocabulary] is never stored: tokens go through in chunks of at
// most 64 MB of scores, and the vocabulary in blocks that stay in cache. Tokens without a target are left out from the start.
#pragma once
#include "matmul.h"

namespace bllossom {
namespace ISA {

/** Parts of the vocabulary whose share of the hidden states' gradient is summed apart, by one thread each. */
constexpr long headGroups = 16;
/** Rows of a block of scores that are worked on while they are in cache. */
constexpr long headRows = 64;
constexpr long headGradientRows = 256;
/** Columns of a block. */
constexpr long headColumns = 240;

struct HeadShape {
  long tokens, width, vocabulary;
  /** Of the weight. */
  Format format;
  /** Targets of a row. */
  long each;
  long groupSize, blockSize, blocksPerGroup, groups, chunk;

  HeadShape(long tokens_, long width_, long vocabulary_, Format format_, bool gradients, long each_ = 1)
      : tokens(tokens_), width(width_), vocabulary(vocabulary_), format(format_), each(each_) {
    groupSize = roundUp(ceilDiv(vocabulary, headGroups), panelWidth);
    blockSize = roundUp(ceilDiv(groupSize, ceilDiv(groupSize, headColumns)), panelWidth);
    blocksPerGroup = ceilDiv(groupSize, blockSize);
    groups = ceilDiv(vocabulary, groupSize);
    const long fitting = most(headRows, (16l << 20) / vocabulary / headRows * headRows);
    chunk = least(tokens, gradients ? fitting : 512);
  }
  long blocks() const { return groups * blocksPerGroup; }
  long blockStart(long block) const { return block / blocksPerGroup * groupSize + block % blocksPerGroup * blockSize; }
  /** May be nothing: the last blocks of a group. */
  long blockColumns(long block) const {
    const long start = blockStart(block), end = least(vocabulary, (block / blocksPerGroup + 1) * groupSize);
    return most(0, least(blockSize, end - start));
  }
};

/** Memory of a pass over the head. What `gradients` does not need is left out. */
template <class P>
struct HeadMemory {
  typedef typename P::Packed Packed;
  /** Rows in use: which token, and its hidden state, targets and weight. */
  long* rows;
  float *hidden, *weights;
  int* targets;
  /** By block and row of the chunk: the largest score and the sum of exp beyond it; later, what a score's exp is multiplied by. */
  float *largest, *sums;
  /** By row: the targets' scores, and log Σ exp. */
  float *targetScore, *logSumExp;
  /** exp(score - largest) of the chunk: block by block, [chunk, columns of the block]. */
  float* scores;
  /** Hidden states of the chunk as right sides, headGradientRows at a time. */
  Packed* packedHidden;
  /** By group: its share of the gradient of the chunk's hidden states. */
  float* shares;
  struct Thread {
    Packed *weight, *left;
    float *scores, *widened;
  };
  char* threads;
  size_t threadSize;

  HeadMemory(Dealer& deal, const HeadShape& s, int threadCount, bool gradients) : slab(slabDepth<P>(s.width)) {
    rows = deal.take<long>(s.tokens);
    hidden = deal.take<float>(s.tokens * s.width);
    weights = deal.take<float>(s.tokens);
    targets = deal.take<int>(s.tokens * s.each);
    largest = deal.take<float>(s.blocks() * s.chunk);
    sums = deal.take<float>(s.blocks() * s.chunk);
    targetScore = deal.take<float>(s.chunk * s.each);
    logSumExp = deal.take<float>(s.chunk);
    scores = gradients ? deal.take<float>(s.chunk * s.vocabulary) : nullptr;
    packedHidden = gradients ? deal.take<Packed>(hiddenBlock(s) * ceilDiv(s.chunk, headGradientRows)) : nullptr;
    shares = gradients ? deal.take<float>(s.groups * s.chunk * s.width) : nullptr;
    Dealer one(nullptr);
    thread(one, s, gradients);
    threadSize = roundUp(one.used(), 64);
    threads = deal.take<char>(threadSize * threadCount);
  }
  static size_t hiddenBlock(const HeadShape& s) { return P::rightSize(s.width, headGradientRows); }
  Thread thread(Dealer& deal, const HeadShape& s, bool gradients) const {
    Thread t;
    t.weight = deal.take<Packed>(
        mostSize(P::rightSize(s.blockSize, slab) * ceilDiv(s.width, slab), P::rightSize(s.width, s.blockSize)));
    t.left = deal.take<Packed>(P::leftSize(blockRows, most(slab, most(s.blockSize, headGradientRows))));
    t.scores = deal.take<float>((gradients ? headGradientRows : headRows) * s.blockSize);
    t.widened = deal.take<float>(Right::scratchSize(s.format, most(slab, s.blockSize)));
    return t;
  }
  static size_t mostSize(size_t a, size_t b) { return a > b ? a : b; }
  const long slab;
};

/** One pass over the head of one operation. */
template <class P>
class Head {
 public:
  Head(const Call& call, const HeadShape& shape, bool gradients)
      : call_(call), s_(shape), gradients_(gradients), deal_(call.scratch), m_(deal_, s_, call.pool->threads(), gradients) {}

  size_t used() const { return deal_.used(); }
  const HeadMemory<P>& memory() const { return m_; }

  /** Takes the tokens with a target in. Answers with their number. */
  long gather(const float* hidden, const int* targets, const float* weights) {
    long n = 0;
    for (long t = 0; t < s_.tokens; t++) {
      if (targets[t] < 0) continue;
      m_.rows[n] = t;
      m_.targets[n] = targets[t];
      m_.weights[n] = weights[t];
      n++;
    }
    gatherRows(n, hidden);
    return n;
  }
  /** Takes these tokens in, with `each` targets. */
  void take(const float* hidden, const int* at, const int* targets) {
    for (long n = 0; n < s_.tokens; n++) m_.rows[n] = at[n];
    memcpy(m_.targets, targets, s_.tokens * s_.each * sizeof(int));
    gatherRows(s_.tokens, hidden);
  }
  void gatherRows(long n, const float* hidden) {
    sharePieces(call_, n, 64, [&](long from, long to) {
      for (long r = from; r < to; r++) memcpy(m_.hidden + r * s_.width, hidden + m_.rows[r] * s_.width, s_.width * 4);
    });
  }

  /** Scores of rows [from, from + n), n at most a chunk: leaves targetScore and logSumExp, and the exps where gradients are wanted. */
  void score(long from, long n, const void* weight) {
    share(call_, s_.blocks(), [&](long block, int thread) {
      const long start = s_.blockStart(block), columns = s_.blockColumns(block), slab = m_.slab;
      float* const largest = m_.largest + block * s_.chunk;
      float* const sums = m_.sums + block * s_.chunk;
      if (columns == 0) {
        for (long i = 0; i < n; i++) largest[i] = -INFINITY, sums[i] = 0;
        return;
      }
      Dealer own(m_.threads + thread * m_.threadSize);
      const typename HeadMemory<P>::Thread t = m_.thread(own, s_, gradients_);
      const Right right = Right::of({weight, s_.format, s_.vocabulary, s_.width}, true);
      const size_t slabSize = P::rightSize(columns, slab);
      for (long k0 = 0; k0 < s_.width; k0 += slab)
        right.pack<P>(t.weight + k0 / slab * slabSize, columns, least(slab, s_.width - k0), k0, start, t.widened);
      for (long i0 = 0; i0 < n; i0 += headRows) {
        const long rows = least(headRows, n - i0);
        float* const scores = t.scores;
        float* const kept = gradients_ ? m_.scores + s_.chunk * start + i0 * columns : nullptr;
        for (long k0 = 0; k0 < s_.width; k0 += slab) {
          const long deep = least(slab, s_.width - k0);
          productOf<P>(rows, columns, deep, rowMajor(m_.hidden + (from + i0) * s_.width + k0, s_.width),
                     t.weight + k0 / slab * slabSize, columns, deep, scores, columns, k0 > 0, t.left);
        }
        for (long i = 0; i < rows; i++) {
          float* const row = scores + i * columns;
          for (long t = 0; t < s_.each; t++) {
            const long target = m_.targets[(from + i0 + i) * s_.each + t] - start;
            if (target >= 0 && target < columns) m_.targetScore[(i0 + i) * s_.each + t] = row[target];
          }
          exponentials(row, kept ? kept + i * columns : row, columns, largest[i0 + i], sums[i0 + i]);
        }
      }
    });
    sharePieces(call_, n, 16, [&](long first, long to) {
      for (long i = first; i < to; i++) combine(i);
    });
  }

  /** Gradients of the rows that `score` has seen last. dweight may be null; `first`: it has not been written to yet. */
  void backward(long from, long n, const void* weight, float* dhidden, float* dweight, bool first) {
    const long width_ = s_.width;
    const size_t hiddenBlock = HeadMemory<P>::hiddenBlock(s_);
    if (dweight)
      share(call_, ceilDiv(n, headGradientRows), [&](long block, int) {
        const long i0 = block * headGradientRows;
        P::packRight(m_.packedHidden + block * hiddenBlock, width_, least(headGradientRows, n - i0),
                     rowMajor(m_.hidden + (from + i0) * width_, width_));
      });
    share(call_, s_.groups, [&](long group, int thread) {
      Dealer own(m_.threads + thread * m_.threadSize);
      const typename HeadMemory<P>::Thread t = m_.thread(own, s_, true);
      float* const share_ = m_.shares + group * s_.chunk * width_;
      for (long block = group * s_.blocksPerGroup; block < (group + 1) * s_.blocksPerGroup; block++) {
        const long start = s_.blockStart(block), columns = s_.blockColumns(block);
        if (columns == 0) break;
        Right::of({weight, s_.format, s_.vocabulary, width_}, false).pack<P>(t.weight, width_, columns, start, 0, t.widened);
        for (long i0 = 0; i0 < n; i0 += headGradientRows) {
          const long rows = least(headGradientRows, n - i0);
          const float* const kept = m_.scores + s_.chunk * start + i0 * columns;
          float* const scores = t.scores;
          for (long i = 0; i < rows; i++) {
            float* const row = scores + i * columns;
            const float factor = m_.sums[block * s_.chunk + i0 + i];
#pragma omp simd
            for (long j = 0; j < columns; j++) row[j] = kept[i * columns + j] * factor;
            const long target = m_.targets[from + i0 + i] - start;
            if (target >= 0 && target < columns) row[target] -= m_.weights[from + i0 + i];
          }
          productOf<P>(rows, width_, columns, rowMajor(scores, columns), t.weight, width_, columns, share_ + i0 * width_, width_,
                     block != group * s_.blocksPerGroup, t.left);
          if (dweight)
            productOf<P>(columns, width_, rows, Matrix{scores, 1, columns},
                       m_.packedHidden + i0 / headGradientRows * hiddenBlock, width_, rows, dweight + start * width_, width_,
                       !first || i0 > 0, t.left);
        }
      }
    });
    if (!dhidden) return;
    sharePieces(call_, n, 16, [&](long begin, long to) {
      for (long i = begin; i < to; i++) {
        float* const out = dhidden + m_.rows[from + i] * width_;
        memcpy(out, m_.shares + i * width_, width_ * 4);
        for (long g = 1; g < s_.groups; g++) {
          const float* in = m_.shares + (g * s_.chunk + i) * width_;
#pragma omp simd
          for (long j = 0; j < width_; j++) out[j] += in[j];
        }
      }
    });
  }

 private:
  /** out = exp(row - largest), largest and sum of it. `out` is written past the cache where it can be: it is read much later. */
  static void exponentials(float* row, float* out, long n, float& largest, float& sum) {
    float top = row[0], total = 0;
#pragma omp simd reduction(max : top)
    for (long j = 0; j < n; j++) top = row[j] > top ? row[j] : top;
#pragma omp simd reduction(+ : total)
    for (long j = 0; j < n; j++) {
      row[j] = exponential(row[j] - top);
      total += row[j];
    }
    if (out != row) writeThrough(out, row, n);
    largest = top;
    sum = total;
  }

  /** log Σ exp of a row from its blocks; then each block's factor, weight · exp(largest - logSumExp), in place of its sum. */
  void combine(long i) const {
    const long blocks = s_.blocks(), chunk = s_.chunk;
    float top = m_.largest[i];
    for (long b = 1; b < blocks; b++) top = m_.largest[b * chunk + i] > top ? m_.largest[b * chunk + i] : top;
    double total = 0;
    for (long b = 0; b < blocks; b++)
      if (m_.sums[b * chunk + i] != 0) total += m_.sums[b * chunk + i] * exp(static_cast<double>(m_.largest[b * chunk + i] - top));
    m_.logSumExp[i] = top + static_cast<float>(log(total));
  }

 public:
  /** Turns the sums of blocks into factors, for `backward`. */
  void weigh(long from, long n) const {
    sharePieces(call_, n, 16, [&](long first, long to) {
      for (long b = 0; b < s_.blocks(); b++)
        for (long i = first; i < to; i++) {
          const long at = b * s_.chunk + i;
          m_.sums[at] = m_.weights[from + i] * exponential(m_.largest[at] - m_.logSumExp[i]);
        }
    });
  }

 private:
  const Call& call_;
  const HeadShape s_;
  const bool gradients_;
  Dealer deal_;
  HeadMemory<P> m_;
};

// headCrossEntropy: hidden, weight, targets, weights, classes, loss, sums, counts, dhidden, dweight;
// [tokens, width, vocabulary, classes, add, gradients, format of weight]: where `add`, dweight is added to; where not `gradients`, dhidden and
// dweight are absent, else either may be.
template <class P>
static void headCrossEntropyWith(const Call& call) {
  float *dhidden = call.floats(8), *dweight = call.floats(9);
  const bool gradients = call.size(5) != 0;
  const HeadShape shape(call.size(0), call.size(1), call.size(2), formatOf(call, 6), gradients);
  const long classCount = call.size(3);
  Head<P> head(call, shape, gradients);
  const HeadMemory<P>& m = head.memory();
  const long n = head.gather(call.floats(0), call.ints(2), call.floats(3));
  if (dhidden && n < shape.tokens) memset(dhidden, 0, shape.tokens * shape.width * 4);
  if (dweight && n == 0 && call.size(4) == 0) memset(dweight, 0, shape.vocabulary * shape.width * 4);
  double loss = 0;
  float *sums = call.floats(6), *counts = call.floats(7);
  double* const classSums = Dealer(call.scratch + head.used()).template take<double>(classCount);
  for (long c = 0; c < classCount; c++) classSums[c] = 0;
  if (counts)
    for (long c = 0; c < classCount; c++) counts[c] = 0;
  const long chunk = n == 0 ? 1 : least(shape.chunk, roundUp(ceilDiv(n, ceilDiv(n, shape.chunk)), headRows));
  for (long from = 0; from < n; from += chunk) {
    const long rows = least(chunk, n - from);
    head.score(from, rows, call.operands[1]);
    for (long i = 0; i < rows; i++) {
      const double one = static_cast<double>(m.logSumExp[i]) - m.targetScore[i];
      const int c = call.ints(4)[m.rows[from + i]];
      loss += m.weights[from + i] * one;
      classSums[c] += one;
      if (counts) counts[c] += 1;
    }
    if (!gradients) continue;
    head.weigh(from, rows);
    head.backward(from, rows, call.operands[1], dhidden, dweight, from == 0 && call.size(4) == 0);
  }
  if (call.floats(5)) call.floats(5)[0] = static_cast<float>(loss);
  if (sums)
    for (long c = 0; c < classCount; c++) sums[c] = static_cast<float>(classSums[c]);
}

static void headCrossEntropy(const Call& call) {
  withProducts(call.bfloat16, [&](auto products) { headCrossEntropyWith<decltype(products)>(call); });
}

static size_t headCrossEntropyScratch(const Call& call) {
  const bool gradients = call.size(5) != 0;
  Dealer deal(nullptr);
  withProducts(call.bfloat16, [&](auto products) {
    const HeadShape shape(call.size(0), call.size(1), call.size(2), formatOf(call, 6), gradients);
    HeadMemory<decltype(products)>(deal, shape, call.pool->threads(), gradients);
  });
  deal.take<double>(call.size(3));
  return deal.used();
}

// headLogProbabilities: hidden, weight, at, targets, y; [places, width, vocabulary, format of weight, targets of a place]
static void headLogProbabilities(const Call& call) {
  withProducts(call.bfloat16, [&](auto products) {
    const HeadShape shape(call.size(0), call.size(1), call.size(2), formatOf(call, 3), false, call.size(4));
    Head<decltype(products)> head(call, shape, false);
    const auto& m = head.memory();
    const int* const targets = call.ints(3);
    float* const y = call.floats(4);
    head.take(call.floats(0), call.ints(2), targets);
    for (long from = 0; from < shape.tokens; from += shape.chunk) {
      const long rows = least(shape.chunk, shape.tokens - from);
      head.score(from, rows, call.operands[1]);
      for (long i = 0; i < rows; i++)
        for (long t = 0; t < shape.each; t++) {
          const long at = (from + i) * shape.each + t;
          y[at] = targets[at] < 0 ? 0.f : m.targetScore[i * shape.each + t] - m.logSumExp[i];
        }
    }
  });
}

static size_t headLogProbabilitiesScratch(const Call& call) {
  Dealer deal(nullptr);
  withProducts(call.bfloat16, [&](auto products) {
    const HeadShape shape(call.size(0), call.size(1), call.size(2), formatOf(call, 3), false, call.size(4));
    HeadMemory<decltype(products)>(deal, shape, call.pool->threads(), false);
  });
  return deal.used();
}

// headLogits: hidden, weight, at, y; [batch, sequence, width, vocabulary, format of weight]
static void headLogits(const Call& call) {
  const long batch = call.size(0), sequence = call.size(1), width_ = call.size(2), vocabulary = call.size(3);
  Dealer deal(call.scratch);
  float* const rows = deal.take<float>(batch * width_);
  for (long b = 0; b < batch; b++)
    memcpy(rows + b * width_, call.floats(0) + (b * sequence + call.ints(2)[b]) * width_, width_ * 4);
  const Weights weight{call.operands[1], formatOf(call, 4), vocabulary, width_};
  if (batch <= fewRows)
    return multiplyFewRows(call, batch, vocabulary, width_, roundedRows(call, deal, batch, width_, rows), weight,
                           call.floats(3), false);
  withProducts(call.bfloat16, [&](auto products) {
    multiply<decltype(products)>(call, deal, batch, vocabulary, width_, rowMajor(rows, width_), Right::of(weight, true),
                                 call.floats(3), false);
  });
}

static size_t headLogitsScratch(const Call& call) {
  const long batch = call.size(0), width_ = call.size(2);
  Dealer deal(nullptr);
  deal.take<float>(batch * width_);
  if (batch <= fewRows) {
    roundedRows(call, deal, batch, width_, nullptr);
    return deal.used();
  }
  withProducts(call.bfloat16, [&](auto products) {
    const Right right = Right::of({nullptr, formatOf(call, 4), call.size(3), width_}, true);
    multiply<decltype(products)>(call, deal, batch, call.size(3), width_, Matrix{}, right, nullptr, false);
  });
  return deal.used();
}

}  // namespace ISA
}  // namespace bllossom
