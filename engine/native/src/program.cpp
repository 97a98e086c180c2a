// Reads a program in, checks that it stays inside its memory, and runs it.
#include "program.h"

#include <chrono>
#include <ctime>
#include <stdexcept>

namespace bllossom {

namespace {

/** Reads whole numbers from an array without leaving it. */
class Reader {
 public:
  Reader(const double* words, size_t count) : words_(words), count_(count) {}
  bool done() const { return at_ == count_; }
  double next() {
    if (at_ >= count_) throw std::invalid_argument("the program ends in the middle of an instruction");
    return words_[at_++];
  }
  long whole(double from, double to) {
    const double word = next();
    if (!(word >= from && word <= to) || word != static_cast<double>(static_cast<long>(word)))
      throw std::invalid_argument("a number of the program is out of range");
    return static_cast<long>(word);
  }

 private:
  const double* words_;
  size_t count_;
  size_t at_ = 0;
};

/** Time that this thread has computed: what other processes take of the processor does not count. */
double ownMilliseconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
#else
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

Program::Program(std::shared_ptr<Device> device, const double* slots, size_t slotWords, const double* code,
                 size_t codeWords, size_t arenaBytes, bool bfloat16)
    : device_(std::move(device)), arenaBytes_(rounded(arenaBytes)), bfloat16_(bfloat16) {
  constexpr double mostBytes = 1e15;
  for (Reader reader(slots, slotWords); !reader.done();) {
    const bool bound = reader.whole(0, 1) == 1;
    const size_t at = reader.whole(0, bound ? 1e6 : mostBytes), bytes = reader.whole(0, mostBytes);
    if (!bound && (at % 64 != 0 || at + bytes > arenaBytes_))
      throw std::invalid_argument("a value of the program lies outside of its memory");
    if (bound) {
      if (boundBytes_.size() <= at) boundBytes_.resize(at + 1);
      boundBytes_[at] = std::max(boundBytes_[at], bytes);
    }
    slots_.push_back({bound, at, bytes});
  }
  const Kernels& kernels = *device_->kernels;
  for (Reader reader(code, codeWords); !reader.done();) {
    Instruction instruction;
    instruction.operation = static_cast<int>(reader.whole(0, kernels.count - 1));
    const Operation& operation = kernels.operations[instruction.operation];
    const long operands = reader.whole(0, 1e6), numbers = reader.whole(0, 1e6);
    if ((operation.operands >= 0 && operands != operation.operands) || (operation.numbers >= 0 && numbers != operation.numbers))
      throw std::invalid_argument(std::string("wrong number of operands for ") + operation.name);
    for (long i = 0; i < operands; i++)
      instruction.operands.push_back(static_cast<int>(reader.whole(-1, static_cast<double>(slots_.size()) - 1)));
    for (long i = 0; i < numbers; i++) instruction.numbers.push_back(reader.next());
    if (operation.scratch) {
      Call call{};
      call.numbers = instruction.numbers.data();
      call.numberCount = static_cast<int>(numbers);
      call.pool = &device_->pool;
      call.bfloat16 = bfloat16_;
      scratchBytes_ = std::max(scratchBytes_, rounded(operation.scratch(call)));
    }
    instructions_.push_back(std::move(instruction));
  }
}

void Program::run(char* arena, const std::vector<char*>& bound) const {
  const FloatMode mode;
  std::vector<void*> operands;
  for (const Instruction& instruction : instructions_) {
    if (device_->stop.load(std::memory_order_relaxed)) throw std::runtime_error("the run was stopped");
    operands.clear();
    for (const int i : instruction.operands) operands.push_back(i < 0 ? nullptr : place(slots_[i], arena, bound));
    Call call{};
    call.operands = operands.data();
    call.operandCount = static_cast<int>(operands.size());
    call.numbers = instruction.numbers.data();
    call.numberCount = static_cast<int>(instruction.numbers.size());
    call.scratch = arena + arenaBytes_;
    call.pool = &device_->pool;
    call.bfloat16 = bfloat16_;
    const Operation& operation = device_->kernels->operations[instruction.operation];
    if (!device_->profile) {
      operation.run(call);
      continue;
    }
    const double start = ownMilliseconds();
    operation.run(call);
    device_->milliseconds[instruction.operation] += ownMilliseconds() - start;
    device_->calls[instruction.operation] += 1;
  }
}

}  // namespace bllossom
