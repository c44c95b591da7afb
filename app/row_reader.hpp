#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bqs::app {

/// How far an input was read.
struct input_position {
  /// Bytes of what the input unpacks to.
  std::uint64_t offset = 0;
  /// Whole lines.
  std::uint64_t lines = 0;

  friend bool operator==(const input_position&, const input_position&)
    = default;
};

/// A row of an input. Its texts are valid during the call only.
struct input_row {
  /// The line where it begins, from 1.
  std::uint64_t line = 0;
  /// The byte where it begins.
  std::uint64_t offset = 0;
  /// One line of an input of JSON, or an object made from a record; empty if
  /// the row cannot be sent.
  std::string_view json;
  /// Why it cannot be sent, `too_large` or `malformed`; otherwise empty.
  std::string_view reason;
  /// The same for people, without bytes of the row.
  std::string_view message;
};

/// Cuts an input that comes in pieces into rows. Holds at most one row, and of
/// a row that is too long nothing, so that memory is bounded whatever comes.
class row_reader {
public:
  /// Takes a row; returns whether to go on.
  using consumer = std::function<bool(const input_row&)>;

  virtual ~row_reader() = default;
  row_reader(const row_reader&) = delete;
  row_reader& operator=(const row_reader&) = delete;

  /// Passes on all rows that end in `piece`. Returns false, and has lost the
  /// rest of the piece, if the consumer did or the input is unusable (`error`).
  virtual bool feed(std::string_view piece, const consumer& consume) = 0;

  /// Passes on the last row, if it had no end.
  virtual bool finish(const consumer& consume) = 0;

  /// The end of the last row that was passed on or left out.
  const input_position& position() const noexcept {
    return position_;
  }

  /// Bytes behind `position` that are no whole row yet.
  std::uint64_t unfinished() const noexcept {
    return bytes_;
  }

  /// Bytes that come next and would be dropped, for they lie before the start:
  /// whoever can skip them says so.
  std::uint64_t surplus() const noexcept {
    return surplus_;
  }

  /// Says that the next `bytes` of the surplus will not be fed.
  void skip(std::uint64_t bytes) noexcept {
    surplus_ -= std::min(bytes, surplus_);
  }

  /// What is wrong with the input as a whole; empty if nothing is.
  const std::string& error() const noexcept {
    return error_;
  }

protected:
  /// @param start the end of a row, where an earlier reader stood
  explicit row_reader(const input_position& start) : position_(start) {
    // nop
  }

  std::string_view without_surplus(std::string_view piece) noexcept {
    auto dropped = std::min<std::uint64_t>(surplus_, piece.size());
    surplus_ -= dropped;
    piece.remove_prefix(static_cast<std::size_t>(dropped));
    return piece;
  }

  input_position position_;
  /// Bytes of the row under way, its end included.
  std::uint64_t bytes_ = 0;
  std::uint64_t surplus_ = 0;
  std::string error_;
};

/// What an input of text may begin with.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

} // namespace bqs::app
