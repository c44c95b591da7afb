#pragma once

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::bench {

/// What a program of the benches is told: words `KEY=VALUE`.
class words {
public:
  words(int argc, char** argv) : all_(argv + 1, argv + argc) {
    // nop
  }

  /// The last value of the key.
  std::string text(std::string_view key, std::string otherwise = {}) const {
    for (auto& x : texts(key))
      otherwise = x;
    return otherwise;
  }

  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> result;
    for (auto& x : all_)
      if (x.size() > key.size() && x.starts_with(key) && x[key.size()] == '=')
        result.push_back(x.substr(key.size() + 1));
    return result;
  }

  /// @throws std::runtime_error that names the key.
  std::uint64_t number(std::string_view key, std::uint64_t otherwise) const {
    auto x = text(key);
    if (x.empty())
      return otherwise;
    std::uint64_t result = 0;
    auto end = x.data() + x.size();
    if (std::from_chars(x.data(), end, result).ptr != end)
      throw std::runtime_error{std::string{key} + " must be a number"};
    return result;
  }

private:
  std::vector<std::string> all_;
};

} // namespace bqs::bench
