#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bqs::http {

/// Header fields, checked and written down once for many requests. A line break
/// in a value could add fields of its own, or a request; the fields that frame
/// a request are the connection's. Such fields are refused.
class header_block {
public:
  using field = std::pair<std::string, std::string>;

  header_block() = default;
  // Implicit, so that fields for one request are written where they are given.
  header_block(const std::vector<field>& fields);
  header_block(std::initializer_list<field> fields);

  /// As they go out, each line with its end. Empty where a field is refused.
  const std::string& text() const noexcept {
    return text_;
  }
  /// What is wrong with them, or empty. Without values: one may be a token.
  const std::string& fault() const noexcept {
    return fault_;
  }

private:
  std::string text_;
  std::string fault_;
};

/// Writes the head of a request over `out`, whose memory is used again.
/// @param length of the body; none for a request that has no body
/// @returns what is wrong with `path` or `fields`, or an empty text
std::string write_head(std::string& out, const std::string& method,
                       const std::string& path, const std::string& host,
                       const header_block& fields,
                       std::optional<std::size_t> length);

} // namespace bqs::http
