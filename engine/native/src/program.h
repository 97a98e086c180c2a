// A graph as the interpreter runs it: instructions over slots, every slot at a place that is known before the run.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "memory.h"
#include "operation.h"
#include "pool.h"

namespace bllossom {

/** What computes: threads, kernels, and the memory that all programs use in turn. */
struct Device {
  Device(const Kernels* kernels_, int threads) : kernels(kernels_), pool(threads) {}
  const Kernels* const kernels;
  Pool pool;
  std::shared_ptr<Memory> arena;
  /** Set by another thread: the run under way ends before its next instruction. */
  std::atomic<bool> stop{false};
  /** Milliseconds that the leading thread has computed, and calls, by operation, where `profile`. */
  bool profile = false;
  std::vector<double> milliseconds = std::vector<double>(kernels->count);
  std::vector<double> calls = std::vector<double>(kernels->count);
};

/** Where a value lies: in the arena at an offset, or in the buffer that a run binds at an index. */
struct Slot {
  bool bound;
  size_t at, bytes;
};

struct Instruction {
  int operation;
  /** Indices of slots; -1: absent. */
  std::vector<int> operands;
  std::vector<double> numbers;
};

class Program {
 public:
  /**
   * `slots` holds [bound, at, bytes] for each slot, `code` for each instruction [operation, operands, numbers, …, …]. Throws
   * std::invalid_argument where anything of it does not fit together.
   */
  Program(std::shared_ptr<Device> device, const double* slots, size_t slotWords, const double* code, size_t codeWords,
          size_t arenaBytes, bool bfloat16);

  /** Arena and scratch together. */
  size_t bytes() const { return arenaBytes_ + scratchBytes_; }
  const Slot& slot(size_t i) const { return slots_.at(i); }
  size_t slotCount() const { return slots_.size(); }
  /** Bytes that buffer i must have at least. */
  const std::vector<size_t>& boundBytes() const { return boundBytes_; }
  const std::shared_ptr<Device>& device() const { return device_; }

  /** Address of a slot in this run's memory. */
  char* place(const Slot& slot, char* arena, const std::vector<char*>& bound) const {
    return slot.bound ? bound[slot.at] : arena + slot.at;
  }
  /** Runs every instruction; throws std::runtime_error where it is stopped. `arena` has bytes(). */
  void run(char* arena, const std::vector<char*>& bound) const;

 private:
  const std::shared_ptr<Device> device_;
  const size_t arenaBytes_;
  const bool bfloat16_;
  size_t scratchBytes_ = 0;
  std::vector<Slot> slots_;
  std::vector<Instruction> instructions_;
  std::vector<size_t> boundBytes_;
};

}  // namespace bllossom
