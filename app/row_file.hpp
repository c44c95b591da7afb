#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "app/gzip_reader.hpp"
#include "app/input_file.hpp"
#include "app/row_format.hpp"

namespace bqs::app {

/// What becomes of a last line (a record of CSV) without its end.
enum class unended_line : std::uint8_t {
  /// It is a row.
  taken,
  /// It is no row yet: its writer may still be at it.
  left,
};

/// The rows of a file or standard input, unpacked if need be, read once from
/// where an earlier run stopped to the end.
class row_file {
public:
  /// @param path `-` is standard input
  /// @param start the end of a row
  /// @param until rows that begin at this byte or behind it are left out;
  ///        means nothing for a packed file
  row_file(const std::string& path, const format_options& format,
           const input_position& start, unended_line last = unended_line::taken,
           std::uint64_t until = UINT64_MAX);

  /// Reads a piece, waits for it up to `most`, and passes on its rows; at the
  /// end the last one, if it is taken. What stands before an error comes
  /// through.
  input_file::result read(std::chrono::milliseconds most,
                          const row_reader::consumer& consume);

  /// The end of the last row that was passed on or left out.
  const input_position& position() const noexcept {
    return rows_->position();
  }

  /// Whether there is a line behind `position` that has not ended.
  bool in_line() const noexcept {
    return rows_->unfinished() > 0;
  }

  /// Bytes of the file that were read or skipped.
  std::uint64_t bytes() const noexcept {
    return bytes_;
  }

  /// See `input_file::descriptor`.
  int descriptor() const noexcept {
    return file_.descriptor();
  }

  /// Why `read` ended with an error.
  const std::string& error() const noexcept {
    return error_;
  }

private:
  void skip();
  input_file::result finish(const row_reader::consumer& consume);
  bool is_sound();

  input_file file_;
  gzip_reader unpack_;
  std::unique_ptr<row_reader> rows_;
  unended_line last_;
  std::uint64_t until_;
  std::string piece_;
  std::uint64_t bytes_ = 0;
  std::string error_;
};

} // namespace bqs::app
