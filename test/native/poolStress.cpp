// Shares out many small pieces of work, of many and of few parts in turn, and counts how often each part ran; threads are
// interrupted where that harms the most. Ends with status 0 if every part of each ran once. Arguments: threads, pieces of work.
#include <sched.h>

#include <cstdio>
#include <cstdlib>

namespace {
void interrupt() {
  static thread_local unsigned state = 12345;
  state = state * 1664525u + 1013904223u;
  if ((state >> 16) % 64 == 0) sched_yield();
}
}  // namespace
#define BLLOSSOM_INTERRUPTION interrupt
#include "pool.cpp"

int main(int, char** arguments) {
  constexpr long most = 40;
  static std::atomic<int> ran[most];
  bllossom::Pool pool(std::atoi(arguments[1]));
  const long pieces = std::atol(arguments[2]);
  long wrong = 0;
  for (long piece = 0; piece < pieces; piece++) {
    const long parts = piece % 2 ? 2 : most;
    for (auto& one : ran) one = 0;
    pool.share(parts, [](void*, long part, int) { ran[part]++; }, nullptr);
    for (long part = 0; part < most; part++) wrong += ran[part] != (part < parts);
  }
  std::printf("%ld parts did not run once\n", wrong);
  return wrong != 0;
}
