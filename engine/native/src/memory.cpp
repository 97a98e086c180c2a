// Large pieces come from the system as they are, small ones from the C library.
#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define BLLOSSOM_MAPS 1
#endif

namespace bllossom {

namespace {
constexpr size_t largePage = 2 << 20;
}

Memory::Memory(size_t bytes) : size_(bytes) {
  if (bytes > SIZE_MAX - 2 * largePage) throw std::bad_alloc();
#if BLLOSSOM_MAPS
  if (bytes >= largePage) {
    mappedSize_ = bytes + largePage;
    mapped_ = mmap(nullptr, mappedSize_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped_ == MAP_FAILED) throw std::bad_alloc();
    data_ = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(mapped_) + largePage - 1) / largePage * largePage);
#ifdef MADV_HUGEPAGE
    madvise(data_, bytes / largePage * largePage, MADV_HUGEPAGE);
#endif
    return;
  }
#endif
  mapped_ = std::malloc(bytes + 64);
  if (mapped_ == nullptr) throw std::bad_alloc();
  data_ = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(mapped_) + 63) / 64 * 64);
  std::memset(data_, 0, bytes);
}

Memory::~Memory() {
#if BLLOSSOM_MAPS
  if (mappedSize_ > 0) {
    munmap(mapped_, mappedSize_);
    return;
  }
#endif
  std::free(mapped_);
}

}  // namespace bllossom
