// Memory for tensors: zeroed, aligned, in large pages where the system has them, given back at once when it is let go.
#pragma once
#include <cstddef>
#include <memory>

namespace bllossom {

class Stretch;

class Memory {
 public:
  /** Throws std::bad_alloc where there is none. */
  explicit Memory(size_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;

  char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const size_t size_;
  /** Of many pieces, or of this alone; empty where the C library has given it. */
  std::shared_ptr<Stretch> stretch_;
  void* allocated_ = nullptr;
  char* data_ = nullptr;
};

}  // namespace bllossom
