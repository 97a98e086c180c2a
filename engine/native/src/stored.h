// Weights as they are kept: in float32, or in a format of fewer bytes whose numbers are widened where they are used. Formats are
// encoded by engine/src/backends/formats.ts, row by row in blocks; bfloat16 then lies in eights (eights.h).
#pragma once
#include "eights.h"
#include "float32.h"

namespace bllossom {
namespace ISA {

/** In the order of program.ts. */
enum Format { plain = 0, bfloat16 = 1, q8 = 2, nf4 = 3 };

typedef uint32_t Words __attribute__((vector_size(BLLOSSOM_WIDTH * 4)));
typedef uint16_t LooseHalves __attribute__((vector_size(BLLOSSOM_WIDTH * 2), aligned(2), may_alias));

/** As many numbers as a vector holds, from as many bfloat16. */
static inline Vector widened(const uint16_t* p) {
  return (Vector)(__builtin_convertvector(*reinterpret_cast<const LooseHalves*>(p), Words) << 16);
}
static inline float widenedOne(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

/** A float16, subnormal ones too, whatever the processor does with small float32. */
static inline float fromFloat16(uint16_t half) {
  const uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff, sign = (half & 0x8000u) << 16;
  if (exponent == 0) {
    const float size = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -size : size;
  }
  const uint32_t bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

constexpr long q8Elements = 32, q8Bytes = 34, nf4Elements = 64, nf4Bytes = 36;

/** NF4's levels: as in formats.ts. */
alignas(64) static const float nf4Levels[16] = {
    -1.f,
    -0.6961928009986877f,
    -0.5250730514526367f,
    -0.39491748809814453f,
    -0.28444138169288635f,
    -0.18477343022823334f,
    -0.09105003625154495f,
    0.f,
    0.07958029955625534f,
    0.16093020141124725f,
    0.24611230194568634f,
    0.33791524171829224f,
    0.44070982933044434f,
    0.5626170039176941f,
    0.7229568362236023f,
    1.f,
};

/** to = elements [from, from + n) of a block. */
static inline void decodeQ8(const char* block, long from, long n, float* to) {
  uint16_t half;
  memcpy(&half, block, 2);
  const float d = fromFloat16(half);
  const int8_t* const q = reinterpret_cast<const int8_t*>(block + 2) + from;
  if (n == q8Elements) {
#pragma omp simd
    for (long i = 0; i < q8Elements; i++) to[i] = d * static_cast<float>(q[i]);
    return;
  }
  for (long i = 0; i < n; i++) to[i] = d * static_cast<float>(q[i]);
}

static inline void decodeNf4(const char* block, long from, long n, float* to) {
  float most;
  memcpy(&most, block, 4);
  const uint8_t* const pairs = reinterpret_cast<const uint8_t*>(block + 4);
#if defined(__AVX512F__)
  if (n == nf4Elements) {
    const __m512 levels = _mm512_mul_ps(_mm512_load_ps(nf4Levels), _mm512_set1_ps(most));
    const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
    for (long i = 0; i < n; i += 32) {
      const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs + i / 2)));
      const __m512 even = _mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), levels);
      const __m512 odd = _mm512_permutexvar_ps(_mm512_and_si512(bytes, _mm512_set1_epi32(15)), levels);
      _mm512_storeu_ps(to + i, _mm512_permutex2var_ps(even, first, odd));
      _mm512_storeu_ps(to + i + 16, _mm512_permutex2var_ps(even, second, odd));
    }
    return;
  }
#endif
  float levels[16];
  for (int i = 0; i < 16; i++) levels[i] = most * nf4Levels[i];
  for (long i = 0; i < n; i++) {
    const long at = from + i;
    to[i] = levels[at % 2 == 0 ? pairs[at / 2] >> 4 : pairs[at / 2] & 15];
  }
}

/** A matrix of weights, row by row. */
struct Weights {
  const void* p;
  Format format;
  long rows, columns;

  const float* floats() const { return static_cast<const float*>(p); }
  /** In bfloat16: where an eight begins, or a row behind the eights. */
  const uint16_t* halves(long row) const { return static_cast<const uint16_t*>(p) + row * columns; }
  /** Rows that stand in eights; those behind them stand as they are. */
  long inEights() const { return rows / rowsOfEight * rowsOfEight; }

