#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bqs::sandbox {

/// Counts the rows in a body of insertAll as it streams by, without reading
/// it as JSON: only strings and brackets are told apart, 64 bytes at a time.
/// For a body that the service would take the number is exact, whatever its
/// rows contain. What is no such body may pass, but not one that was cut.
class row_scan {
public:
  /// Takes the next part of the body, cut anywhere.
  void feed(std::string_view part);

  struct count {
    /// The body is one object, and no string or bracket is left open.
    bool whole = false;
    std::uint64_t rows = 0;
    /// Of the whole body.
    std::uint64_t bytes = 0;
  };

  /// Returns what was counted if the body ends here.
  count total() const;

private:
  static constexpr std::size_t block_size = 64;
  using block = std::array<char, block_size>;

  void scan(const char* at);
  void open(char bracket);
  void close();

  /// What has not filled a block yet.
  block rest_{};
  std::size_t rest_size_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t rows_ = 0;
  std::uint32_t depth_ = 0;
  /// The last block ended behind a backslash that escapes what follows.
  bool escape_ = false;
  /// The last block ended in a string: all ones.
  std::uint64_t in_string_ = 0;
  /// The member that was entered last is a list.
  bool in_list_ = false;
  bool begun_ = false;
  bool broken_ = false;
};

} // namespace bqs::sandbox
