// Sharing work out from within kernels, and cutting scratch memory to pieces.
#pragma once
#include "operation.h"
#include "pool.h"
#include "vector.h"

namespace bllossom {
namespace ISA {

/** work(part, thread) for each part. */
template <class Work>
static inline void share(const Call& call, long parts, Work&& work) {
  call.pool->share(
      parts, [](void* context, long part, int thread) { (*static_cast<Work*>(context))(part, thread); },
      const_cast<void*>(static_cast<const void*>(&work)));
}

/** work(from, to) over [0, n) in pieces of `piece`, a size that must not depend on the number of threads. */
template <class Work>
static inline void sharePieces(const Call& call, long n, long piece, Work&& work) {
  share(call, ceilDiv(n, piece), [&](long part, int) { work(part * piece, least(n, (part + 1) * piece)); });
}

/**
 * As sharePieces, for work that reads much memory: each thread goes over a run of its own, in pieces, and the processor fetches ahead of
 * it; who ends early takes pieces of what is left of the others' runs. Runs begin at multiples of `unit`, which divides `piece`.
 */
template <class Work>
static inline void shareRuns(const Call& call, long n, long piece, long unit, Work&& work) {
  constexpr long mostRuns = 256;
  const long runs = least(least(call.pool->threads(), mostRuns), ceilDiv(n, piece));
  if (runs == 1) return sharePieces(call, n, piece, work);
  struct Run {
    long next, end;
  } run[mostRuns];
  for (long r = 0; r < runs; r++) run[r] = {roundUp(n * r / runs, unit), least(n, roundUp(n * (r + 1) / runs, unit))};
  share(call, runs, [&](long own, int) {
    for (long other = 0; other < runs; other++) {
      Run& taken = run[(own + other) % runs];
      for (;;) {
        const long from = __atomic_fetch_add(&taken.next, piece, __ATOMIC_RELAXED);
        if (from >= taken.end) break;
        work(from, least(taken.end, from + piece));
      }
    }
  });
}

/** Elements of a piece of work on plain arrays. */
constexpr long plainPiece = 16384;

/** Deals scratch memory out, or only adds up what would be needed. */
class Dealer {
 public:
  explicit Dealer(char* start) : start_(start) {}
  template <class T>
  T* take(size_t count) {
    T* const taken = start_ ? reinterpret_cast<T*>(start_ + used_) : nullptr;
    used_ += (count * sizeof(T) + 63) / 64 * 64;
    return taken;
  }
  size_t used() const { return used_; }

 private:
  char* start_;
  size_t used_ = 0;
};

}  // namespace ISA
}  // namespace bllossom
