// Which arithmetic products are made in.
#pragma once
#include "float32.h"

namespace bllossom {
namespace ISA {

/** Calls `use` with an object of the type that multiplies: float32, or operands in bfloat16. */
template <class Use>
static inline void withProducts(bool bfloat16, Use&& use) {
  (void)bfloat16;
  use(Float32{});
}

static const char* bfloat16Products() { return "none"; }

}  // namespace ISA
}  // namespace bllossom
