#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bqstreamer/block_builder.hpp"

namespace bqs::bench {

/// Makes JSON texts of `size` bytes each (of some 50 at least), all different.
inline std::vector<std::string> make_rows(std::size_t rows, std::size_t size) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < rows; ++i) {
    auto row = R"({"id":)" + std::to_string(100'000 + i) + R"(,"name":"n)"
               + std::to_string(i % 10) + R"(","ratio":0.5,"text":")";
    row.append(size > row.size() + 2 ? size - row.size() - 2 : 0, 'x');
    result.push_back(row + "\"}");
  }
  return result;
}

/// The same, packed.
inline std::shared_ptr<const block_bytes> pack_rows(std::size_t rows,
                                                    std::size_t size) {
  block_builder result;
  for (auto& x : make_rows(rows, size))
    result.add(std::string_view{x});
  return result.take_rows();
}

} // namespace bqs::bench
