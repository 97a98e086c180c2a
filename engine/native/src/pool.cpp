// The pool's threads: they wait busily for some microseconds, since the next piece of work mostly follows at once, then sleep.
#include "pool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A test defines this as something that gives other threads their turn where a thread may be interrupted to the most harm.
#ifndef BLLOSSOM_INTERRUPTION
#define BLLOSSOM_INTERRUPTION()
#endif

namespace bllossom {

namespace {

inline void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** Some tens of microseconds. */
constexpr int spins = 1500;

/** Low half of a ticket that has no parts to give. */
constexpr uint64_t closed = 0xffffffffu;

/** Waits until `value` is no longer `seen`. */
uint32_t awaitChange(std::atomic<uint32_t>& value, uint32_t seen) {
  for (int i = 0; i < spins; i++) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != seen) return now;
    pause();
  }
  value.wait(seen, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

Pool::Pool(int threads) : threads_(threads < 1 ? 1 : threads) {
  for (int i = 1; i < threads_; i++) workers_.emplace_back([this, i] { work(i); });
}

Pool::~Pool() {
  quit_ = true;
  generation_.fetch_add(1);
  generation_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Pool::work(int thread) {
  const FloatMode mode;
  uint32_t seen = 0;
  for (;;) {
    const uint32_t now = awaitChange(generation_, seen);
    if (quit_.load()) return;
    if (now == seen) continue;
    seen = now;
    takeParts(now, thread);
  }
}

void Pool::takeParts(uint64_t generation, int thread) {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  for (;;) {
    if (ticket >> 32 != generation) return;
    const long part = static_cast<long>(ticket & closed);
    BLLOSSOM_INTERRUPTION();
    const long parts = parts_.load(std::memory_order_acquire);
    const Part run = part_.load(std::memory_order_acquire);
    void* const context = context_.load(std::memory_order_acquire);
    if (part >= parts) return;
    BLLOSSOM_INTERRUPTION();
    // `share` closes the ticket before it describes other work: where this succeeds, what was read above is this work's own.
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
    run(context, part, thread);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void Pool::share(long parts, Part part, void* context) {
  if (parts <= 0) return;
  if (threads_ == 1 || parts == 1) {
    for (long i = 0; i < parts; i++) part(context, i, 0);
    return;
  }
  const uint32_t generation = generation_.load(std::memory_order_relaxed) + 1;
  const uint64_t first = static_cast<uint64_t>(generation) << 32;
  // A thread that is late may be about to take a part by the old ticket, of which none is left, and must not find new work's parts.
  ticket_.store(first | closed, std::memory_order_release);
  part_.store(part, std::memory_order_release);
  context_.store(context, std::memory_order_release);
  parts_.store(parts, std::memory_order_release);
  BLLOSSOM_INTERRUPTION();
  left_.store(static_cast<uint32_t>(parts), std::memory_order_release);
  ticket_.store(first, std::memory_order_release);
  // Sequentially consistent, since notify_all only looks for sleepers: one that falls asleep now sees the new number.
  generation_.store(generation, std::memory_order_seq_cst);
  generation_.notify_all();
  takeParts(generation, 0);
  for (uint32_t left = left_.load(std::memory_order_acquire); left != 0;) left = awaitChange(left_, left);
}

#if defined(__x86_64__)
FloatMode::FloatMode() : before_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(before_) | 0x8040u); }
FloatMode::~FloatMode() { _mm_setcsr(static_cast<unsigned>(before_)); }
#elif defined(__aarch64__)
FloatMode::FloatMode() {
  asm volatile("mrs %0, fpcr" : "=r"(before_));
  asm volatile("msr fpcr, %0" ::"r"(before_ | (1u << 24)));
}
FloatMode::~FloatMode() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#else
FloatMode::FloatMode() : before_(0) {}
FloatMode::~FloatMode() {}
#endif

}  // namespace bllossom
