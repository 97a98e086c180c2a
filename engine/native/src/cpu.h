// What the processor can do, and which kernels there are for it.
#pragma once
#include <vector>

#include "operation.h"

namespace bllossom {

/** Kernels that this processor can run, the fastest first. */
std::vector<const Kernels*> usableKernels();

/** Processors that this process may use: by its affinity and by its control group's quota. At least 1. */
int usableCores();

}  // namespace bllossom
