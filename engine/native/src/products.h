// Which arithmetic products are made in.
#pragma once
#if defined(__AMX_BF16__)
#include "bfloat16Tiles.h"
#elif defined(__AVX512BF16__)
#include "bfloat16Pairs.h"
#else
#include "float32.h"
namespace bllossom {
namespace ISA {
/** Without instructions of its own: float32 on rounded operands. */
typedef Float32Products<true> Bfloat16;
}  // namespace ISA
}  // namespace bllossom
#endif

namespace bllossom {
namespace ISA {

/** Calls `use` with an object of the type that multiplies: float32, or operands in bfloat16. */
template <class Use>
static inline void withProducts(bool bfloat16, Use&& use) {
  if (bfloat16)
    use(Bfloat16{});
  else
    use(Float32{});
}

}  // namespace ISA
}  // namespace bllossom
