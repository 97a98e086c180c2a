// Normalisation and rotation, row by row.
#pragma once
#include "share.h"

namespace bllossom {
namespace ISA {

/** 1 / √(mean of x² + epsilon). */
static inline float inverseRoot(const float* x, long n, float epsilon) {
  return 1.f / sqrtf(dot(x, x, n) / static_cast<float>(n) + epsilon);
}

// rmsNorm: x, weight, y; [rows, columns, epsilon]. y may be x.
static void rmsNorm(const Call& call) {
  const long rows = call.size(0), columns = call.size(1);
  const float* weight = call.floats(1);
  sharePieces(call, rows, most(1, plainPiece / columns), [&](long from, long to) {
    for (long t = from; t < to; t++) {
      const float* x = call.floats(0) + t * columns;
      float* y = call.floats(2) + t * columns;
      const float r = inverseRoot(x, columns, call.number(2));
#pragma omp simd
      for (long i = 0; i < columns; i++) y[i] = x[i] * r * weight[i];
    }
  });
}

/** Rows whose share of a weight's gradient is summed apart. */
static inline long normPiece(long rows) { return most(32, ceilDiv(rows, 64)); }

// rmsNormGrad: x, weight, dy, dx, dweight; [rows, columns, epsilon]. dx may be dy; either output may be absent.
static void rmsNormGrad(const Call& call) {
  const long rows = call.size(0), columns = call.size(1), piece = normPiece(rows);
  const float* weight = call.floats(1);
  float* const sums = reinterpret_cast<float*>(call.scratch);
  const bool wantsX = call.floats(3) != nullptr, wantsWeight = call.floats(4) != nullptr;
  sharePieces(call, rows, piece, [&](long from, long to) {
    float* sum = sums + from / piece * columns;
    if (wantsWeight) memset(sum, 0, columns * 4);
    for (long t = from; t < to; t++) {
      const float* x = call.floats(0) + t * columns;
      const float* dy = call.floats(2) + t * columns;
      const float r = inverseRoot(x, columns, call.number(2));
      if (wantsWeight) {
#pragma omp simd
        for (long i = 0; i < columns; i++) sum[i] += dy[i] * x[i] * r;
      }
      if (!wantsX) continue;
      float through = 0;
#pragma omp simd reduction(+ : through)
      for (long i = 0; i < columns; i++) through += dy[i] * weight[i] * x[i];
      const float back = through * r * r * r / static_cast<float>(columns);
      float* dx = call.floats(3) + t * columns;
#pragma omp simd
      for (long i = 0; i < columns; i++) dx[i] = r * dy[i] * weight[i] - back * x[i];
    }
  });
  if (!wantsWeight) return;
  const long pieces = ceilDiv(rows, piece);
  float* const dweight = call.floats(4);
  sharePieces(call, columns, 256, [&](long from, long to) {
    for (long i = from; i < to; i++) dweight[i] = 0;
    for (long p = 0; p < pieces; p++) {
#pragma omp simd
      for (long i = from; i < to; i++) dweight[i] += sums[p * columns + i];
    }
  });
}

static size_t rmsNormGradScratch(const Call& call) {
  return ceilDiv(call.size(0), normPiece(call.size(0))) * call.size(1) * sizeof(float);
}

// ropeAngles: positions, cosines, sines; [rows, frequency…]: of positions[t] · frequency, in double precision.
static void ropeAngles(const Call& call) {
  const long rows = call.size(0), half = call.numberCount - 1;
  sharePieces(call, rows, 64, [&](long from, long to) {
    for (long t = from; t < to; t++)
      for (long i = 0; i < half; i++) {
        const double angle = call.ints(0)[t] * call.numbers[1 + i];
        call.floats(1)[t * half + i] = static_cast<float>(cos(angle));
        call.floats(2)[t * half + i] = static_cast<float>(sin(angle));
      }
  });
}

// rope: x, cosines, sines, y; [rows, columns, headDim, inverse]. y may be x.
static void rope(const Call& call) {
  const long rows = call.size(0), columns = call.size(1), headDim = call.size(2), half = headDim / 2;
  const float sign = call.size(3) ? -1.f : 1.f;
  sharePieces(call, rows, most(1, plainPiece / columns), [&](long from, long to) {
    for (long t = from; t < to; t++) {
      const float* cosines = call.floats(1) + t * half;
      const float* sines = call.floats(2) + t * half;
      for (long head = 0; head < columns; head += headDim) {
        const float* x = call.floats(0) + t * columns + head;
        float* y = call.floats(3) + t * columns + head;
#pragma omp simd
        for (long i = 0; i < half; i++) {
          const float first = x[i], second = x[i + half], c = cosines[i], s = sign * sines[i];
          y[i] = first * c - second * s;
          y[i + half] = second * c + first * s;
        }
      }
    }
  });
}

}  // namespace ISA
}  // namespace bllossom
