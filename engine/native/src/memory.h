// Memory for tensors: zeroed, aligned, in large pages where the system has them, given back at once when it is let go.
#pragma once
#include <cstddef>
#include <memory>

namespace bllossom {

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
  void* mapped_ = nullptr;
  size_t mappedSize_ = 0;
  char* data_ = nullptr;
};

}  // namespace bllossom
