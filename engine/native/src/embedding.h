// Rows of a table by id, and the gradient that adds rows back.
#pragma once
#include "matmul.h"

namespace bllossom {
namespace ISA {

// embedding: table, ids, y; [tokens, columns, format of table, rows of table]
static void embedding(const Call& call) {
  const long tokens = call.size(0), columns = call.size(1);
  const Weights table{call.operands[0], formatOf(call, 2), call.size(3), columns};
  sharePieces(call, tokens, most(1, plainPiece / columns), [&](long from, long to) {
    for (long t = from; t < to; t++) table.widen(call.ints(1)[t], 0, columns, call.floats(2) + t * columns);
  });
}

// embeddingGrad: ids, dy, dtable; [tokens, columns, rows, add]. Where `add`, dtable is added to, else made anew.
// A part owns some columns' piece of all rows' sums by owning rows: a row's tokens are added in their order.
static void embeddingGrad(const Call& call) {
  const long tokens = call.size(0), columns = call.size(1), rows = call.size(2);
  const bool add = call.size(3) != 0;
  const int* ids = call.ints(0);
  sharePieces(call, rows, most(1, ceilDiv(rows, 32)), [&](long from, long to) {
    if (!add) memset(call.floats(2) + from * columns, 0, (to - from) * columns * 4);
    for (long t = 0; t < tokens; t++) {
      if (ids[t] < from || ids[t] >= to) continue;
      const float* dy = call.floats(1) + t * columns;
      float* row = call.floats(2) + ids[t] * columns;
#pragma omp simd
      for (long i = 0; i < columns; i++) row[i] += dy[i];
    }
  });
}

}  // namespace ISA
}  // namespace bllossom
