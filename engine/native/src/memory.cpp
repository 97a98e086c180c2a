// Pieces of some size come from the system in large pages, several in one stretch of them; small ones from the C library.
#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#define BLLOSSOM_MAPS 1
#endif

namespace bllossom {

namespace {
size_t roundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }
}  // namespace

#if BLLOSSOM_MAPS

namespace {
constexpr size_t largePage = 2 << 20;

/** What the system gives and takes back at least. */
size_t smallPage() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}
}  // namespace

/** Addresses of whole large pages, of which pieces are cut one behind the other, none twice. Its pages are there once they are written to. */
class Stretch {
 public:
  explicit Stretch(size_t bytes) : mappedSize_(bytes + largePage) {
    mapped_ = mmap(nullptr, mappedSize_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped_ == MAP_FAILED) throw std::bad_alloc();
    next_ = reinterpret_cast<char*>(roundUp(reinterpret_cast<uintptr_t>(mapped_), largePage));
    end_ = next_ + bytes;
#ifdef MADV_HUGEPAGE
    madvise(next_, bytes, MADV_HUGEPAGE);
#endif
  }
  Stretch(const Stretch&) = delete;
  ~Stretch() { munmap(mapped_, mappedSize_); }

  /** Null where no room is left. */
  char* take(size_t bytes) {
    if (bytes > static_cast<size_t>(end_ - next_)) return nullptr;
    char* const piece = next_;
    next_ += roundUp(bytes, smallPage());
    return piece;
  }
  /** Gives a piece's pages back; its addresses go with the stretch. */
  static void giveBack(char* piece, size_t bytes) {
#ifdef __APPLE__
    madvise(piece, roundUp(bytes, smallPage()), MADV_FREE);
#else
    madvise(piece, roundUp(bytes, smallPage()), MADV_DONTNEED);
#endif
  }

 private:
  const size_t mappedSize_;
  void* mapped_;
  char *next_, *end_;
};

namespace {
/** Larger ones have a stretch of their own, smaller ones none. */
constexpr size_t most = 16 << 20, least = 256 << 10, stretchSize = 64 << 20;

/** The stretch that pieces are cut from now. It stays as long as one of its pieces does. */
std::shared_ptr<Stretch> shared(size_t bytes, char*& piece) {
  static std::mutex mutex;
  static std::weak_ptr<Stretch> current;
  const std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<Stretch> stretch = current.lock();
  piece = stretch ? stretch->take(bytes) : nullptr;
  if (piece == nullptr) {
    stretch = std::make_shared<Stretch>(stretchSize);
    piece = stretch->take(bytes);
    current = stretch;
  }
  return stretch;
}
}  // namespace

#else

class Stretch {};

#endif

Memory::Memory(size_t bytes) : size_(bytes) {
  if (bytes > SIZE_MAX - 2 * largePage) throw std::bad_alloc();
#if BLLOSSOM_MAPS
  if (bytes >= least) {
    if (bytes <= most) {
      stretch_ = shared(bytes, data_);
    } else {
      stretch_ = std::make_shared<Stretch>(roundUp(bytes, smallPage()));
      data_ = stretch_->take(bytes);
    }
    return;
  }
#endif
  allocated_ = std::malloc(bytes + 64);
  if (allocated_ == nullptr) throw std::bad_alloc();
  data_ = reinterpret_cast<char*>(roundUp(reinterpret_cast<uintptr_t>(allocated_), 64));
  std::memset(data_, 0, bytes);
}

Memory::~Memory() {
#if BLLOSSOM_MAPS
  if (stretch_) {
    if (size_ <= most) Stretch::giveBack(data_, size_);
    return;
  }
#endif
  std::free(allocated_);
}

}  // namespace bllossom
