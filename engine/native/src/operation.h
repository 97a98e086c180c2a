// What an operation is to the interpreter, and what a kernel is given. The kernels of each instruction set are one table of these.
#pragma once
#include <cstddef>

namespace bllossom {

class Pool;

struct Call {
  /** Inputs, then outputs. Null: an output that nobody reads. */
  void* const* operands;
  int operandCount;
  /** Sizes and factors, as each operation's comment lists them. */
  const double* numbers;
  int numberCount;
  /** As many bytes as `scratch` asked for, aligned to 64. */
  char* scratch;
  Pool* pool;
  /** Products round their operands to bfloat16. */
  bool bfloat16;

  float* floats(int i) const { return static_cast<float*>(operands[i]); }
  const int* ints(int i) const { return static_cast<const int*>(operands[i]); }
  long size(int i) const { return static_cast<long>(numbers[i]); }
  float number(int i) const { return static_cast<float>(numbers[i]); }
};

struct Operation {
  const char* name;
  /** How many; -1: any number. */
  int operands;
  int numbers;
  void (*run)(const Call&);
  /** Bytes of scratch memory; null: none. Only numbers, pool and bfloat16 of the call are set. */
  size_t (*scratch)(const Call&);
};

struct Kernels {
  const char* isa;
  /** How products of bfloat16 are made: `AMX`, `AVX512-BF16`, or `rounded` for float32 arithmetic on rounded operands. */
  const char* (*bfloat16)();
  const Operation* operations;
  int count;
};

}  // namespace bllossom
