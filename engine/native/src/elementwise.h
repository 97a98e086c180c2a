// Element by element. An output may be any of the inputs.
#pragma once
#include "share.h"

namespace bllossom {
namespace ISA {

// add: a, b, y; [n]
static void add(const Call& call) {
  const float *a = call.floats(0), *b = call.floats(1);
  float* y = call.floats(2);
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) y[i] = a[i] + b[i];
  });
}

static void scaled(const Call& call, const float* x, float factor, float* y, long n) {
  sharePieces(call, n, plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) y[i] = factor * x[i];
  });
}

// scale: x, y; [n, factor]
static void scale(const Call& call) { scaled(call, call.floats(0), call.number(1), call.floats(1), call.size(0)); }

// scaleBy: x, factor, y; [n]
static void scaleBy(const Call& call) {
  scaled(call, call.floats(0), call.floats(1)[0], call.floats(2), call.size(0));
}

// copy: x, y; [n]
static void copy(const Call& call) {
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
    memmove(call.floats(1) + from, call.floats(0) + from, (to - from) * 4);
  });
}

// swiglu: gate, up, y; [n]
static void swiglu(const Call& call) {
  const float *gate = call.floats(0), *up = call.floats(1);
  float* y = call.floats(2);
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
  });
}

// swigluGrad: gate, up, dy, dgate, dup; [n]
static void swigluGrad(const Call& call) {
  const float *gate = call.floats(0), *up = call.floats(1), *dy = call.floats(2);
  float *dgate = call.floats(3), *dup = call.floats(4);
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
    if (dgate && dup) {
#pragma omp simd
      for (long i = from; i < to; i++) {
        const float g = gate[i], u = up[i], d = dy[i], s = sigmoid(g);
        dgate[i] = d * u * s * (1.f + g * (1.f - s));
        dup[i] = d * g * s;
      }
      return;
    }
    for (long i = from; i < to; i++) {
      const float g = gate[i], u = up[i], d = dy[i], s = sigmoid(g);
      if (dgate) dgate[i] = d * u * s * (1.f + g * (1.f - s));
      if (dup) dup[i] = d * g * s;
    }
  });
}

/** MurmurHash3's finalizer, as graph/ops/dropout.ts has it. */
static inline uint32_t mix(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

// dropout: x, seed, y; [n, rate, salt]
static void dropout(const Call& call) {
  const uint32_t key = mix(static_cast<uint32_t>(call.ints(1)[0]) + static_cast<uint32_t>(call.numbers[2]) * 0x9e3779b9u);
  const uint32_t threshold = static_cast<uint32_t>(call.numbers[1] * 4294967296.0);
  const float factor = static_cast<float>(1 / (1 - call.numbers[1]));
  const float* x = call.floats(0);
  float* y = call.floats(2);
  sharePieces(call, call.size(0), plainPiece, [&](long from, long to) {
#pragma omp simd
    for (long i = from; i < to; i++) y[i] = mix(static_cast<uint32_t>(i) ^ key) >= threshold ? x[i] * factor : 0.f;
  });
}

}  // namespace ISA
}  // namespace bllossom
