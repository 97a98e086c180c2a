// How matrices of bfloat16 lie in memory: rows in eights, sixteen elements of each in turn, so that one stream of memory feeds eight
// sums (generation is bound by reading). Behind them, row by row, the elements left over of sixteen; behind all eights the rows left
// over of eight, as they are. An eight takes just the place that its rows would take.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bllossom {

constexpr long rowsOfEight = 8, turn = 16;

/** to = so many rows from the first of an eight on, as they lie in memory. */
inline void toEights(const uint16_t* from, uint16_t* to, size_t rows, size_t columns) {
  const size_t whole = columns / turn * turn, left = columns - whole, row = columns * sizeof *from;
  for (; rows >= rowsOfEight; rows -= rowsOfEight, from += rowsOfEight * columns, to += rowsOfEight * columns)
    for (size_t c = 0; c < rowsOfEight; c++) {
      for (size_t x = 0; x < whole; x += turn)
        std::memcpy(to + rowsOfEight * x + turn * c, from + c * columns + x, turn * sizeof *from);
      std::memcpy(to + rowsOfEight * whole + left * c, from + c * columns + whole, left * sizeof *from);
    }
  if (rows > 0) std::memcpy(to, from, rows * row);
}

/** The same back. */
inline void fromEights(const uint16_t* from, uint16_t* to, size_t rows, size_t columns) {
  const size_t whole = columns / turn * turn, left = columns - whole, row = columns * sizeof *from;
  for (; rows >= rowsOfEight; rows -= rowsOfEight, from += rowsOfEight * columns, to += rowsOfEight * columns)
    for (size_t c = 0; c < rowsOfEight; c++) {
      for (size_t x = 0; x < whole; x += turn)
        std::memcpy(to + c * columns + x, from + rowsOfEight * x + turn * c, turn * sizeof *from);
      std::memcpy(to + c * columns + whole, from + rowsOfEight * whole + left * c, left * sizeof *from);
    }
  if (rows > 0) std::memcpy(to, from, rows * row);
}

}  // namespace bllossom
