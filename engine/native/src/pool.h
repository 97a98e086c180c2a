// Threads that share out the numbered parts of a piece of work. Who computes a part is left to chance, what it computes is not:
// every part writes what is its own, so results never depend on the number of threads.
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace bllossom {

class Pool {
 public:
  typedef void (*Part)(void* context, long part, int thread);

  /** The caller of `share` is thread 0; `threads` - 1 more are started. */
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;

  int threads() const { return threads_; }
  /** Runs part 0 … parts - 1, each once, and returns when all are done. One call at a time. */
  void share(long parts, Part part, void* context);

 private:
  void work(int thread);
  void takeParts(uint64_t generation, int thread);

  const int threads_;
  std::vector<std::thread> workers_;
  std::atomic<Part> part_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<long> parts_{0};
  /** High half: which piece of work; low half: its next part. A late thread cannot take a part of work that has ended. */
  std::atomic<uint64_t> ticket_{0};
  std::atomic<uint32_t> generation_{0};
  std::atomic<uint32_t> left_{0};
  std::atomic<bool> quit_{false};
};

/** Sets the processor up as the kernels expect it (tiny numbers are zero), and back. */
class FloatMode {
 public:
  FloatMode();
  ~FloatMode();

 private:
  uint64_t before_;
};

}  // namespace bllossom
