#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "bqstreamer/block_builder.hpp"

namespace bqs::bench {

/// Makes up words of three to nine letters, `size` bytes in all, the same in
/// each run: they pack about as well as the texts of events do.
inline std::string make_text(std::mt19937& dice, std::size_t size) {
  constexpr std::size_t words = 1'000;
  static const auto known = [] {
    std::mt19937 letters{4711};
    std::vector<std::string> result(words);
    for (auto& x : result)
      for (auto n = 3 + letters() % 7; n > 0; --n)
        x += static_cast<char>('a' + letters() % 26);
    return result;
  }();
  std::string result;
  while (result.size() < size)
    result += known[dice() % words] + " ";
  result.resize(size);
  return result;
}

/// Makes JSON texts of `size` bytes each (of some 50 at least), all different.
inline std::vector<std::string> make_rows(std::size_t rows, std::size_t size) {
  std::mt19937 dice{4711};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < rows; ++i) {
    auto row = R"({"id":)" + std::to_string(100'000 + i) + R"(,"name":"n)"
               + std::to_string(i % 10) + R"(","ratio":0.5,"text":")";
    auto left = size > row.size() + 2 ? size - row.size() - 2 : 0;
    result.push_back(row + make_text(dice, left) + "\"}");
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
