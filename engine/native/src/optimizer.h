// Sums of gradients, their norm, and AdamW.
#pragma once
#include "share.h"

namespace bllossom {
namespace ISA {

// accumulate: sum, x; [n]
static void accumulate(const Call& call) {
  float* sum = call.floats(0);
  const float* x = call.floats(1);
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) sum[i] += x[i];
  });
}

// clear: x; [n]
static void clear(const Call& call) {
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) { memset(call.floats(0) + from, 0, (to - from) * 4); });
}

// sumOfSquares: x…, y; [n…], one for each x
static void sumOfSquares(const Call& call) {
  const int inputs = call.operandCount - 1;
  double total = 0;
  double* const sums = reinterpret_cast<double*>(call.scratch);
  for (int input = 0; input < inputs; input++) {
    const float* x = call.floats(input);
    const long n = call.size(input);
    sharePieces(call, n, plainPiece, [&](long from, long to) {
      double sum = 0;
      // Small pieces in single precision, which is fast, summed in double precision, which is exact enough.
      for (long start = from; start < to; start += 1024) sum += dot(x + start, x + start, least(1024, to - start));
      sums[from / plainPiece] = sum;
    });
    for (long i = 0; i < ceilDiv(n, plainPiece); i++) total += sums[i];
  }
  call.floats(inputs)[0] = static_cast<float>(total);
}

static size_t sumOfSquaresScratch(const Call& call) {
  long longest = 0;
  for (int i = 0; i < call.numberCount; i++) longest = most(longest, call.size(i));
  return ceilDiv(longest, plainPiece) * sizeof(double);
}

// clipFactor: sumOfSquares, y; [maxNorm]
static void clipFactor(const Call& call) {
  const double most_ = call.numbers[0], factor = most_ / (sqrt(static_cast<double>(call.floats(0)[0])) + 1e-6);
  call.floats(1)[0] = most_ == 0 || factor > 1 ? 1.f : static_cast<float>(factor);
}

// adamw: w, m, v, gradient, factor, learningRate, corrections; [n, beta1, beta2, epsilon, weightDecay]
static void adamw(const Call& call) {
  float *w = call.floats(0), *m = call.floats(1), *v = call.floats(2);
  const float* gradient = call.floats(3);
  const double rate = call.floats(5)[0], beta1_ = call.numbers[1], beta2_ = call.numbers[2];
  const float factor = call.floats(4)[0], beta1 = static_cast<float>(beta1_), beta2 = static_cast<float>(beta2_);
  const float new1 = static_cast<float>(1 - beta1_), new2 = static_cast<float>(1 - beta2_), epsilon = call.number(3);
  const float kept = static_cast<float>(1 - rate * call.numbers[4]);
  const float step = static_cast<float>(rate / call.floats(6)[0]), correct2 = 1.f / call.floats(6)[1];
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) {
      const float g = factor * gradient[i];
      const float first = beta1 * m[i] + new1 * g, second = beta2 * v[i] + new2 * g * g;
      m[i] = first;
      v[i] = second;
      w[i] = w[i] * kept - step * first / (sqrtf(second * correct2) + epsilon);
    }
  });
}

}  // namespace ISA
}  // namespace bllossom