  /** to = elements [from, from + n) of a row. */
  void widen(long row, long from, long n, float* to) const {
    switch (format) {
      case plain:
        memcpy(to, floats() + row * columns + from, n * sizeof(float));
        return;
      case bfloat16:
        return row < inEights() ? widenOfEight(row, from, n, to) : widenHalves(halves(row) + from, n, to);
      case q8:
        return blocks<q8Elements, q8Bytes>(row, from, n, to, decodeQ8);
      case nf4:
        return blocks<nf4Elements, nf4Bytes>(row, from, n, to, decodeNf4);
    }
  }

 private:
  static void widenHalves(const uint16_t* source, long n, float* to) {
    long i = 0;
    for (; i + width <= n; i += width) *reinterpret_cast<LooseVector*>(to + i) = widened(source + i);
    for (; i < n; i++) to[i] = widenedOne(source[i]);
  }
  void widenOfEight(long row, long from, long n, float* to) const {
    const long inside = row % rowsOfEight, whole = columns / turn * turn, end = from + n;
    const uint16_t* const eight = halves(row - inside);
    const uint16_t* const own = eight + turn * inside;
    long x = from;
    if (x % turn != 0 && x < whole) {
      const long some = least(turn - x % turn, end - x);
      widenHalves(own + x / turn * (rowsOfEight * turn) + x % turn, some, to);
      x += some;
    }
    for (; x + turn <= least(end, whole); x += turn)
#pragma GCC unroll 4
      for (long i = 0; i < turn; i += width)
        *reinterpret_cast<LooseVector*>(to + x - from + i) = widened(own + rowsOfEight * x + i);
    if (x >= end) return;
    if (x < whole) return widenHalves(own + rowsOfEight * x, end - x, to + x - from);
    widenHalves(eight + rowsOfEight * whole + inside * (columns - whole) + x - whole, end - x, to + x - from);
  }
  template <long elements, long bytes, class Decode>
  void blocks(long row, long from, long n, float* to, Decode&& decode) const {
    const char* const start = static_cast<const char*>(p) + row * ceilDiv(columns, elements) * bytes;
    for (long done = 0; done < n;) {
      const long at = from + done, inside = at % elements, some = least(elements - inside, n - done);
      decode(start + at / elements * bytes, inside, some, to + done);
      done += some;
    }
  }
};

/** The right side of a product, to be packed: element (k, j) of a matrix, or of weights (transposed: their element (j, k)). */
struct Right {
  Matrix matrix;
  Weights weights;
  bool transposed;

  static Right of(Weights weights, bool transposed) {
    const Matrix rows = rowMajor(weights.floats(), weights.columns);
    return {transposed ? rows.transposed() : rows, weights, transposed};
  }
  /** Floats of scratch that `pack` needs for a depth. */
  static size_t scratchSize(Format format, long depth) {
    return format == plain ? 0 : static_cast<size_t>(panelWidth) * depth;
  }

  /** Packs `columns` columns from `j` on over a depth from k on, as P::packRight does. */
  template <class P>
  void pack(typename P::Packed* to, long columns, long depth, long k, long j, float* scratch) const {
    if (weights.format == plain) return P::packRight(to, columns, depth, matrix.from(k, j));
    if constexpr (P::packsEights)
      if (weights.format == bfloat16 && inEights(columns, depth, k, j))
        return P::packEightsRight(to, columns, depth, weights.halves(0), weights.columns, k, j, transposed);
    for (long x = 0; x < columns; x += panelWidth) {
      const long some = least(panelWidth, columns - x);
      if (transposed)
        for (long i = 0; i < some; i++) weights.widen(j + x + i, k, depth, scratch + i * depth);
      else
        for (long i = 0; i < depth; i++) weights.widen(k + i, j + x, some, scratch + i * some);
      P::packRight(to + P::rightOffset(x, depth), some, depth, transposed ? Matrix{scratch, 1, depth} : rowMajor(scratch, some));
    }
  }

 private:
  /** Whether all of it lies in whole turns of whole eights, with nothing to fill up but columns of what is transposed. */
  bool inEights(long columns, long depth, long k, long j) const {
    const long row = transposed ? j : k, x = transposed ? k : j, rows = transposed ? columns : depth, wide = transposed ? depth : columns;
    return depth % 32 == 0 && row % rowsOfEight == 0 && row + rows <= weights.inEights() && x % turn == 0 && wide % turn == 0 &&
           x + wide <= weights.columns / turn * turn;
  }
};

}  // namespace ISA
}  // namespace bllossom
