#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bqs::app {

/// A line of an input, without its end.
struct input_line {
  /// From 1.
  std::uint64_t number = 0;
  /// Valid during the call only; empty if the line is too long.
  std::string_view text;
  bool too_long = false;
};

/// Cuts an input that comes in pieces into its lines. Blank lines are counted
/// and left out. Holds at most one line, and of a line that is too long
/// nothing, so that memory is bounded whatever comes.
class line_splitter {
public:
  /// Takes a line; returns whether to go on.
  using consumer = std::function<bool(const input_line&)>;

  explicit line_splitter(std::size_t longest) : longest_(longest) {
    // nop
  }

  /// Passes on all lines that end in `piece`. Returns false, and has lost the
  /// rest of the piece, if the consumer did.
  bool feed(std::string_view piece, const consumer& consume);

  /// Passes on the last line, if it had no end.
  bool finish(const consumer& consume);

private:
  bool emit(std::string_view text, const consumer& consume);
  void keep(std::string_view text);

  std::size_t longest_;
  std::uint64_t number_ = 0;
  std::string kept_;
  /// The line under way outgrew the limit.
  bool dropped_ = false;
};

} // namespace bqs::app
